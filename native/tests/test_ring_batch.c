/* Batches of any size, also far above the depth, are written, read back and completed once each. argv: engine count depth */
#include <errno.h>

#include "fixture.h"

int main(int argc, char **argv) {
  CHECK_EQ(4, argc);
  const uint32_t count = (uint32_t)atoi(argv[2]), depth = (uint32_t)atoi(argv[3]);
  int fd = open_file((uint64_t)count * BLOCK);
  struct eio_ring *ring = make_ring(argv[1], depth, fd);
  uint8_t *memory = make_memory((uint64_t)count * BLOCK, 0);
  struct eio_request *requests = calloc(count, sizeof *requests);
  struct eio_vector *vectors = calloc(count, sizeof *vectors);
  int64_t *results = calloc(count, sizeof *results);
  CHECK(requests && vectors && results);
  for (int pass = 0; pass < 2; pass++) {
    for (uint32_t i = 0; i < count; i++) {
      uint8_t *block = memory + (uint64_t)i * BLOCK;
      if (pass == 0)
        fill_block(block, i, count);
      else
        memset(block, 0, BLOCK);
      requests[i] = request_of(i, pass == 0 ? EIO_OP_WRITE : EIO_OP_READ, &vectors[i], block, BLOCK, (int64_t)i * BLOCK);
    }
    run_requests(ring, requests, count, results);
    for (uint32_t i = 0; i < count; i++) {
      CHECK_EQ(BLOCK, results[i]);
      CHECK(is_block(memory + (uint64_t)i * BLOCK, i, count));
    }
  }
  CHECK_EQ(0, step(ring, 0, -1));
  CHECK_EQ(0, eio_ring_destroy(ring));
  free(requests);
  free(vectors);
  free(results);
  CHECK_EQ(0, eio_close(fd));
  return 0;
}
