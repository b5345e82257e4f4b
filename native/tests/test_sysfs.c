/* Which device lies alone and what its queue says, by a folder made like sysfs: a disk, its partition, stacked devices. */
#define _GNU_SOURCE
#include <errno.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../src/eio_internal.h"
#include "fixture.h"

static char root[] = "sysfs-XXXXXX";

static const char *in_root(const char *name) {
  static char path[256];
  CHECK(snprintf(path, sizeof path, "%s/%s", root, name) < (int)sizeof path);
  return path;
}

static void make_folder(const char *name) { CHECK_EQ(0, mkdir(in_root(name), 0700)); }

static void make_text(const char *name, const char *text) {
  FILE *file = fopen(in_root(name), "w");
  CHECK(file != NULL);
  CHECK(fputs(text, file) >= 0);
  CHECK_EQ(0, fclose(file));
}

static void make_device(const char *number, const char *folder) {
  char target[128], link[64];
  CHECK(snprintf(target, sizeof target, "../../devices/%s", folder) < (int)sizeof target);
  CHECK(snprintf(link, sizeof link, "dev/block/%s", number) < (int)sizeof link);
  CHECK_EQ(0, symlink(target, in_root(link)));
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *place) {
  (void)st, (void)kind, (void)place;
  return remove(path);
}

static void clean_up(void) { (void)nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS); }

static void make_tree(void) {
  static const char *const folders[] = {
      "dev", "dev/block", "devices", "devices/disk", "devices/disk/slaves", "devices/disk/queue", "devices/disk/disk1",
      "devices/dm", "devices/dm/slaves", "devices/dm/queue", "devices/odd", "devices/hidden", "devices/hidden/slaves"};
  CHECK(mkdtemp(root) != NULL);
  CHECK_EQ(0, atexit(clean_up));
  for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
    make_folder(folders[i]);
  make_text("devices/disk/queue/fua", "1\n");
  make_text("devices/disk/queue/write_cache", "write back\n");
  make_text("devices/dm/queue/fua", "1\n");
  make_text("devices/dm/queue/write_cache", "");
  make_text("devices/hidden/slaves/.hidden", "");
  CHECK_EQ(0, symlink("../../disk", in_root("devices/dm/slaves/disk")));
  make_device("8:0", "disk");
  make_device("8:1", "disk/disk1");
  make_device("253:0", "dm");
  make_device("254:0", "odd");
  make_device("254:1", "hidden");
}

static void check_leaves(void) {
  CHECK(eio_is_leaf(root, 8, 0));
  CHECK(eio_is_leaf(root, 8, 1)); /* by its disk */
  CHECK(!eio_is_leaf(root, 253, 0));
  CHECK(!eio_is_leaf(root, 254, 0)); /* it does not say */
  CHECK(eio_is_leaf(root, 254, 1));
  CHECK(!eio_is_leaf(root, 9, 9)); /* there is none */
  make_folder("devices/disk/disk1/slaves");
  make_text("devices/disk/disk1/slaves/dm", "");
  CHECK(!eio_is_leaf(root, 8, 1)); /* its own folder first */
}

static void check_texts(void) {
  char text[16];
  CHECK(eio_queue_text(root, 8, 0, "fua", text, sizeof text));
  CHECK_EQ(0, strcmp("1\n", text));
  CHECK(eio_queue_text(root, 8, 1, "write_cache", text, sizeof text));
  CHECK_EQ(0, strcmp("write back\n", text));
  CHECK(eio_queue_text(root, 8, 0, "write_cache", text, 6));
  CHECK_EQ(0, strcmp("write", text));
  CHECK(!eio_queue_text(root, 253, 0, "write_cache", text, sizeof text));
  CHECK(!eio_queue_text(root, 253, 0, "discard_max_bytes", text, sizeof text));
  CHECK(!eio_queue_text(root, 9, 9, "fua", text, sizeof text));
}

int main(void) {
  make_tree();
  check_leaves();
  check_texts();
  return 0;
}
