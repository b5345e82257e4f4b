/* eio_ring.c: what both engines share: life, the step, early completions, waking.
 *
 * A wake is an eventfd write that completes a request which the ring always keeps armed on that eventfd. wake_pending makes it
 * idempotent: only the waker that turns it from 0 to 1 writes. The owner turns it back when it reaps the wake request, before it
 * looks at the caller's queue again, so whatever a waker published before its (swallowed) wake is seen.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "eio_internal.h"

/* gettid is a system call; a thread's id is not going to change. */
static pid_t thread_id(void) {
  static _Thread_local pid_t id;
  if (id == 0)
    id = gettid();
  return id;
}

int64_t eio_now_ns(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int32_t eio_request_check(const struct eio_ring *ring, const struct eio_request *request) {
  if ((request->flags & ~(uint32_t)EIO_REQUEST_FUA) != 0 || request->token == EIO_WAKE_TOKEN)
    return -EINVAL;
  switch (request->op) {
  case EIO_OP_READ:
  case EIO_OP_WRITE:
    break;
  case EIO_OP_FLUSH:
    return 0;
  case EIO_OP_DISCARD:
  case EIO_OP_WRITE_ZEROES:
    return -EOPNOTSUPP;
  default:
    return -EINVAL;
  }
  if (request->offset < 0 || request->vector_count == 0 || request->vector_count > EIO_VECTORS_MAX || request->vectors == 0)
    return -EINVAL;
  if (ring->engine == EIO_ENGINE_URING && request->buffer_index >= 0 &&
      (request->vector_count != 1 || (uint32_t)request->buffer_index >= ring->buffers))
    return -EINVAL;
  return 0;
}

void eio_early_push(struct eio_ring *ring, uint64_t token, int32_t error) {
  uint32_t at = (ring->early_head + ring->early_count) % ring->entries;
  ring->early[at] = (struct eio_completion){.token = token, .result = error};
  ring->early_count++;
  ring->in_flight++;
}

static uint32_t early_pop(struct eio_ring *ring, struct eio_completion *completions, uint32_t capacity) {
  uint32_t n = 0;
  while (n < capacity && ring->early_count > 0) {
    completions[n++] = ring->early[ring->early_head];
    ring->early_head = (ring->early_head + 1) % ring->entries;
    ring->early_count--;
  }
  ring->in_flight -= n;
  return n;
}

void eio_wake_reaped(struct eio_ring *ring) {
  ring->wake_armed = false;
  ring->woken = true;
  (void)atomic_exchange(&ring->wake_pending, 0);
}

static void free_common(struct eio_ring *ring) {
  if (ring->wake_fd >= 0)
    (void)close(ring->wake_fd);
  free(ring->early);
  free(ring);
}

int32_t eio_ring_create(struct eio_ring_options *options, struct eio_ring **out) {
  *out = NULL;
  options->features = 0;
  const bool uring = options->engine == EIO_ENGINE_URING;
  if ((!uring && options->engine != EIO_ENGINE_AIO) || options->entries == 0 || options->entries > EIO_ENTRIES_MAX)
    return -EINVAL;
  const size_t size = (sizeof(struct eio_ring) + 63) & ~(size_t)63;
  struct eio_ring *ring = aligned_alloc(64, size);
  if (!ring)
    return -ENOMEM;
  memset(ring, 0, size);
  ring->engine = options->engine;
  ring->entries = options->entries;
  ring->fd = options->fd;
  ring->owner = thread_id();
  ring->early = calloc(ring->entries, sizeof *ring->early);
  /* io_uring waits inside the kernel for a blocking eventfd; libaio polls it and the owner must not block on draining it. */
  ring->wake_fd = eventfd(0, EFD_CLOEXEC | (uring ? 0 : EFD_NONBLOCK));
  int32_t error = ring->wake_fd < 0 ? -errno : !ring->early ? -ENOMEM : 0;
  if (!error)
    error = uring ? eio_uring_create(ring, options) : eio_aio_create(ring, options);
  if (error) {
    free_common(ring);
    return error;
  }
  options->features = ring->features;
  *out = ring;
  return 0;
}

static int32_t reap(struct eio_ring *ring, bool wait, int32_t timeout_ms, struct eio_completion *completions, uint32_t capacity) {
  if (ring->engine == EIO_ENGINE_AIO)
    return eio_aio_reap(ring, wait, timeout_ms, completions, capacity);
  int32_t error = eio_uring_enter(ring, wait, timeout_ms);
  return error ? error : (int32_t)eio_uring_reap(ring, completions, capacity);
}

int32_t eio_ring_step(struct eio_ring *ring, const struct eio_request *requests, uint32_t count, uint32_t *accepted,
                      uint32_t wait, int32_t timeout_ms, struct eio_completion *completions, uint32_t capacity) {
  *accepted = 0;
  if (ring->owner != thread_id())
    return -EPERM;
  if (capacity == 0 && wait)
    return -EINVAL;
  struct eio_step step = {.requests = requests, .count = count};
  int32_t error = ring->engine == EIO_ENGINE_AIO ? eio_aio_submit(ring, &step) : eio_uring_submit(ring, &step);
  *accepted = step.accepted;
  if (error)
    return error;
  if (capacity == 0)
    return ring->engine == EIO_ENGINE_AIO ? 0 : eio_uring_push(ring);
  uint32_t n = early_pop(ring, completions, capacity);
  const bool block = wait && n == 0 && !ring->woken && ring->wake_armed;
  /* Also without room left: io_uring submits here. */
  int32_t reaped = reap(ring, block, timeout_ms, completions + n, capacity - n);
  if (reaped < 0)
    return reaped;
  if (wait)
    ring->woken = false;
  return (int32_t)n + reaped;
}

int32_t eio_ring_wake(struct eio_ring *ring) {
  if (atomic_exchange(&ring->wake_pending, 1) != 0)
    return 0;
  const uint64_t one = 1;
  ssize_t n;
  do
    n = write(ring->wake_fd, &one, sizeof one);
  while (n < 0 && errno == EINTR);
  return n < 0 ? -errno : 0;
}

int32_t eio_ring_destroy(struct eio_ring *ring) {
  if (ring->owner != thread_id())
    return -EPERM;
  struct eio_completion dropped[32];
  while (early_pop(ring, dropped, 32) > 0)
    continue;
  while (ring->in_flight > 0) {
    int32_t n = reap(ring, true, -1, dropped, 32);
    if (n < 0)
      return n; /* the kernel may still hold the caller's memory: better to leak the ring */
  }
  if (ring->engine == EIO_ENGINE_AIO)
    eio_aio_free(ring);
  else
    eio_uring_free(ring);
  free_common(ring);
  return 0;
}
