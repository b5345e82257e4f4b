/* eio_geometry.c: what a file or block device is like.
 *
 * Sources, best first: statx(STATX_DIOALIGN) for alignment, block ioctls for sizes, sysfs for the queue's abilities.
 * Where nothing answers, the careful value is reported: 4096-byte alignment, a volatile write cache.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "eio_internal.h"

/* linux/stat.h clashes with glibc's sys/stat.h, so the fields of struct statx are taken by their offsets. */
#define EIO_STATX_DIOALIGN 0x2000u
#define EIO_STATX_SIZE 256
#define EIO_STATX_MASK_AT 0x00
#define EIO_STATX_DIO_MEM_AT 0x98
#define EIO_STATX_DIO_OFFSET_AT 0x9c

#define CAREFUL_ALIGNMENT 4096u
#define SYSFS "/sys"

static bool direct_alignment(int fd, uint32_t *memory, uint32_t *offset) {
  uint8_t statx[EIO_STATX_SIZE] = {0};
  uint32_t mask;
  if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, EIO_STATX_DIOALIGN, statx) < 0)
    return false;
  memcpy(&mask, statx + EIO_STATX_MASK_AT, sizeof mask);
  memcpy(memory, statx + EIO_STATX_DIO_MEM_AT, sizeof *memory);
  memcpy(offset, statx + EIO_STATX_DIO_OFFSET_AT, sizeof *offset);
  return (mask & EIO_STATX_DIOALIGN) && *memory != 0 && *offset != 0;
}

static uint64_t queue_number(dev_t device, const char *name, uint64_t unknown) {
  char text[64];
  return eio_queue_text(SYSFS, major(device), minor(device), name, text, sizeof text) ? strtoull(text, NULL, 10) : unknown;
}

static int32_t block_geometry(int fd, const struct stat *st, struct eio_geometry *out) {
  uint64_t capacity;
  int logical, read_only;
  unsigned physical;
  if (ioctl(fd, BLKGETSIZE64, &capacity) < 0 || ioctl(fd, BLKSSZGET, &logical) < 0 || ioctl(fd, BLKPBSZGET, &physical) < 0 ||
      ioctl(fd, BLKROGET, &read_only) < 0)
    return -errno;
  char cache[64];
  out->kind = EIO_KIND_BLOCK;
  out->major = major(st->st_rdev);
  out->minor = minor(st->st_rdev);
  out->capacity = capacity;
  out->logical_block = (uint32_t)logical;
  out->physical_block = physical;
  out->read_only = read_only != 0;
  out->write_cache = !eio_queue_text(SYSFS, out->major, out->minor, "write_cache", cache, sizeof cache) ||
                     strncmp(cache, "write back", 10) == 0;
  out->fua = queue_number(st->st_rdev, "fua", 0) != 0 && eio_is_leaf(SYSFS, out->major, out->minor);
  out->discard = queue_number(st->st_rdev, "discard_max_bytes", 0) != 0;
  out->discard_granularity = queue_number(st->st_rdev, "discard_granularity", 0);
  out->max_transfer = queue_number(st->st_rdev, "max_sectors_kb", 0) * 1024;
  out->rotational = queue_number(st->st_rdev, "rotational", 0) != 0;
  /* A device's buffers need no more than sector alignment; its offsets need whole logical blocks. */
  out->memory_alignment = out->logical_block;
  out->offset_alignment = out->logical_block;
  return 0;
}

static int32_t file_geometry(int fd, const struct stat *st, struct eio_geometry *out) {
  struct statvfs vfs;
  if (fstatvfs(fd, &vfs) < 0)
    return -errno;
  out->kind = S_ISREG(st->st_mode) ? EIO_KIND_FILE : EIO_KIND_OTHER;
  out->capacity = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0;
  out->read_only = (vfs.f_flag & ST_RDONLY) != 0;
  out->write_cache = 1;
  out->discard = S_ISREG(st->st_mode);
  out->discard_granularity = (uint64_t)st->st_blksize;
  out->rotational = queue_number(st->st_dev, "rotational", 0) != 0;
  out->major = major(st->st_dev);
  out->minor = minor(st->st_dev);
  out->logical_block = (uint32_t)queue_number(st->st_dev, "logical_block_size", CAREFUL_ALIGNMENT);
  out->physical_block = (uint32_t)queue_number(st->st_dev, "physical_block_size", CAREFUL_ALIGNMENT);
  out->memory_alignment = out->logical_block;
  out->offset_alignment = out->logical_block;
  return 0;
}

int32_t eio_geometry_of(int32_t fd, struct eio_geometry *out) {
  struct stat st;
  memset(out, 0, sizeof *out);
  if (fstat(fd, &st) < 0)
    return -errno;
  int32_t error = S_ISBLK(st.st_mode) ? block_geometry(fd, &st, out) : file_geometry(fd, &st, out);
  if (error)
    return error;
  uint32_t memory, offset;
  if (direct_alignment(fd, &memory, &offset)) {
    out->memory_alignment = memory;
    out->offset_alignment = offset;
    if (out->kind == EIO_KIND_FILE)
      out->logical_block = offset;
  }
  if (out->physical_block < out->logical_block)
    out->physical_block = out->logical_block;
  int status = fcntl(fd, F_GETFL);
  if (status < 0)
    return -errno;
  if ((status & O_ACCMODE) == O_RDONLY)
    out->read_only = 1;
  return 0;
}
