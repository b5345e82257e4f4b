/* eio_abi.c: version and layout of the ABI. */
#include <errno.h>
#include <stddef.h>

#include "engine_io.h"

_Static_assert(sizeof(void *) == 8, "addresses travel as uint64_t");
_Static_assert(sizeof(struct eio_vector) == 16, "eio_vector");
_Static_assert(sizeof(struct eio_request) == 56, "eio_request");
_Static_assert(sizeof(struct eio_completion) == 16, "eio_completion");
_Static_assert(sizeof(struct eio_geometry) == 80, "eio_geometry");
_Static_assert(sizeof(struct eio_ring_options) == 32, "eio_ring_options");

#define SIZE(type) (uint32_t)sizeof(struct type)
#define AT(type, field) (uint32_t)offsetof(struct type, field)

static const uint32_t layout[] = {
  SIZE(eio_vector), AT(eio_vector, address), AT(eio_vector, length),

  SIZE(eio_request), AT(eio_request, token), AT(eio_request, offset), AT(eio_request, length), AT(eio_request, vectors),
  AT(eio_request, vector_count), AT(eio_request, op), AT(eio_request, flags), AT(eio_request, buffer_index),
  AT(eio_request, reserved),

  SIZE(eio_completion), AT(eio_completion, token), AT(eio_completion, result),

  SIZE(eio_geometry), AT(eio_geometry, capacity), AT(eio_geometry, logical_block), AT(eio_geometry, physical_block),
  AT(eio_geometry, memory_alignment), AT(eio_geometry, offset_alignment), AT(eio_geometry, kind), AT(eio_geometry, read_only),
  AT(eio_geometry, write_cache), AT(eio_geometry, fua), AT(eio_geometry, discard), AT(eio_geometry, rotational),
  AT(eio_geometry, discard_granularity), AT(eio_geometry, max_transfer), AT(eio_geometry, major), AT(eio_geometry, minor),
  AT(eio_geometry, reserved),

  SIZE(eio_ring_options), AT(eio_ring_options, engine), AT(eio_ring_options, entries), AT(eio_ring_options, fd),
  AT(eio_ring_options, features), AT(eio_ring_options, wanted), AT(eio_ring_options, reserved),
};

uint32_t eio_abi_version(void) { return EIO_ABI_VERSION; }

int32_t eio_abi_layout(uint32_t *values, uint32_t capacity) {
  const uint32_t count = sizeof(layout) / sizeof(layout[0]);
  if (capacity < count)
    return -ENOSPC;
  for (uint32_t i = 0; i < count; i++)
    values[i] = layout[i];
  return (int32_t)count;
}
