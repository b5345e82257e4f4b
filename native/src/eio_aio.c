/* eio_aio.c: the libaio engine.
 *
 * Every request in flight has an iocb of its own, whose data field is the caller's token. The wake request is an IOCB_CMD_POLL on
 * the eventfd. io_submit stops at the first request that it does not take: EAGAIN leaves the rest to the caller while completions
 * are still to come, any other errno completes that one request and goes on with the next.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/fs.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "eio_internal.h"

static int32_t arm_wake(struct eio_ring *ring) {
  struct iocb *list[] = {&ring->wake_iocb};
  io_prep_poll(&ring->wake_iocb, ring->wake_fd, POLLIN);
  int taken;
  do
    taken = io_submit(ring->aio, 1, list);
  while (taken == -EINTR);
  if (taken != 1)
    return taken < 0 ? taken : -EAGAIN;
  ring->wake_armed = true;
  return 0;
}

int32_t eio_aio_create(struct eio_ring *ring, struct eio_ring_options *options) {
  (void)options;
  ring->iocbs = calloc(ring->entries, sizeof *ring->iocbs);
  ring->free = calloc(ring->entries, sizeof(struct iocb *));
  ring->batch = calloc(ring->entries, sizeof(struct iocb *));
  ring->events = calloc(ring->entries + 1, sizeof *ring->events);
  int32_t error = ring->iocbs && ring->free && ring->batch && ring->events ? 0 : -ENOMEM;
  if (!error)
    error = io_setup((int)ring->entries + 1, &ring->aio);
  if (!error) {
    for (uint32_t i = 0; i < ring->entries; i++)
      ring->free[i] = &ring->iocbs[i];
    ring->free_count = ring->entries;
    error = arm_wake(ring);
  }
  if (error)
    eio_aio_free(ring);
  return error;
}

static void prepare(const struct eio_ring *ring, struct iocb *iocb, const struct eio_request *request) {
  const struct iovec *vectors = (const struct iovec *)(uintptr_t)request->vectors;
  const bool write = request->op == EIO_OP_WRITE;
  const bool single = request->vector_count == 1;
  if (request->op == EIO_OP_FLUSH)
    io_prep_fdsync(iocb, ring->fd);
  else if (single && write)
    io_prep_pwrite(iocb, ring->fd, vectors->iov_base, vectors->iov_len, request->offset);
  else if (single)
    io_prep_pread(iocb, ring->fd, vectors->iov_base, vectors->iov_len, request->offset);
  else if (write)
    io_prep_pwritev(iocb, ring->fd, vectors, (int)request->vector_count, request->offset);
  else
    io_prep_preadv(iocb, ring->fd, vectors, (int)request->vector_count, request->offset);
  if (write && (request->flags & EIO_REQUEST_FUA))
    iocb->aio_rw_flags = RWF_DSYNC;
  iocb->data = (void *)(uintptr_t)request->token;
}

/* Hands over batch[0 .. count); returns how many the kernel took and, if not all, why it refused the next. */
static uint32_t hand_over(struct eio_ring *ring, uint32_t count, int32_t *refusal) {
  uint32_t done = 0;
  *refusal = 0;
  while (done < count) {
    int taken = io_submit(ring->aio, (long)(count - done), ring->batch + done);
    if (taken > 0) {
      done += (uint32_t)taken;
    } else if (taken != -EINTR) {
      *refusal = taken < 0 ? taken : -EAGAIN;
      break;
    }
  }
  for (uint32_t i = count; i > done; i--)
    ring->free[ring->free_count++] = ring->batch[i - 1];
  return done;
}

int32_t eio_aio_submit(struct eio_ring *ring, struct eio_step *step) {
  /* Short of memory, the wake request goes with a later step; until then no step blocks. */
  int32_t error = ring->wake_armed ? 0 : arm_wake(ring);
  if (error && error != -EAGAIN)
    return error;
  while (step->accepted < step->count && ring->in_flight < ring->entries) {
    const struct eio_request *next = &step->requests[step->accepted];
    const uint32_t left = step->count - step->accepted;
    uint32_t n = 0;
    int32_t refusal = 0;
    while (n < left && ring->in_flight + n < ring->entries && (refusal = eio_request_check(ring, &next[n])) == 0) {
      ring->batch[n] = ring->free[--ring->free_count];
      prepare(ring, ring->batch[n], &next[n]);
      n++;
    }
    int32_t kernel_refusal;
    const uint32_t taken = hand_over(ring, n, &kernel_refusal);
    ring->in_flight += taken;
    step->accepted += taken;
    if (taken < n) {
      refusal = kernel_refusal;
      if (refusal == -EAGAIN && ring->in_flight > ring->early_count)
        break;
      /* Linux before 4.18 has no asynchronous fdatasync. */
      if (refusal == -EINVAL && next[taken].op == EIO_OP_FLUSH)
        refusal = -EOPNOTSUPP;
    }
    if (refusal) {
      eio_early_push(ring, next[taken].token, refusal);
      step->accepted++;
    }
  }
  return 0;
}

static void drain_wake(struct eio_ring *ring) {
  ssize_t n;
  do
    n = read(ring->wake_fd, &ring->wake_value, sizeof ring->wake_value);
  while (n < 0 && errno == EINTR);
  eio_wake_reaped(ring);
}

static uint32_t collect(struct eio_ring *ring, uint32_t events, struct eio_completion *completions) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < events; i++) {
    const struct io_event *event = &ring->events[i];
    if (event->obj == &ring->wake_iocb) {
      drain_wake(ring);
      continue;
    }
    completions[n++] = (struct eio_completion){.token = (uint64_t)(uintptr_t)event->data, .result = (int64_t)event->res};
    ring->free[ring->free_count++] = event->obj;
  }
  ring->in_flight -= n;
  return n;
}

int32_t eio_aio_reap(struct eio_ring *ring, bool wait, int32_t timeout_ms, struct eio_completion *completions,
                     uint32_t capacity) {
  if (capacity == 0)
    return 0;
  const uint32_t room = capacity < ring->entries + 1 ? capacity : ring->entries + 1;
  const int64_t limit = wait && timeout_ms >= 0 ? timeout_ms * INT64_C(1000000) : 0;
  const int64_t deadline = limit > 0 ? eio_now_ns() + limit : 0;
  int64_t remaining = limit;
  for (;;) {
    struct timespec ts = {.tv_sec = remaining / 1000000000, .tv_nsec = remaining % 1000000000};
    const bool endless = wait && timeout_ms < 0;
    int events = io_getevents(ring->aio, wait ? 1 : 0, (long)room, ring->events, endless ? NULL : &ts);
    if (events >= 0)
      return (int32_t)collect(ring, (uint32_t)events, completions);
    if (events != -EINTR)
      return events;
    if (limit > 0) {
      remaining = deadline - eio_now_ns();
      if (remaining < 0)
        remaining = 0;
    }
  }
}

/* io_destroy cancels the poll on the eventfd and waits for it. */
void eio_aio_free(struct eio_ring *ring) {
  if (ring->aio)
    (void)io_destroy(ring->aio);
  free(ring->iocbs);
  free(ring->free);
  free(ring->batch);
  free(ring->events);
}
