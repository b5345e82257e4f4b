/* FUA writes and flushes complete, alone and among plain writes. argv: engine file|loop */
#include <errno.h>

#include "fixture.h"

#define COUNT 16u

int main(int argc, char **argv) {
  CHECK_EQ(3, argc);
  int fd;
  if (strcmp(argv[2], "loop") == 0)
    CHECK_EQ(0, eio_open(make_loop(1 << 20, 512, NULL), EIO_OPEN_WRITE | EIO_OPEN_DIRECT, &fd));
  else
    fd = open_file(1 << 20);
  struct eio_ring *ring = make_ring(argv[1], COUNT, fd);
  uint8_t *memory = make_memory(COUNT * 2 * BLOCK, 0);
  struct eio_request requests[COUNT];
  struct eio_vector vectors[COUNT][2];
  int64_t results[COUNT];
  for (uint32_t i = 0; i < COUNT; i++) {
    uint8_t *bytes = memory + i * 2 * BLOCK;
    fill_block(bytes, i, 5);
    fill_block(bytes + BLOCK, i, 6);
    requests[i] = request_of(i, EIO_OP_WRITE, &vectors[i][0], bytes, BLOCK, (int64_t)i * 2 * BLOCK);
    if (i % 2 == 0) { /* two vectors, back to front in memory */
      vectors[i][0].address += BLOCK;
      vectors[i][1] = (struct eio_vector){.address = (uint64_t)(uintptr_t)bytes, .length = BLOCK};
      requests[i].vector_count = 2;
      requests[i].length = 2 * BLOCK;
    }
    requests[i].flags = i % 3 == 0 ? EIO_REQUEST_FUA : 0;
    if (i % 5 == 4)
      requests[i] = (struct eio_request){.token = i, .op = EIO_OP_FLUSH, .buffer_index = -1};
  }
  run_requests(ring, requests, COUNT, results);
  for (uint32_t i = 0; i < COUNT; i++)
    CHECK_EQ(i % 5 == 4 ? 0 : requests[i].length, results[i]);
  uint8_t *back = make_memory(2 * BLOCK, 0);
  struct eio_vector vector = {.address = (uint64_t)(uintptr_t)back, .length = 2 * BLOCK};
  CHECK_EQ(2 * BLOCK, eio_transfer(fd, EIO_OP_READ, 0, &vector, 1, 6 * 2 * BLOCK));
  CHECK(is_block(back, 6, 6) && is_block(back + BLOCK, 6, 5));
  CHECK_EQ(0, eio_ring_destroy(ring));
  CHECK_EQ(0, eio_close(fd));
  return 0;
}
