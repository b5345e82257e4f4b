/* Steps that never block take what fits, and get completions out one by one however small the array. argv: engine */
#include "fixture.h"

#define DEPTH 32u

int main(int argc, char **argv) {
  CHECK_EQ(2, argc);
  int fd = open_file(DEPTH * BLOCK);
  struct eio_ring *ring = make_ring(argv[1], DEPTH, fd);
  uint8_t *memory = make_memory(2 * DEPTH * BLOCK, 3);
  struct eio_request requests[2 * DEPTH];
  struct eio_vector vectors[2 * DEPTH];
  struct eio_completion completion;
  bool seen[DEPTH] = {false};
  uint32_t accepted;
  for (uint32_t i = 0; i < 2 * DEPTH; i++)
    requests[i] = request_of(i, EIO_OP_WRITE, &vectors[i], memory + i * BLOCK, BLOCK, (int64_t)(i % DEPTH) * BLOCK);
  int32_t done = eio_ring_step(ring, requests, 2 * DEPTH, &accepted, 0, -1, &completion, 1);
  CHECK_EQ(DEPTH, accepted);
  CHECK(done == 0 || done == 1);
  if (done == 1)
    seen[completion.token] = true;
  /* Everything the kernel still holds fits its queues: a full ring takes nothing until completions were returned. */
  if (done == 0) {
    CHECK(eio_ring_step(ring, requests + DEPTH, DEPTH, &accepted, 0, -1, &completion, 1) >= 0);
    CHECK_EQ(0, accepted);
    CHECK_EQ(0, eio_ring_destroy(ring));
    ring = make_ring(argv[1], DEPTH, fd);
    done = eio_ring_step(ring, requests, DEPTH, &accepted, 1, -1, &completion, 1);
    CHECK_EQ(DEPTH, accepted);
    CHECK_EQ(1, done);
    seen[completion.token] = true;
  }
  while (done < (int32_t)DEPTH) {
    const int32_t n = eio_ring_step(ring, NULL, 0, &accepted, 0, -1, &completion, 1);
    CHECK(n == 0 || n == 1);
    if (n == 0)
      continue;
    CHECK(completion.token < DEPTH && !seen[completion.token]);
    CHECK_EQ(BLOCK, completion.result);
    seen[completion.token] = true;
    done++;
  }
  CHECK_EQ(0, eio_ring_step(ring, NULL, 0, &accepted, 0, -1, &completion, 1));
  CHECK_EQ(0, eio_ring_destroy(ring));
  CHECK_EQ(0, eio_close(fd));
  return 0;
}
