/* A file that cannot have the space it asks for keeps its length. On a tmpfs of limited size, which refuses more than it has at
 * once: another file system would fill up before it says no. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "fixture.h"

int main(void) {
  struct statfs fs;
  if (statfs("/dev/shm", &fs) < 0 || fs.f_type != TMPFS_MAGIC || fs.f_blocks == 0)
    skip("/dev/shm is not a tmpfs with a size limit");
  const int fd = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0)
    skip("/dev/shm: %s", strerror(errno));
  CHECK_EQ(0, eio_set_length(fd, 2 * BLOCK, 1));
  CHECK_EQ(-ENOSPC, eio_set_length(fd, ((uint64_t)fs.f_blocks + 1000) * (uint64_t)fs.f_bsize, 1));
  struct stat st;
  CHECK_EQ(0, fstat(fd, &st));
  CHECK_EQ(2 * BLOCK, st.st_size);
  CHECK_EQ(0, eio_close(fd));
  return 0;
}
