/* Synchronous transfers: whole, vectored, short at the end of the file, durable, and refused when malformed. */
#include <errno.h>

#include "fixture.h"

#define VECTORS 1024

int main(void) {
  uint8_t *memory = make_memory((VECTORS + 1) * BLOCK, 0);
  static struct eio_vector vectors[VECTORS + 1];
  int fd = open_file(0);
  for (uint32_t i = 0; i <= VECTORS; i++) {
    fill_block(memory + (uint64_t)i * BLOCK, i, 1);
    vectors[i] = (struct eio_vector){.address = (uint64_t)(uintptr_t)memory + (uint64_t)i * BLOCK, .length = BLOCK};
  }
  CHECK_EQ(VECTORS * BLOCK, eio_transfer(fd, EIO_OP_WRITE, 0, vectors, VECTORS, 0));
  CHECK_EQ(BLOCK, eio_transfer(fd, EIO_OP_WRITE, EIO_REQUEST_FUA, &vectors[VECTORS], 1, VECTORS * BLOCK));
  CHECK_EQ(0, eio_flush(fd));
  CHECK_EQ(0, eio_sync(fd));

  memset(memory, 0xee, (VECTORS + 1) * BLOCK);
  CHECK_EQ(VECTORS * BLOCK, eio_transfer(fd, EIO_OP_READ, 0, vectors, VECTORS, 0));
  CHECK_EQ(BLOCK, eio_transfer(fd, EIO_OP_READ, 0, &vectors[VECTORS], 1, VECTORS * BLOCK));
  for (uint32_t i = 0; i <= VECTORS; i++)
    CHECK(is_block(memory + (uint64_t)i * BLOCK, i, 1));

  CHECK_EQ(BLOCK, eio_transfer(fd, EIO_OP_READ, 0, vectors, 4, VECTORS * BLOCK));
  CHECK_EQ(0, eio_transfer(fd, EIO_OP_READ, 0, vectors, 4, (VECTORS + 1) * BLOCK));

  CHECK_EQ(-EINVAL, eio_transfer(fd, EIO_OP_READ, 0, vectors, VECTORS + 1, 0));
  CHECK_EQ(-EINVAL, eio_transfer(fd, EIO_OP_READ, 0, vectors, 0, 0));
  CHECK_EQ(-EINVAL, eio_transfer(fd, EIO_OP_READ, 0, vectors, 1, -1));
  CHECK_EQ(-EINVAL, eio_transfer(fd, EIO_OP_FLUSH, 0, vectors, 1, 0));
  CHECK_EQ(-EINVAL, eio_transfer(fd, EIO_OP_WRITE, 2, vectors, 1, 0));
  const struct eio_vector bad = {.address = 4096, .length = BLOCK};
  CHECK_EQ(-EFAULT, eio_transfer(fd, EIO_OP_READ, 0, &bad, 1, 0));
  CHECK_EQ(0, eio_close(fd));
  CHECK_EQ(-EBADF, eio_transfer(fd, EIO_OP_READ, 0, vectors, 1, 0));
  CHECK_EQ(-EBADF, eio_flush(fd));
  CHECK_EQ(-EBADF, eio_sync(fd));
  return 0;
}
