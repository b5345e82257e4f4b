/* eio_internal.h: what the files of the shim share.
 *
 * A ring counts a request as in flight from the step that accepts it to the step that returns its completion. That count never
 * exceeds `entries`, so neither the kernel's queues nor the array of early completions can overflow.
 */
#ifndef EIO_INTERNAL_H
#define EIO_INTERNAL_H

#include <libaio.h>
#include <liburing.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine_io.h"

#define EIO_VECTORS_MAX 1024u
#define EIO_ENTRIES_MAX 4096u
/* The kernel's MAX_RW_COUNT: longer transfers come back short. */
#define EIO_TRANSFER_MAX 0x7ffff000u
/* The token of the wake request; callers may not use it. */
#define EIO_WAKE_TOKEN UINT64_MAX

struct eio_ring {
  uint32_t engine;
  uint32_t entries;
  uint32_t in_flight;    /* accepted and not returned; <= entries */
  uint32_t features;     /* as granted */
  uint32_t buffers;      /* registered regions */
  int fd;
  int wake_fd;           /* eventfd */
  pid_t owner;
  bool wake_armed;       /* the kernel holds a request on wake_fd */
  bool woken;            /* a wake-up was reaped and no blocking step has returned for it yet */
  uint64_t wake_value;   /* target of the eventfd read */

  /* Completions that never reached the kernel: refused requests. A queue of at most `entries`. */
  struct eio_completion *early;
  uint32_t early_head;
  uint32_t early_count;

  struct io_uring uring;

  io_context_t aio;
  struct iocb *iocbs;    /* one for each request in flight */
  struct iocb **free;    /* unused iocbs: free[0 .. free_count) */
  uint32_t free_count;
  struct iocb **batch;
  struct io_event *events;
  struct iocb wake_iocb;

  /* On its own line: written by wakers while the owner works. 1 from a wake until the owner has seen it. */
  alignas(64) atomic_uint wake_pending;
};

/* The requests of one call of eio_ring_step. */
struct eio_step {
  const struct eio_request *requests;
  uint32_t count;
  uint32_t accepted;
};

/* 0, or why a request cannot be submitted. */
int32_t eio_request_check(const struct eio_ring *ring, const struct eio_request *request);
/* Accepts a request and completes it with error at once. */
void eio_early_push(struct eio_ring *ring, uint64_t token, int32_t error);
/* The owner has reaped the wake request. */
void eio_wake_reaped(struct eio_ring *ring);
/* Monotonic clock, ns. */
int64_t eio_now_ns(void);

/* Reads queue/<name> of a block device or, for a partition, of the disk it lies on; root is where sysfs is. */
bool eio_queue_text(const char *root, uint32_t major, uint32_t minor, const char *name, char *text, size_t size);
/* Nothing lies below it. A stacked device (device-mapper, md) says that it has FUA and may flush what is below for it. */
bool eio_is_leaf(const char *root, uint32_t major, uint32_t minor);

int32_t eio_uring_create(struct eio_ring *ring, struct eio_ring_options *options);
int32_t eio_uring_submit(struct eio_ring *ring, struct eio_step *step);
int32_t eio_uring_push(struct eio_ring *ring);
int32_t eio_uring_enter(struct eio_ring *ring, bool wait, int32_t timeout_ms);
uint32_t eio_uring_reap(struct eio_ring *ring, struct eio_completion *completions, uint32_t capacity);
void eio_uring_free(struct eio_ring *ring);

int32_t eio_aio_create(struct eio_ring *ring, struct eio_ring_options *options);
int32_t eio_aio_submit(struct eio_ring *ring, struct eio_step *step);
int32_t eio_aio_reap(struct eio_ring *ring, bool wait, int32_t timeout_ms, struct eio_completion *completions, uint32_t capacity);
void eio_aio_free(struct eio_ring *ring);

#endif
