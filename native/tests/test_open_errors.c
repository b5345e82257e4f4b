/* Opening says what is wrong with a path, and takes locks where exclusiveness was asked for. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"

static int32_t try_open(const char *path, uint32_t flags) {
  int fd, error = eio_open(path, flags, &fd);
  if (error == 0)
    CHECK_EQ(0, eio_close(fd));
  else
    CHECK_EQ(-1, fd);
  return error;
}

int main(void) {
  const char *path = make_file(BLOCK);
  CHECK_EQ(-ENOENT, try_open("no-such-file", EIO_OPEN_WRITE));
  CHECK_EQ(-EISDIR, try_open(".", 0));
  CHECK_EQ(-ENOTBLK, try_open("/dev/null", 0));
  CHECK_EQ(-ENOTDIR, try_open("/dev/null/x", 0));
  CHECK_EQ(-EEXIST, try_open(path, EIO_OPEN_WRITE | EIO_OPEN_CREATE));
  CHECK_EQ(-EINVAL, try_open(path, EIO_OPEN_CREATE));
  CHECK_EQ(-EINVAL, try_open(path, 1u << 31));
  CHECK_EQ(-EINVAL, try_open(path, EIO_OPEN_EXCLUSIVE | EIO_OPEN_SHARED));
  if (access("/proc/version", R_OK) == 0)
    CHECK_EQ(-EINVAL, try_open("/proc/version", EIO_OPEN_DIRECT));

  char fifo[64];
  (void)snprintf(fifo, sizeof fifo, "fifo-%d", getpid());
  CHECK_EQ(0, mkfifo(fifo, 0600));
  const int32_t error = try_open(fifo, 0); /* must not wait for a writer */
  CHECK_EQ(0, unlink(fifo));
  CHECK_EQ(-ENOTBLK, error);

  int first, second;
  CHECK_EQ(0, eio_open(path, EIO_OPEN_WRITE | EIO_OPEN_EXCLUSIVE, &first));
  CHECK(fcntl(first, F_GETFD) & FD_CLOEXEC);
  CHECK(!(fcntl(first, F_GETFL) & O_NONBLOCK));
  CHECK_EQ(-EBUSY, try_open(path, EIO_OPEN_WRITE | EIO_OPEN_EXCLUSIVE));
  CHECK_EQ(0, try_open(path, 0));
  CHECK_EQ(0, eio_close(first));
  CHECK_EQ(0, eio_open(path, EIO_OPEN_EXCLUSIVE, &second));
  CHECK_EQ(0, eio_close(second));

  CHECK_EQ(0, eio_open(path, EIO_OPEN_SHARED, &first));
  CHECK_EQ(0, eio_open(path, EIO_OPEN_SHARED, &second));
  CHECK_EQ(-EBUSY, try_open(path, EIO_OPEN_WRITE | EIO_OPEN_EXCLUSIVE));
  CHECK_EQ(0, eio_close(first));
  CHECK_EQ(-EBUSY, try_open(path, EIO_OPEN_WRITE | EIO_OPEN_EXCLUSIVE));
  CHECK_EQ(0, eio_close(second));
  CHECK_EQ(0, eio_open(path, EIO_OPEN_WRITE | EIO_OPEN_EXCLUSIVE, &first));
  CHECK_EQ(-EBUSY, try_open(path, EIO_OPEN_SHARED));
  CHECK_EQ(0, eio_close(first));
  CHECK_EQ(-EBADF, eio_close(second));
  return 0;
}
