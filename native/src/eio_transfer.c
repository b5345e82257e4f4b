/* eio_transfer.c: synchronous I/O on the caller's thread. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "eio_internal.h"

_Static_assert(sizeof(struct eio_vector) == sizeof(struct iovec), "eio_vector is handed to the kernel as struct iovec");

static ssize_t transfer_once(int fd, bool write, int flags, const struct iovec *vectors, int count, off_t offset) {
  void *const base = vectors->iov_base;
  if (count == 1 && flags == 0)
    return write ? pwrite(fd, base, vectors->iov_len, offset) : pread(fd, base, vectors->iov_len, offset);
  return write ? pwritev2(fd, vectors, count, offset, flags) : preadv2(fd, vectors, count, offset, flags);
}

int64_t eio_transfer(int32_t fd, uint32_t op, uint32_t flags, const struct eio_vector *vectors, uint32_t count, int64_t offset) {
  const bool write = op == EIO_OP_WRITE;
  /* preadv2 takes offset -1 for "at the file position": refused here. */
  if ((op != EIO_OP_READ && !write) || offset < 0 || count == 0 || count > EIO_VECTORS_MAX ||
      (flags & ~(uint32_t)EIO_REQUEST_FUA))
    return -EINVAL;
  const int rwf = write && (flags & EIO_REQUEST_FUA) ? RWF_DSYNC : 0;
  ssize_t n;
  do
    n = transfer_once(fd, write, rwf, (const struct iovec *)vectors, (int)count, offset);
  while (n < 0 && errno == EINTR);
  return n < 0 ? -errno : n;
}

int32_t eio_flush(int32_t fd) {
  int r;
  do
    r = fdatasync(fd);
  while (r < 0 && errno == EINTR);
  return r < 0 ? -errno : 0;
}

int32_t eio_sync(int32_t fd) {
  int r;
  do
    r = fsync(fd);
  while (r < 0 && errno == EINTR);
  return r < 0 ? -errno : 0;
}

static int32_t range_ioctl(int fd, unsigned long request, uint64_t offset, uint64_t length) {
  uint64_t range[2] = {offset, length};
  int r;
  do
    r = ioctl(fd, request, range);
  while (r < 0 && errno == EINTR);
  return r < 0 ? -errno : 0;
}

static int32_t range_fallocate(int fd, int mode, uint64_t offset, uint64_t length) {
  int r;
  do
    r = fallocate(fd, mode | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)length);
  while (r < 0 && errno == EINTR);
  return r < 0 ? -errno : 0;
}

/* 1: a block device. 0: a file. Negative: no such descriptor, or the range is none. */
static int32_t range_target(int fd, uint64_t offset, uint64_t length) {
  struct stat st;
  if (fstat(fd, &st) < 0)
    return -errno;
  if (offset > INT64_MAX || length > INT64_MAX - offset)
    return -EINVAL;
  return S_ISBLK(st.st_mode);
}

int32_t eio_discard(int32_t fd, uint64_t offset, uint64_t length) {
  int32_t block = range_target(fd, offset, length);
  if (block < 0 || length == 0)
    return block < 0 ? block : 0;
  return block ? range_ioctl(fd, BLKDISCARD, offset, length) : range_fallocate(fd, FALLOC_FL_PUNCH_HOLE, offset, length);
}

int32_t eio_write_zeroes(int32_t fd, uint64_t offset, uint64_t length) {
  int32_t block = range_target(fd, offset, length);
  if (block < 0 || length == 0)
    return block < 0 ? block : 0;
  /* On a block device too: this unmaps where unmapping gives zeros, else says EOPNOTSUPP. Asking BLKZEROOUT first would make
   * a loop device over tmpfs lose its zeroing ability for good, because its backing file has no FALLOC_FL_ZERO_RANGE. */
  int32_t error = range_fallocate(fd, FALLOC_FL_PUNCH_HOLE, offset, length);
  if (error != -EOPNOTSUPP)
    return error;
  return block ? range_ioctl(fd, BLKZEROOUT, offset, length) : range_fallocate(fd, FALLOC_FL_ZERO_RANGE, offset, length);
}
