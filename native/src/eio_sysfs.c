/* eio_sysfs.c: what sysfs says of a block device and its queue.
 *
 * dev/block/MAJOR:MINOR is a link to the device's folder; that of a partition lies in its disk's, which has the queue. Where
 * nothing answers, or not to the end, the caller hears so and takes the careful value.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "eio_internal.h"

#define PATH_BYTES 256

/* The path of a name in the device's own folder (up 0) or in the one above it (up 1); false when it is too long. */
static bool path_of(char *path, const char *root, uint32_t major, uint32_t minor, int up, const char *name) {
  int length = snprintf(path, PATH_BYTES, "%s/dev/block/%u:%u/%s%s", root, major, minor, up ? "../" : "", name);
  return length > 0 && length < PATH_BYTES;
}

static ssize_t read_file(const char *path, char *text, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  ssize_t n;
  do
    n = read(fd, text, size - 1);
  while (n < 0 && errno == EINTR);
  (void)close(fd);
  return n;
}

bool eio_queue_text(const char *root, uint32_t major, uint32_t minor, const char *name, char *text, size_t size) {
  char path[PATH_BYTES], queue[64];
  int length = snprintf(queue, sizeof queue, "queue/%s", name);
  if (length < 0 || (size_t)length >= sizeof queue)
    return false;
  for (int up = 0; up <= 1; up++) {
    if (!path_of(path, root, major, minor, up, queue))
      continue;
    ssize_t n = read_file(path, text, size);
    if (n <= 0)
      continue;
    text[n] = '\0';
    return true;
  }
  return false;
}

bool eio_is_leaf(const char *root, uint32_t major, uint32_t minor) {
  char path[PATH_BYTES];
  for (int up = 0; up <= 1; up++) {
    DIR *slaves = path_of(path, root, major, minor, up, "slaves") ? opendir(path) : NULL;
    if (!slaves)
      continue;
    bool empty = true;
    errno = 0;
    for (struct dirent *entry = readdir(slaves); entry && empty; entry = readdir(slaves))
      empty = entry->d_name[0] == '.';
    empty = empty && errno == 0;
    (void)closedir(slaves);
    return empty;
  }
  return false;
}
