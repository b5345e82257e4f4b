/* Names are replaced, removed and made durable; a lock excludes another descriptor. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "fixture.h"

static char folder[] = "/tmp/eio-names-XXXXXX";

static const char *in_folder(const char *name) {
  static char paths[4][128];
  static int next;
  char *path = paths[next++ % 4];
  (void)snprintf(path, sizeof paths[0], "%s/%s", folder, name);
  return path;
}

static void make(const char *name) {
  int32_t fd;
  CHECK_EQ(0, eio_open(in_folder(name), EIO_OPEN_WRITE | EIO_OPEN_CREATE, &fd));
  CHECK_EQ(0, eio_close(fd));
}

int main(void) {
  CHECK(mkdtemp(folder) != NULL);
  make("a");
  make("b");
  CHECK_EQ(0, eio_rename(in_folder("a"), in_folder("b")));
  CHECK_EQ(-ENOENT, eio_rename(in_folder("a"), in_folder("b")));
  CHECK_EQ(0, eio_sync_directory(folder));
  CHECK_EQ(-ENOTDIR, eio_sync_directory(in_folder("b")));
  CHECK_EQ(-ENOENT, eio_sync_directory(in_folder("c")));

  int32_t mine;
  int32_t other;
  CHECK_EQ(0, eio_open(in_folder("b"), EIO_OPEN_WRITE, &mine));
  CHECK_EQ(0, eio_open(in_folder("b"), EIO_OPEN_WRITE, &other));
  CHECK_EQ(0, eio_lock(mine, 1));
  CHECK_EQ(-1, flock(other, LOCK_EX | LOCK_NB));
  CHECK_EQ(0, eio_lock(mine, 0));
  CHECK_EQ(0, eio_lock(other, 1));
  CHECK_EQ(0, eio_close(other));
  CHECK_EQ(0, eio_lock(mine, 1));
  CHECK_EQ(0, eio_close(mine));
  CHECK_EQ(-EBADF, eio_lock(mine, 1));

  CHECK_EQ(0, eio_unlink(in_folder("b")));
  CHECK_EQ(-ENOENT, eio_unlink(in_folder("b")));
  CHECK_EQ(0, rmdir(folder));
  return 0;
}
