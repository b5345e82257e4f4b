/* io_submit out of resources when the wake request is to be armed again: the ring stays whole and does not block without it. */
#include <errno.h>
#include <sys/syscall.h>

#include "fixture.h"

int main(void) {
  int fd = open_file(BLOCK);
  struct eio_ring *ring = make_ring("aio", 4, fd);
  struct eio_completion completions[4];
  uint32_t accepted;
  CHECK_EQ(0, eio_ring_wake(ring));
  CHECK_EQ(0, eio_ring_step(ring, NULL, 0, &accepted, 1, -1, completions, 4));
  refuse_system_call(SYS_io_submit, EAGAIN);
  for (int i = 0; i < 3; i++)
    CHECK_EQ(0, eio_ring_step(ring, NULL, 0, &accepted, 1, -1, completions, 4));
  CHECK_EQ(0, eio_ring_destroy(ring));
  return 0;
}
