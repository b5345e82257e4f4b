/* Every step of the way down from the newest io_uring set-up works: argv is what an older kernel would grant. */
#include <errno.h>

#include "fixture.h"

#define COUNT 100u

int main(int argc, char **argv) {
  CHECK_EQ(2, argc);
  const uint32_t wanted = (uint32_t)atoi(argv[1]);
  int fd = open_file(COUNT * BLOCK);
  CHECK_EQ(0, eio_ring_destroy(make_ring("uring", 8, fd))); /* skips where there is no io_uring at all */
  struct eio_ring_options options = {.engine = EIO_ENGINE_URING, .entries = 8, .fd = fd, .wanted = wanted};
  struct eio_ring *ring;
  CHECK_EQ(0, eio_ring_create(&options, &ring));
  CHECK_EQ(0, options.features & ~wanted);
  uint8_t *memory = make_memory(COUNT * BLOCK, 0);
  struct eio_request requests[COUNT];
  struct eio_vector vectors[COUNT];
  int64_t results[COUNT];
  for (uint32_t i = 0; i < COUNT; i++)
    requests[i] = request_of(i, i % 10 == 3 ? 77 : EIO_OP_WRITE, &vectors[i], memory + i * BLOCK, BLOCK, (int64_t)i * BLOCK);
  run_requests(ring, requests, COUNT, results);
  for (uint32_t i = 0; i < COUNT; i++)
    CHECK_EQ(i % 10 == 3 ? -EINVAL : (int64_t)BLOCK, results[i]);
  CHECK_EQ(0, eio_ring_wake(ring));
  CHECK_EQ(0, step(ring, 1, -1));
  const int64_t start = now_ms();
  CHECK_EQ(0, step(ring, 1, 20));
  CHECK(now_ms() - start >= 19);
  /* Without blocking: the completion of a request becomes visible by polling alone. */
  struct eio_completion completion;
  uint32_t accepted;
  int32_t n = eio_ring_step(ring, requests, 1, &accepted, 0, -1, &completion, 1);
  while (n == 0)
    n = eio_ring_step(ring, NULL, 0, &accepted, 0, -1, &completion, 1);
  CHECK_EQ(1, n);
  CHECK_EQ(0, completion.token);
  CHECK_EQ(0, eio_ring_destroy(ring));
  CHECK_EQ(0, eio_close(fd));
  return 0;
}
