/* A step with capacity 0 submits and reaps nothing: what it took completes in later steps, refused requests too. argv: engine */
#include <errno.h>

#include "fixture.h"

enum { COUNT = 8 };

int main(int argc, char **argv) {
  CHECK_EQ(2, argc);
  int fd = open_file(COUNT * BLOCK);
  struct eio_ring *ring = make_ring(argv[1], COUNT + 1, fd);
  uint8_t *memory = make_memory(COUNT * BLOCK, 0);
  struct eio_request requests[COUNT + 1];
  struct eio_vector vectors[COUNT + 1];
  for (uint32_t i = 0; i < COUNT; i++) {
    fill_block(memory + i * BLOCK, i, 1);
    requests[i] = request_of(i, EIO_OP_WRITE, &vectors[i], memory + i * BLOCK, BLOCK, (int64_t)i * BLOCK);
  }
  requests[COUNT] = request_of(COUNT, 99, &vectors[COUNT], memory, BLOCK, 0);

  uint32_t accepted;
  CHECK_EQ(-EINVAL, eio_ring_step(ring, requests, COUNT, &accepted, 1, -1, NULL, 0));
  CHECK_EQ(0, accepted);
  CHECK_EQ(0, eio_ring_step(ring, requests, COUNT / 2, &accepted, 0, -1, NULL, 0));
  CHECK_EQ(COUNT / 2, accepted);
  CHECK_EQ(0, eio_ring_step(ring, requests + COUNT / 2, COUNT / 2 + 1, &accepted, 0, -1, NULL, 0));
  CHECK_EQ(COUNT / 2 + 1, accepted);

  bool seen[COUNT + 1] = {false};
  struct eio_completion completions[COUNT + 1];
  for (uint32_t left = COUNT + 1; left > 0;) {
    int32_t n = eio_ring_step(ring, NULL, 0, &accepted, 1, -1, completions, COUNT + 1);
    CHECK(n >= 0 && (uint32_t)n <= left);
    for (int32_t i = 0; i < n; i++) {
      CHECK(!seen[completions[i].token]);
      seen[completions[i].token] = true;
      CHECK_EQ(completions[i].token == COUNT ? -EINVAL : (int64_t)BLOCK, completions[i].result);
    }
    left -= (uint32_t)n;
  }

  struct eio_vector all = {.address = (uint64_t)(uintptr_t)make_memory(COUNT * BLOCK, 0), .length = COUNT * BLOCK};
  CHECK_EQ(COUNT * BLOCK, eio_transfer(fd, EIO_OP_READ, 0, &all, 1, 0));
  for (uint32_t i = 0; i < COUNT; i++)
    CHECK(is_block((uint8_t *)(uintptr_t)all.address + i * BLOCK, i, 1));
  CHECK_EQ(0, eio_ring_destroy(ring));
  CHECK_EQ(0, eio_close(fd));
  return 0;
}
