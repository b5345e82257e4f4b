/* A block device's geometry is what the kernel says of it, for both logical block sizes. */
#include "fixture.h"

int main(int argc, char **argv) {
  CHECK_EQ(2, argc);
  const uint32_t block = (uint32_t)atoi(argv[1]);
  const char *path = make_loop(4 << 20, block, NULL);
  struct eio_geometry geometry;
  int fd;
  CHECK_EQ(0, eio_open(path, EIO_OPEN_WRITE | EIO_OPEN_DIRECT | EIO_OPEN_EXCLUSIVE, &fd));
  CHECK_EQ(0, eio_geometry_of(fd, &geometry));
  CHECK_EQ(EIO_KIND_BLOCK, geometry.kind);
  CHECK_EQ(4 << 20, geometry.capacity);
  CHECK_EQ(block, geometry.logical_block);
  CHECK_EQ(block, geometry.offset_alignment);
  CHECK(geometry.physical_block >= block);
  CHECK(geometry.memory_alignment > 0 && geometry.memory_alignment <= block);
  CHECK_EQ(1, geometry.write_cache);
  CHECK_EQ(0, geometry.fua);
  CHECK_EQ(1, geometry.discard);
  CHECK(geometry.discard_granularity >= block);
  CHECK(geometry.max_transfer >= 64 * 1024);
  CHECK_EQ(0, geometry.read_only);
  CHECK_EQ(7, geometry.major); /* loop */
  CHECK_EQ(0, eio_close(fd));
  return 0;
}
