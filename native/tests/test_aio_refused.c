/* io_submit out of resources with nothing in flight: every request completes with EAGAIN, and the ring can be destroyed. */
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
  int64_t results[COUNT];
  for (uint32_t i = 0; i < COUNT; i++)
    requests[i] = request_of(i, EIO_OP_WRITE, &vectors[i], memory + i * BLOCK, BLOCK, (int64_t)i * BLOCK);
  refuse_system_call(SYS_io_submit, EAGAIN);
  run_requests(ring, requests, COUNT, results);
  for (uint32_t i = 0; i < COUNT; i++)
    CHECK_EQ(-EAGAIN, results[i]);
  CHECK_EQ(0, eio_ring_destroy(ring));
  CHECK_EQ(0, eio_close(fd));
  return 0;
}
