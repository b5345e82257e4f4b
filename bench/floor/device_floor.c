/* device_floor.c: the floor beside which the device question sets engine and fio: the bare loops that the engine's own paths
 * come down to, and nothing else. 4 KiB random requests until a signal, or the end of who started it, ends the process.
 *
 *   device_floor DEVICE OFFSET SIZE randread|randwrite DEPTH psync|uring
 *
 * psync: one pread or pwrite after another. uring: registered file and buffers, one issuer, deferred task work; what is
 * completed is submitted again at once, in eights at most, and only then there is a wait.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define BLOCK 4096
#define DEPTH_MAX 64
#define BATCH 8

struct job {
  int fd;
  off_t offset;
  uint64_t blocks;
  bool write;
  unsigned depth;
  char *memory;
  uint64_t state;
};

static off_t next_offset(struct job *job) {
  job->state ^= job->state << 13;
  job->state ^= job->state >> 7;
  job->state ^= job->state << 17;
  return job->offset + (off_t)(job->state % job->blocks) * BLOCK;
}

static int fail(const char *what, int error) {
  fprintf(stderr, "device_floor: %s: %s\n", what, strerror(error));
  return 1;
}

static int run_psync(struct job *job) {
  for (;;) {
    const off_t at = next_offset(job);
    const ssize_t done = job->write ? pwrite(job->fd, job->memory, BLOCK, at) : pread(job->fd, job->memory, BLOCK, at);
    if (done != BLOCK)
      return fail("a request failed", done < 0 ? errno : EIO);
  }
}

static int prepare(struct job *job, struct io_uring *ring, unsigned slot) {
  struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
  if (!sqe)
    return -ENOBUFS;
  char *memory = job->memory + (size_t)slot * BLOCK;
  if (job->write)
    io_uring_prep_write_fixed(sqe, 0, memory, BLOCK, (uint64_t)next_offset(job), 0);
  else
    io_uring_prep_read_fixed(sqe, 0, memory, BLOCK, (uint64_t)next_offset(job), 0);
  sqe->flags |= IOSQE_FIXED_FILE;
  io_uring_sqe_set_data64(sqe, slot);
  return 0;
}

/* A process that was stopped and goes on finds its wait interrupted. */
static int submit(struct io_uring *ring) {
  int result;
  do
    result = io_uring_submit_and_get_events(ring);
  while (result == -EINTR);
  return result < 0 ? result : 0;
}

static int wait_for_one(struct io_uring *ring) {
  struct io_uring_cqe *cqe;
  int result;
  do
    result = io_uring_wait_cqe(ring, &cqe);
  while (result == -EINTR);
  return result;
}

static int turn(struct job *job, struct io_uring *ring) {
  struct io_uring_cqe *cqe;
  unsigned head, seen = 0, prepared = 0;
  io_uring_for_each_cqe(ring, head, cqe) {
    if (cqe->res != BLOCK)
      return cqe->res < 0 ? cqe->res : -EIO;
    int error = prepare(job, ring, (unsigned)cqe->user_data);
    if (error)
      return error;
    seen++;
    if (++prepared % BATCH == 0 && (error = io_uring_submit(ring)) < 0 && error != -EINTR)
      return error;
  }
  io_uring_cq_advance(ring, seen);
  const int error = submit(ring);
  return error || io_uring_cq_ready(ring) > 0 ? error : wait_for_one(ring);
}

static int run_uring(struct job *job) {
  struct io_uring ring;
  int error = io_uring_queue_init(DEPTH_MAX, &ring, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
  if (error)
    return fail("io_uring_setup", -error);
  const struct iovec all = {job->memory, (size_t)job->depth * BLOCK};
  if ((error = io_uring_register_files(&ring, &job->fd, 1)) || (error = io_uring_register_buffers(&ring, &all, 1)))
    return fail("io_uring_register", -error);
  (void)io_uring_register_ring_fd(&ring);
  for (unsigned slot = 0; slot < job->depth && !error; slot++)
    error = prepare(job, &ring, slot);
  if (!error)
    error = submit(&ring);
  while (!error)
    error = turn(job, &ring);
  return fail("a request failed", -error);
}

int main(int count, char **arguments) {
  if (count != 7) {
    fprintf(stderr, "usage: device_floor DEVICE OFFSET SIZE randread|randwrite DEPTH psync|uring\n");
    return 2;
  }
  struct job job = {
    .offset = strtoll(arguments[2], NULL, 10),
    .blocks = strtoull(arguments[3], NULL, 10) / BLOCK,
    .write = strcmp(arguments[4], "randwrite") == 0,
    .depth = (unsigned)strtoul(arguments[5], NULL, 10),
    .state = 88172645463325252u,
  };
  if (job.blocks == 0 || job.depth == 0 || job.depth > DEPTH_MAX)
    return fail("SIZE or DEPTH", EINVAL);
  (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
  job.fd = open(arguments[1], O_RDWR | O_DIRECT | O_CLOEXEC);
  if (job.fd < 0)
    return fail(arguments[1], errno);
  void *memory;
  const int error = posix_memalign(&memory, BLOCK, (size_t)job.depth * BLOCK);
  if (error)
    return fail("memory", error);
  job.memory = memset(memory, 1, (size_t)job.depth * BLOCK);
  return strcmp(arguments[6], "uring") == 0 ? run_uring(&job) : run_psync(&job);
}
