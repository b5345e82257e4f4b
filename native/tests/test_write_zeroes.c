/* Zeroed ranges read as zeros and their neighbours stay; zeroing again and again costs a device none of its abilities.
 * argv: file | loop */
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
  uint8_t *memory = make_memory(length, 0);
  struct eio_vector vector = {.address = (uint64_t)(uintptr_t)memory, .length = length};
  for (int round = 0; round < 3; round++) {
    memset(memory, 0x5a, length);
    CHECK_EQ(length, eio_transfer(fd, EIO_OP_WRITE, 0, &vector, 1, 0));
    CHECK_EQ(0, eio_flush(fd));
    struct stat before, after;
    CHECK_EQ(0, fstat(backing, &before));
    CHECK_EQ(0, eio_write_zeroes(fd, length / 4, length / 2));
    CHECK_EQ(0, fstat(backing, &after));
    if (loop) /* unmapped, not written: the trap of BLKZEROOUT over tmpfs was not stepped into */
      CHECK(after.st_blocks < before.st_blocks);
    CHECK_EQ(length, eio_transfer(fd, EIO_OP_READ, 0, &vector, 1, 0));
    CHECK_EQ(0x5a, memory[length / 4 - 1]);
    CHECK(is_zero(memory + length / 4, length / 2));
    CHECK_EQ(0x5a, memory[length / 4 * 3]);
  }
  CHECK_EQ(0, eio_write_zeroes(fd, 0, 0));
  CHECK_EQ(-EINVAL, eio_write_zeroes(fd, UINT64_MAX, 1));
  CHECK_EQ(0, eio_close(fd));
  CHECK_EQ(-EBADF, eio_write_zeroes(fd, 0, BLOCK));
  return 0;
}
