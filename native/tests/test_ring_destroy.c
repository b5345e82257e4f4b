/* Destroying a ring waits for what is in flight: afterwards the kernel writes into none of its buffers. argv: engine */
#include "fixture.h"

#define COUNT 64u
#define LENGTH (64u * 1024)

int main(int argc, char **argv) {
  CHECK_EQ(2, argc);
  int fd = open_file(COUNT * LENGTH);
  uint8_t *memory = make_memory(COUNT * LENGTH, 0x33);
  struct eio_vector vectors[COUNT], all = {.address = (uint64_t)(uintptr_t)memory, .length = COUNT * LENGTH};
  struct eio_request requests[COUNT];
  struct eio_completion completion;
  uint32_t accepted;
  CHECK_EQ(COUNT * LENGTH, eio_transfer(fd, EIO_OP_WRITE, 0, &all, 1, 0));
  for (int round = 0; round < 5; round++) {
    struct eio_ring *ring = make_ring(argv[1], COUNT, fd);
    memset(memory, 0, COUNT * LENGTH);
    for (uint32_t i = 0; i < COUNT; i++)
      requests[i] = request_of(i, EIO_OP_READ, &vectors[i], memory + i * LENGTH, LENGTH, (int64_t)i * LENGTH);
    CHECK(eio_ring_step(ring, requests, COUNT, &accepted, 0, -1, &completion, 1) >= 0);
    CHECK_EQ(COUNT, accepted);
    CHECK_EQ(0, eio_ring_destroy(ring));
    for (uint32_t i = 0; i < COUNT * LENGTH; i++)
      CHECK(memory[i] == 0x33);
  }
  CHECK_EQ(0, eio_close(fd));
  return 0;
}
