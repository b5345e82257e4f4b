/* A blocking step with nothing to report returns at its timeout, not before. argv: engine */
#include "fixture.h"

int main(int argc, char **argv) {
  CHECK_EQ(2, argc);
  int fd = open_file(BLOCK);
  struct eio_ring *ring = make_ring(argv[1], 8, fd);
  CHECK_EQ(0, step(ring, 1, 0));
  CHECK_EQ(0, step(ring, 0, 1000000));
  for (int i = 0; i < 3; i++) {
    const int64_t start = now_ms();
    CHECK_EQ(0, step(ring, 1, 30));
    const int64_t took = now_ms() - start;
    CHECK(took >= 29 && took < 10000);
  }
  uint8_t *memory = make_memory(BLOCK, 0);
  struct eio_vector vector;
  struct eio_completion completion;
  uint32_t accepted;
  const struct eio_request request = request_of(7, EIO_OP_READ, &vector, memory, BLOCK, 0);
  CHECK_EQ(1, eio_ring_step(ring, &request, 1, &accepted, 1, 60000, &completion, 1));
  CHECK_EQ(7, completion.token);
  CHECK_EQ(0, eio_ring_destroy(ring));
  CHECK_EQ(0, eio_close(fd));
  return 0;
}
