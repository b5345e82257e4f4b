/* A ring on a block device: writing and reading all of it, its end, misalignment, and writes that it fails. argv: engine */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>

#include "fixture.h"

#define COUNT 64u

int main(int argc, char **argv) {
  CHECK_EQ(2, argc);
  int fd, backing;
  const char *path = make_loop(COUNT * BLOCK, 512, &backing);
  CHECK_EQ(0, eio_open(path, EIO_OPEN_WRITE | EIO_OPEN_DIRECT | EIO_OPEN_EXCLUSIVE, &fd));
  struct eio_ring *ring = make_ring(argv[1], COUNT, fd);
  uint8_t *memory = make_memory(COUNT * BLOCK, 0);
  struct eio_request requests[COUNT];
  struct eio_vector vectors[COUNT];
  int64_t results[COUNT];
  for (int pass = 0; pass < 2; pass++) {
    for (uint32_t i = 0; i < COUNT; i++) {
      if (pass == 0)
        fill_block(memory + i * BLOCK, i, 21);
      else
        memset(memory + i * BLOCK, 0, BLOCK);
      requests[i] = request_of(i, pass == 0 ? EIO_OP_WRITE : EIO_OP_READ, &vectors[i], memory + i * BLOCK, BLOCK,
                               (int64_t)i * BLOCK);
    }
    run_requests(ring, requests, COUNT, results);
    for (uint32_t i = 0; i < COUNT; i++) {
      CHECK_EQ(BLOCK, results[i]);
      CHECK(is_block(memory + i * BLOCK, i, 21));
    }
  }
  CHECK_EQ(0, run_request(ring, request_of(0, EIO_OP_READ, &vectors[0], memory, BLOCK, COUNT * BLOCK)));
  CHECK_EQ(-ENOSPC, run_request(ring, request_of(0, EIO_OP_WRITE, &vectors[0], memory, BLOCK, COUNT * BLOCK)));
  CHECK_EQ(512, run_request(ring, request_of(0, EIO_OP_READ, &vectors[0], memory, BLOCK, COUNT * BLOCK - 512)));
  CHECK_EQ(-EINVAL, run_request(ring, request_of(0, EIO_OP_READ, &vectors[0], memory, BLOCK, 100)));
  CHECK_EQ(-EINVAL, run_request(ring, request_of(0, EIO_OP_WRITE, &vectors[0], memory + 1, BLOCK, 0)));
  CHECK_EQ(-EINVAL, run_request(ring, request_of(0, EIO_OP_WRITE, &vectors[0], memory, 100, 0)));

  /* From here on the backing store refuses writes: they are errors of the device, reads are not. */
  CHECK_EQ(0, fcntl(backing, F_ADD_SEALS, F_SEAL_WRITE));
  CHECK_EQ(-EIO, run_request(ring, request_of(0, EIO_OP_WRITE, &vectors[0], memory, BLOCK, 0)));
  CHECK_EQ(BLOCK, run_request(ring, request_of(0, EIO_OP_READ, &vectors[0], memory, BLOCK, 5 * BLOCK)));
  CHECK(is_block(memory, 5, 21));
  CHECK_EQ(0, eio_ring_destroy(ring));
  CHECK_EQ(0, eio_close(fd));
  return 0;
}
