/* eio_name.c: names in directories, and the lock of a file. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "engine_io.h"

int32_t eio_rename(const char *from, const char *to) {
  return rename(from, to) == 0 ? 0 : -errno;
}

int32_t eio_unlink(const char *path) {
  return unlink(path) == 0 ? 0 : -errno;
}

int32_t eio_sync_directory(const char *path) {
  int fd;
  do
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  while (fd < 0 && errno == EINTR);
  if (fd < 0)
    return -errno;
  int32_t error = eio_sync(fd);
  (void)close(fd);
  return error;
}

int32_t eio_lock(int32_t fd, int32_t exclusive) {
  int r;
  do
    r = flock(fd, exclusive ? LOCK_EX : LOCK_UN);
  while (r < 0 && errno == EINTR);
  return r < 0 ? -errno : 0;
}
