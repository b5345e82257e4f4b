/* The layout table lists every size and offset of the shared structs, and says when it does not fit. */
#include <errno.h>
#include <stddef.h>

#include "fixture.h"

int main(void) {
  uint32_t values[64];
  CHECK_EQ(EIO_ABI_VERSION, eio_abi_version());
  const int32_t count = eio_abi_layout(values, 64);
  CHECK_EQ(3 + 10 + 3 + 17 + 7, count);
  CHECK_EQ(sizeof(struct eio_vector), values[0]);
  CHECK_EQ(sizeof(struct eio_request), values[3]);
  CHECK_EQ(sizeof(struct eio_completion), values[13]);
  CHECK_EQ(sizeof(struct eio_geometry), values[16]);
  CHECK_EQ(sizeof(struct eio_ring_options), values[33]);
  CHECK_EQ(offsetof(struct eio_ring_options, reserved), values[count - 1]);
  CHECK_EQ(count, eio_abi_layout(values, (uint32_t)count));
  CHECK_EQ(-ENOSPC, eio_abi_layout(values, (uint32_t)count - 1));
  return 0;
}
