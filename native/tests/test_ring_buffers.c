/* Registered buffers: transfers through them work, a wrong index or place is refused, libaio says that it has none. */
#include <errno.h>

#include "fixture.h"

#define COUNT 8u

int main(void) {
  int fd = open_file(COUNT * BLOCK);
  uint8_t *memory = make_memory(COUNT * BLOCK, 0);
  const struct eio_vector regions[] = {{(uint64_t)(uintptr_t)memory, 4 * BLOCK},
                                       {(uint64_t)(uintptr_t)memory + 4 * BLOCK, 4 * BLOCK}};
  struct eio_ring *aio = make_ring("aio", COUNT, fd);
  CHECK_EQ(-EOPNOTSUPP, eio_ring_register_buffers(aio, regions, 2));
  CHECK_EQ(0, eio_ring_destroy(aio));

  struct eio_ring *ring = make_ring("uring", COUNT, fd);
  struct eio_request requests[COUNT];
  struct eio_vector vectors[COUNT];
  int64_t results[COUNT];
  requests[0] = request_of(0, EIO_OP_READ, &vectors[0], memory, BLOCK, 0);
  requests[0].buffer_index = 0;
  CHECK_EQ(-EINVAL, run_request(ring, requests[0]));
  CHECK_EQ(-EINVAL, eio_ring_register_buffers(ring, regions, 0));
  const int32_t error = eio_ring_register_buffers(ring, regions, 2);
  if (error == -ENOMEM)
    skip("the memlock limit is too low for registered buffers");
  CHECK_EQ(0, error);
  CHECK_EQ(-EBUSY, eio_ring_register_buffers(ring, regions, 2));
  for (int pass = 0; pass < 2; pass++) {
    for (uint32_t i = 0; i < COUNT; i++) {
      uint8_t *block = memory + i * BLOCK;
      if (pass == 0)
        fill_block(block, i, 11);
      else
        memset(block, 0, BLOCK);
      requests[i] = request_of(i, pass == 0 ? EIO_OP_WRITE : EIO_OP_READ, &vectors[i], block, BLOCK, (int64_t)i * BLOCK);
      requests[i].buffer_index = i < 4 ? 0 : 1;
      requests[i].flags = pass == 0 && i % 2 == 0 ? EIO_REQUEST_FUA : 0;
    }
    run_requests(ring, requests, COUNT, results);
    for (uint32_t i = 0; i < COUNT; i++) {
      CHECK_EQ(BLOCK, results[i]);
      CHECK(is_block(memory + i * BLOCK, i, 11));
    }
  }
  requests[0].buffer_index = 1;
  CHECK_EQ(-EFAULT, run_request(ring, requests[0]));
  requests[0].buffer_index = 2;
  CHECK_EQ(-EINVAL, run_request(ring, requests[0]));
  requests[0].buffer_index = 0;
  requests[0].vector_count = 2;
  CHECK_EQ(-EINVAL, run_request(ring, requests[0]));
  CHECK_EQ(0, eio_ring_destroy(ring));
  CHECK_EQ(0, eio_close(fd));
  return 0;
}
