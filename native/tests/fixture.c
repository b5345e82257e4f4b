/* fixture.c: see fixture.h. */
#define _GNU_SOURCE
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/loop.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define FILES_MAX 8
#define MAPS_MAX 8
#define LOOP_TRIES 50

static char files[FILES_MAX][64];
static int file_count;
static struct {
  uint64_t address, length;
} maps[MAPS_MAX];
static int map_count;

static void clean_up(void) {
  for (int i = 0; i < file_count; i++)
    (void)unlink(files[i]);
  for (int i = 0; i < map_count; i++)
    (void)eio_memory_unmap(maps[i].address, maps[i].length);
  file_count = map_count = 0;
}

static void clean_up_at_exit(void) {
  static bool registered;
  if (!registered)
    CHECK_EQ(0, atexit(clean_up));
  registered = true;
}

void skip(const char *format, ...) {
  char reason[512];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(reason, sizeof reason, format, arguments);
  va_end(arguments);
  printf("SKIPPED %s: %s\n", program_invocation_short_name, reason);
  const char *log = getenv("ENGINE_SKIP_LOG");
  FILE *out = log && *log ? fopen(log, "a") : NULL;
  if (out) {
    fprintf(out, "SKIPPED native %s: %s\n", program_invocation_short_name, reason);
    (void)fclose(out);
  }
  exit(SKIPPED);
}

static char *next_path(void) {
  clean_up_at_exit();
  CHECK(file_count < FILES_MAX);
  char *path = files[file_count];
  (void)snprintf(path, sizeof files[0], "test-%d-%d.img", getpid(), file_count);
  (void)unlink(path);
  file_count++;
  return path;
}

const char *make_file(uint64_t length) {
  const char *path = next_path();
  int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  CHECK(fd >= 0);
  CHECK_EQ(0, ftruncate(fd, (off_t)length));
  CHECK_EQ(0, close(fd));
  return path;
}

int open_file(uint64_t length) {
  const char *path = make_file(length);
  int fd, error = eio_open(path, EIO_OPEN_WRITE | EIO_OPEN_DIRECT, &fd);
  if (error == -EINVAL)
    error = eio_open(path, EIO_OPEN_WRITE, &fd);
  CHECK_EQ(0, error);
  return fd;
}

const char *make_loop(uint64_t length, uint32_t logical_block, int *backing) {
  static char path[32];
  int file = memfd_create("engine-loop", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  CHECK(file >= 0);
  CHECK_EQ(0, ftruncate(file, (off_t)length));
  int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
  if (control < 0)
    skip("no loop device: /dev/loop-control: %s", strerror(errno));
  struct loop_config config = {.fd = (uint32_t)file, .block_size = logical_block};
  config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
  for (int i = 0; i < LOOP_TRIES; i++) {
    int number = ioctl(control, LOOP_CTL_GET_FREE);
    if (number < 0)
      skip("no free loop device: %s", strerror(errno));
    (void)snprintf(path, sizeof path, "/dev/loop%d", number);
    int device = open(path, O_RDWR | O_CLOEXEC);
    if (device < 0)
      skip("%s: %s", path, strerror(errno));
    if (ioctl(device, LOOP_CONFIGURE, &config) == 0) {
      /* device stays open to the end of the program: closing it would take the loop device apart. */
      (void)close(control);
      if (backing)
        *backing = file;
      return path;
    }
    int error = errno;
    (void)close(device);
    if (error != EBUSY) /* EBUSY: somebody else took it between the two calls */
      skip("%s cannot be configured: %s", path, strerror(error));
  }
  skip("no loop device could be had in %d tries", LOOP_TRIES);
}

uint8_t *make_memory(uint64_t length, int byte) {
  clean_up_at_exit();
  CHECK(map_count < MAPS_MAX);
  uint64_t address;
  CHECK_EQ(0, eio_memory_map(length, 0, 0, &address));
  maps[map_count].address = address;
  maps[map_count].length = length;
  map_count++;
  memset((void *)(uintptr_t)address, byte, length);
  return (uint8_t *)(uintptr_t)address;
}

void fill_block(uint8_t *block, uint64_t number, uint32_t seed) {
  for (uint32_t i = 0; i < BLOCK / 8; i++) {
    uint64_t word = (number * 1000003 + seed) * 2654435761u + i;
    memcpy(block + i * 8, &word, sizeof word);
  }
}

bool is_block(const uint8_t *block, uint64_t number, uint32_t seed) {
  uint8_t expected[BLOCK];
  fill_block(expected, number, seed);
  return memcmp(block, expected, BLOCK) == 0;
}

bool is_zero(const uint8_t *bytes, uint64_t length) {
  for (uint64_t i = 0; i < length; i++)
    if (bytes[i] != 0)
      return false;
  return true;
}

uint32_t engine_of(const char *name) {
  CHECK(name && (strcmp(name, "uring") == 0 || strcmp(name, "aio") == 0));
  return strcmp(name, "uring") == 0 ? EIO_ENGINE_URING : EIO_ENGINE_AIO;
}

struct eio_ring *make_ring(const char *engine, uint32_t entries, int fd) {
  struct eio_ring_options options = {.engine = engine_of(engine), .entries = entries, .fd = fd};
  struct eio_ring *ring;
  int error = eio_ring_create(&options, &ring);
  if (error == -ENOSYS || error == -EPERM || error == -EACCES)
    skip("the kernel refuses %s: %s", engine, strerror(-error));
  CHECK_EQ(0, error);
  CHECK(ring);
  return ring;
}

struct eio_request request_of(uint64_t token, uint32_t op, struct eio_vector *vector, void *bytes, uint64_t length,
                              int64_t offset) {
  *vector = (struct eio_vector){.address = (uint64_t)(uintptr_t)bytes, .length = length};
  return (struct eio_request){.token = token, .offset = offset, .length = length, .vectors = (uint64_t)(uintptr_t)vector,
                              .vector_count = 1, .op = op, .buffer_index = -1};
}

void run_requests(struct eio_ring *ring, const struct eio_request *requests, uint32_t count, int64_t *results) {
  static bool seen[REQUESTS_MAX];
  struct eio_completion completions[64];
  CHECK(count <= REQUESTS_MAX);
  memset(seen, 0, sizeof seen);
  for (uint32_t taken = 0, done = 0; done < count;) {
    uint32_t accepted;
    int32_t n = eio_ring_step(ring, requests + taken, count - taken, &accepted, 1, -1, completions, 64);
    CHECK(n >= 0);
    CHECK(accepted <= count - taken);
    taken += accepted;
    for (int32_t i = 0; i < n; i++) {
      uint64_t token = completions[i].token;
      CHECK(token < taken);
      CHECK(!seen[token]);
      seen[token] = true;
      results[token] = completions[i].result;
    }
    done += (uint32_t)n;
  }
}

int64_t run_request(struct eio_ring *ring, struct eio_request request) {
  int64_t result = INT64_MIN;
  request.token = 0;
  run_requests(ring, &request, 1, &result);
  return result;
}

int32_t step(struct eio_ring *ring, uint32_t wait, int32_t timeout_ms) {
  struct eio_completion completions[64];
  uint32_t accepted;
  int32_t n = eio_ring_step(ring, NULL, 0, &accepted, wait, timeout_ms, completions, 64);
  CHECK_EQ(0, accepted);
  return n;
}

int64_t now_ms(void) {
  struct timespec now;
  CHECK_EQ(0, clock_gettime(CLOCK_MONOTONIC, &now));
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void refuse_system_call(long number, int error) {
  struct sock_filter filter[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)error),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {.len = sizeof filter / sizeof filter[0], .filter = filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
    skip("no seccomp: %s", strerror(errno));
}
