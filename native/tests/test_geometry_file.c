/* A file's geometry: its size, usable alignment, and whether it can be written through this descriptor. */
#include <errno.h>
#include <unistd.h>

#include "fixture.h"

static bool is_power_of_two(uint32_t value) { return value != 0 && (value & (value - 1)) == 0; }

int main(void) {
  const uint64_t length = 3 * BLOCK + 512;
  const char *path = make_file(length);
  struct eio_geometry geometry;
  int fd;
  CHECK_EQ(0, eio_open(path, EIO_OPEN_WRITE, &fd));
  CHECK_EQ(0, eio_geometry_of(fd, &geometry));
  CHECK_EQ(EIO_KIND_FILE, geometry.kind);
  CHECK_EQ(length, geometry.capacity);
  CHECK(is_power_of_two(geometry.logical_block) && geometry.logical_block <= BLOCK);
  CHECK(is_power_of_two(geometry.physical_block) && geometry.physical_block >= geometry.logical_block);
  CHECK(is_power_of_two(geometry.memory_alignment) && geometry.memory_alignment <= BLOCK);
  CHECK_EQ(geometry.logical_block, geometry.offset_alignment);
  CHECK_EQ(1, geometry.write_cache);
  CHECK_EQ(0, geometry.fua);
  CHECK_EQ(1, geometry.discard);
  CHECK_EQ(0, geometry.read_only);
  CHECK_EQ(0, geometry.reserved);
  CHECK_EQ(0, eio_close(fd));

  CHECK_EQ(0, eio_open(path, 0, &fd));
  CHECK_EQ(0, eio_geometry_of(fd, &geometry));
  CHECK_EQ(1, geometry.read_only);
  CHECK_EQ(0, eio_close(fd));
  CHECK_EQ(-EBADF, eio_geometry_of(fd, &geometry));

  int ends[2];
  CHECK_EQ(0, pipe(ends));
  CHECK_EQ(0, eio_geometry_of(ends[0], &geometry));
  CHECK_EQ(EIO_KIND_OTHER, geometry.kind);
  CHECK_EQ(0, geometry.capacity);
  CHECK_EQ(0, close(ends[0]) | close(ends[1]));
  return 0;
}
