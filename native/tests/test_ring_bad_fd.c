/* A descriptor that cannot do what is asked gives EBADF for each request, not a broken ring. argv: engine */
#include <errno.h>

#include "fixture.h"

int main(int argc, char **argv) {
  CHECK_EQ(2, argc);
  uint8_t *memory = make_memory(BLOCK, 0);
  struct eio_vector vector;
  const struct eio_request write = request_of(0, EIO_OP_WRITE, &vector, memory, BLOCK, 0);
  struct eio_request read = write;
  read.op = EIO_OP_READ;

  struct eio_ring *ring = make_ring(argv[1], 4, 9999);
  for (int i = 0; i < 10; i++) {
    CHECK_EQ(-EBADF, run_request(ring, write));
    CHECK_EQ(-EBADF, run_request(ring, read));
  }
  CHECK_EQ(0, eio_ring_destroy(ring));

  int fd;
  CHECK_EQ(0, eio_open(make_file(BLOCK), 0, &fd));
  ring = make_ring(argv[1], 4, fd);
  CHECK_EQ(-EBADF, run_request(ring, write));
  CHECK_EQ(BLOCK, run_request(ring, read));
  CHECK_EQ(0, eio_ring_destroy(ring));
  CHECK_EQ(0, eio_close(fd));
  return 0;
}
