/* A block device opened exclusively is busy for the next exclusive open, and free again once closed, rings included. */
#include <errno.h>

#include "fixture.h"

int main(void) {
  const char *path = make_loop(1 << 20, 512, NULL);
  int first, second;
  CHECK_EQ(0, eio_open(path, EIO_OPEN_WRITE | EIO_OPEN_DIRECT | EIO_OPEN_EXCLUSIVE, &first));
  CHECK_EQ(-EBUSY, eio_open(path, EIO_OPEN_WRITE | EIO_OPEN_EXCLUSIVE, &second));
  struct eio_ring *ring = make_ring("uring", 8, first);
  struct eio_vector vector;
  CHECK_EQ(BLOCK, run_request(ring, request_of(0, EIO_OP_WRITE, &vector, make_memory(BLOCK, 1), BLOCK, 0)));
  CHECK_EQ(0, eio_ring_destroy(ring));
  CHECK_EQ(0, eio_close(first));
  CHECK_EQ(0, eio_open(path, EIO_OPEN_WRITE | EIO_OPEN_EXCLUSIVE, &second));
  CHECK_EQ(0, eio_close(second));
  return 0;
}
