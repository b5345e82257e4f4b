/* Signals that interrupt waiting are not seen by the caller: no early return, no lost completion. argv: engine */
#include <signal.h>
#include <sys/time.h>

#include "fixture.h"

#define COUNT 64u

static volatile sig_atomic_t signals;

static void count_signal(int number) {
  (void)number;
  signals = signals + 1;
}

int main(int argc, char **argv) {
  CHECK_EQ(2, argc);
  int fd = open_file(COUNT * BLOCK);
  struct eio_ring *ring = make_ring(argv[1], 16, fd);
  struct sigaction action = {.sa_handler = count_signal}; /* without SA_RESTART */
  CHECK_EQ(0, sigaction(SIGALRM, &action, NULL));
  const struct itimerval often = {.it_interval = {.tv_usec = 2000}, .it_value = {.tv_usec = 2000}};
  CHECK_EQ(0, setitimer(ITIMER_REAL, &often, NULL));

  const int64_t start = now_ms();
  CHECK_EQ(0, step(ring, 1, 100));
  CHECK(now_ms() - start >= 99);
  CHECK(signals > 0);

  uint8_t *memory = make_memory(COUNT * BLOCK, 0);
  struct eio_request requests[COUNT];
  struct eio_vector vectors[COUNT];
  int64_t results[COUNT];
  for (int round = 0; round < 20; round++) {
    for (uint32_t i = 0; i < COUNT; i++)
      requests[i] = request_of(i, EIO_OP_WRITE, &vectors[i], memory + i * BLOCK, BLOCK, (int64_t)i * BLOCK);
    run_requests(ring, requests, COUNT, results);
    for (uint32_t i = 0; i < COUNT; i++)
      CHECK_EQ(BLOCK, results[i]);
  }
  const struct itimerval never = {0};
  CHECK_EQ(0, setitimer(ITIMER_REAL, &never, NULL));
  CHECK_EQ(0, eio_ring_destroy(ring));
  CHECK_EQ(0, eio_close(fd));
  return 0;
}
