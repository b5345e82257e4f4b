/* io_submit out of resources while completions are still to come: the requests are left to the caller. */
#include <errno.h>
#include <sys/syscall.h>

#include "fixture.h"

#define COUNT 8u

int main(void) {
  int fd = open_file(COUNT * BLOCK);
  struct eio_ring *ring = make_ring("aio", COUNT, fd);
  uint8_t *memory = make_memory(COUNT * BLOCK, 0);
  struct eio_request requests[COUNT];
  struct eio_vector vectors[COUNT];
  struct eio_completion completions[COUNT];
  uint32_t accepted;
  for (uint32_t i = 0; i < COUNT; i++)
    requests[i] = request_of(i, EIO_OP_WRITE, &vectors[i], memory + i * BLOCK, BLOCK, (int64_t)i * BLOCK);
  CHECK(eio_ring_step(ring, requests, 2, &accepted, 0, -1, completions, 1) <= 1);
  CHECK_EQ(2, accepted);
  refuse_system_call(SYS_io_submit, EAGAIN);
  int32_t n = eio_ring_step(ring, requests + 2, COUNT - 2, &accepted, 1, -1, completions, 1);
  CHECK(n >= 0);
  CHECK_EQ(0, accepted);
  CHECK_EQ(0, eio_ring_destroy(ring));
  return 0;
}
