/* Requests that cannot work complete with their errno, between good ones that do work, and none is lost. argv: engine */
#include <errno.h>

#include "fixture.h"

#define COUNT 10u

int main(int argc, char **argv) {
  CHECK_EQ(2, argc);
  int fd = open_file(COUNT * BLOCK);
  struct eio_ring *ring = make_ring(argv[1], COUNT, fd);
  uint8_t *memory = make_memory(COUNT * BLOCK, 1);
  struct eio_request requests[COUNT];
  struct eio_vector vectors[COUNT];
  int64_t results[COUNT];
  for (int round = 0; round < 3; round++) {
    for (uint32_t i = 0; i < COUNT; i++)
      requests[i] = request_of(i, EIO_OP_WRITE, &vectors[i], memory + i * BLOCK, BLOCK, (int64_t)i * BLOCK);
    requests[0].op = EIO_OP_DISCARD;
    requests[1].op = 77;
    requests[3].vectors = 0;
    requests[4].offset = -512;
    requests[5].op = EIO_OP_WRITE_ZEROES;
    requests[6].flags = 4;
    vectors[8].address = 4096;
    run_requests(ring, requests, COUNT, results);
    CHECK_EQ(-EOPNOTSUPP, results[0]);
    CHECK_EQ(-EINVAL, results[1]);
    CHECK_EQ(BLOCK, results[2]);
    CHECK_EQ(-EINVAL, results[3]);
    CHECK_EQ(-EINVAL, results[4]);
    CHECK_EQ(-EOPNOTSUPP, results[5]);
    CHECK_EQ(-EINVAL, results[6]);
    CHECK_EQ(BLOCK, results[7]);
    CHECK_EQ(-EFAULT, results[8]);
    CHECK_EQ(BLOCK, results[9]);
  }
  struct eio_request reserved = requests[2];
  struct eio_completion completion;
  uint32_t accepted;
  reserved.token = UINT64_MAX;
  CHECK_EQ(1, eio_ring_step(ring, &reserved, 1, &accepted, 1, -1, &completion, 1));
  CHECK_EQ(1, accepted);
  CHECK_EQ(-EINVAL, completion.result);
  CHECK_EQ(-EINVAL, eio_ring_step(ring, &reserved, 1, &accepted, 1, -1, &completion, 0));
  CHECK_EQ(0, accepted);
  CHECK_EQ(0, eio_ring_destroy(ring));
  CHECK_EQ(0, eio_close(fd));
  return 0;
}
