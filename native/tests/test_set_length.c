/* Setting a length grows, shrinks and reserves. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"

static struct stat stat_of(int fd) {
  struct stat st;
  CHECK_EQ(0, fstat(fd, &st));
  return st;
}

int main(void) {
  int fd = open_file(0);
  CHECK_EQ(0, eio_set_length(fd, 8 * BLOCK, 0));
  CHECK_EQ(8 * BLOCK, stat_of(fd).st_size);
  CHECK_EQ(0, stat_of(fd).st_blocks);
  CHECK_EQ(0, eio_set_length(fd, 16 * BLOCK, 1));
  CHECK_EQ(16 * BLOCK, stat_of(fd).st_size);
  CHECK(stat_of(fd).st_blocks * 512 >= 16 * BLOCK);
  CHECK_EQ(0, eio_set_length(fd, 2 * BLOCK, 1));
  CHECK_EQ(2 * BLOCK, stat_of(fd).st_size);
  CHECK_EQ(-EINVAL, eio_set_length(fd, UINT64_MAX, 0));
  CHECK_EQ(0, eio_set_length(fd, 0, 1));
  CHECK_EQ(0, stat_of(fd).st_size);
  CHECK_EQ(0, eio_close(fd));
  CHECK_EQ(-EBADF, eio_set_length(fd, 0, 0));

  int ends[2];
  CHECK_EQ(0, pipe(ends));
  CHECK_EQ(-EINVAL, eio_set_length(ends[1], BLOCK, 0));
  CHECK_EQ(0, close(ends[0]) | close(ends[1]));
  return 0;
}
