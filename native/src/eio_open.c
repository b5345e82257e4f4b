/* eio_open.c: descriptors: open, close, length. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine_io.h"

#define KNOWN_FLAGS \
  (uint32_t)(EIO_OPEN_WRITE | EIO_OPEN_DIRECT | EIO_OPEN_EXCLUSIVE | EIO_OPEN_CREATE | EIO_OPEN_SHARED)

static int32_t check_kind(mode_t mode) {
  if (S_ISREG(mode) || S_ISBLK(mode))
    return 0;
  return S_ISDIR(mode) ? -EISDIR : -ENOTBLK;
}

static int open_retry(const char *path, int flags) {
  int fd;
  do
    fd = open(path, flags | O_CLOEXEC, 0600);
  while (fd < 0 && errno == EINTR);
  return fd < 0 ? -errno : fd;
}

static int32_t lock_file(int fd, bool alone) {
  int r;
  do
    r = flock(fd, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB);
  while (r < 0 && errno == EINTR);
  if (r == 0)
    return 0;
  return errno == EWOULDBLOCK ? -EBUSY : -errno;
}

static int change_range_lock(int fd, short type) {
  struct flock whole = {.l_type = type, .l_whence = SEEK_SET};
  int r;
  do
    r = fcntl(fd, F_OFD_SETLK, &whole);
  while (r < 0 && errno == EINTR);
  return r;
}

/* Not flock: udev takes that on a block device for moments, each time somebody who wrote it has closed it. Like flock, this lock
 * is the open file's. One for writing takes a descriptor for writing: who only reads is kept from writers, and O_EXCL does the
 * rest. */
static int32_t lock_block(int fd, bool writes) {
  if (change_range_lock(fd, writes ? F_WRLCK : F_RDLCK) == 0)
    return 0;
  return errno == EAGAIN || errno == EACCES ? -EBUSY : -errno;
}

static int32_t lock_open(int fd, uint32_t flags, bool is_block) {
  const bool alone = flags & EIO_OPEN_EXCLUSIVE;
  return is_block ? lock_block(fd, alone && (flags & EIO_OPEN_WRITE)) : lock_file(fd, alone);
}

/* open(O_CREAT | O_DIRECT) leaves a file behind where direct I/O is refused; switching it on afterwards can be undone. */
static int create_file(const char *path, uint32_t flags) {
  int fd = open_retry(path, O_RDWR | O_CREAT | O_EXCL);
  if (fd < 0 || !(flags & EIO_OPEN_DIRECT))
    return fd;
  int status = fcntl(fd, F_GETFL);
  if (status >= 0 && fcntl(fd, F_SETFL, status | O_DIRECT) == 0)
    return fd;
  int error = errno;
  (void)unlink(path);
  (void)close(fd);
  return -error;
}

static int open_existing(const char *path, uint32_t flags) {
  struct stat st;
  /* Asked first: opening a FIFO would block, and O_EXCL means something on block devices only. */
  if (stat(path, &st) < 0)
    return -errno;
  int32_t error = check_kind(st.st_mode);
  if (error)
    return error;
  int mode = flags & EIO_OPEN_WRITE ? O_RDWR : O_RDONLY;
  if (flags & EIO_OPEN_DIRECT)
    mode |= O_DIRECT;
  if ((flags & EIO_OPEN_EXCLUSIVE) && S_ISBLK(st.st_mode))
    mode |= O_EXCL;
  return open_retry(path, mode | O_NONBLOCK);
}

int32_t eio_open(const char *path, uint32_t flags, int32_t *fd_out) {
  *fd_out = -1;
  if ((flags & ~KNOWN_FLAGS) != 0 || ((flags & EIO_OPEN_CREATE) && !(flags & EIO_OPEN_WRITE)))
    return -EINVAL;
  if ((flags & EIO_OPEN_EXCLUSIVE) && (flags & EIO_OPEN_SHARED))
    return -EINVAL;
  int fd = flags & EIO_OPEN_CREATE ? create_file(path, flags) : open_existing(path, flags);
  if (fd < 0)
    return fd;
  struct stat st;
  int32_t error = fstat(fd, &st) < 0 ? -errno : check_kind(st.st_mode);
  if (!error && (flags & (EIO_OPEN_EXCLUSIVE | EIO_OPEN_SHARED)))
    error = lock_open(fd, flags, S_ISBLK(st.st_mode));
  if (!error && !(flags & EIO_OPEN_CREATE)) {
    /* O_NONBLOCK guarded against a path that turned into a FIFO; on the ring it would make the kernel answer EAGAIN. */
    int status = fcntl(fd, F_GETFL);
    if (status < 0 || fcntl(fd, F_SETFL, status & ~O_NONBLOCK) < 0)
      error = -errno;
  }
  if (error) {
    (void)close(fd);
    return error;
  }
  *fd_out = fd;
  return 0;
}

int32_t eio_close(int32_t fd) {
  /* A child that was forked and has not started its program yet holds a copy, and with it the lock: so it is given back. */
  (void)flock(fd, LOCK_UN);
  (void)change_range_lock(fd, F_UNLCK);
  /* Linux frees the descriptor even when close reports EINTR: never close twice. */
  return close(fd) == 0 || errno == EINTR ? 0 : -errno;
}

static int32_t truncate_retry(int fd, uint64_t length) {
  int r;
  do
    r = ftruncate(fd, (off_t)length);
  while (r < 0 && errno == EINTR);
  return r < 0 ? -errno : 0;
}

int32_t eio_set_length(int32_t fd, uint64_t length, int32_t allocate) {
  struct stat st;
  if (fstat(fd, &st) < 0)
    return -errno;
  if (!S_ISREG(st.st_mode) || length > INT64_MAX)
    return -EINVAL;
  int32_t error = truncate_retry(fd, length);
  if (error || !allocate || length == 0)
    return error;
  int r;
  do
    r = fallocate(fd, 0, 0, (off_t)length);
  while (r < 0 && errno == EINTR);
  if (r == 0 || errno == EOPNOTSUPP)
    return 0;
  error = -errno;
  if ((uint64_t)st.st_size < length)
    (void)truncate_retry(fd, (uint64_t)st.st_size);
  return error;
}
