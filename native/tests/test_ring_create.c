/* Malformed ring options are refused; the features granted are those asked for and had. argv: engine */
#include <errno.h>

#include "fixture.h"

static int32_t try_create(uint32_t engine, uint32_t entries) {
  struct eio_ring_options options = {.engine = engine, .entries = entries, .fd = 0};
  struct eio_ring *ring;
  const int32_t error = eio_ring_create(&options, &ring);
  CHECK(error != 0 && ring == NULL && options.features == 0);
  return error;
}

int main(int argc, char **argv) {
  CHECK_EQ(2, argc);
  const uint32_t engine = engine_of(argv[1]);
  CHECK_EQ(-EINVAL, try_create(0, 8));
  CHECK_EQ(-EINVAL, try_create(3, 8));
  CHECK_EQ(-EINVAL, try_create(engine, 0));
  CHECK_EQ(-EINVAL, try_create(engine, 4097));
  int fd = open_file(BLOCK);
  CHECK_EQ(0, eio_ring_destroy(make_ring(argv[1], 1, fd)));
  CHECK_EQ(0, eio_ring_destroy(make_ring(argv[1], 4096, fd)));
  CHECK_EQ(0, eio_close(fd));
  return 0;
}
