/* The longest vector list goes through whole; a longer one is refused; a transfer over the end comes back short. argv: engine */
#include <errno.h>

#include "fixture.h"

#define VECTORS 1024u

int main(int argc, char **argv) {
  CHECK_EQ(2, argc);
  int fd = open_file(VECTORS * BLOCK);
  struct eio_ring *ring = make_ring(argv[1], 4, fd);
  uint8_t *memory = make_memory((VECTORS + 1) * BLOCK, 0);
  static struct eio_vector vectors[VECTORS + 1];
  for (uint32_t i = 0; i <= VECTORS; i++) {
    fill_block(memory + i * BLOCK, i, 9);
    vectors[i] = (struct eio_vector){.address = (uint64_t)(uintptr_t)memory + i * BLOCK, .length = BLOCK};
  }
  struct eio_request request = {.op = EIO_OP_WRITE, .vectors = (uint64_t)(uintptr_t)vectors, .vector_count = VECTORS,
                                .length = VECTORS * BLOCK, .buffer_index = -1};
  CHECK_EQ(VECTORS * BLOCK, run_request(ring, request));
  memset(memory, 0, VECTORS * BLOCK);
  request.op = EIO_OP_READ;
  CHECK_EQ(VECTORS * BLOCK, run_request(ring, request));
  for (uint32_t i = 0; i < VECTORS; i++)
    CHECK(is_block(memory + i * BLOCK, i, 9));
  request.vector_count = VECTORS + 1;
  CHECK_EQ(-EINVAL, run_request(ring, request));
  request.vector_count = 0;
  CHECK_EQ(-EINVAL, run_request(ring, request));
  request.vector_count = 2;
  request.offset = (VECTORS - 1) * BLOCK;
  CHECK_EQ(BLOCK, run_request(ring, request));
  request.offset = VECTORS * BLOCK;
  CHECK_EQ(0, run_request(ring, request));
  CHECK_EQ(0, eio_ring_destroy(ring));
  CHECK_EQ(0, eio_close(fd));
  return 0;
}
