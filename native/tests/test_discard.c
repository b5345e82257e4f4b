/* Discarding gives space back, on files by punching holes and on devices by BLKDISCARD. argv: file | loop */
#include <errno.h>
#include <sys/stat.h>

#include "fixture.h"

int main(int argc, char **argv) {
  CHECK_EQ(2, argc);
  const bool loop = strcmp(argv[1], "loop") == 0;
  const uint64_t length = 1 << 20;
  int fd, backing = -1;
  if (loop)
    CHECK_EQ(0, eio_open(make_loop(length, 512, &backing), EIO_OPEN_WRITE | EIO_OPEN_DIRECT, &fd));
  else
    backing = fd = open_file(length);
  uint8_t *memory = make_memory(length, 0x5a);
  struct eio_vector vector = {.address = (uint64_t)(uintptr_t)memory, .length = length};
  CHECK_EQ(length, eio_transfer(fd, EIO_OP_WRITE, 0, &vector, 1, 0));
  CHECK_EQ(0, eio_flush(fd));
  struct stat before, after;
  CHECK_EQ(0, fstat(backing, &before));
  const int32_t error = eio_discard(fd, length / 4, length / 2);
  if (error == -EOPNOTSUPP)
    skip("the file system punches no holes");
  CHECK_EQ(0, error);
  CHECK_EQ(0, fstat(backing, &after));
  CHECK(after.st_blocks < before.st_blocks);
  CHECK_EQ(before.st_size, after.st_size);
  CHECK_EQ(length, eio_transfer(fd, EIO_OP_READ, 0, &vector, 1, 0));
  CHECK_EQ(0x5a, memory[length / 4 - 1]);
  CHECK_EQ(0x5a, memory[length / 4 * 3]);
  CHECK_EQ(0, eio_discard(fd, 0, 0));
  CHECK_EQ(-EINVAL, eio_discard(fd, UINT64_MAX, 1));
  CHECK_EQ(-EINVAL, eio_discard(fd, BLOCK, UINT64_MAX));
  if (loop)
    CHECK_EQ(-EINVAL, eio_discard(fd, 1, 511));
  CHECK_EQ(0, eio_close(fd));
  CHECK_EQ(-EBADF, eio_discard(fd, 0, BLOCK));
  return 0;
}
