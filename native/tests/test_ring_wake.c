/* A wake ends a blocking step: a present one or the next; many wakes are one; a step that does not block leaves it.
 * argv: engine */
#include <pthread.h>

#include "fixture.h"

#define WAKES 2000

static struct eio_ring *ring;
static int rounds;

static void *wake_once(void *unused) {
  (void)unused;
  CHECK_EQ(0, eio_ring_wake(ring));
  return NULL;
}

/* Publishes a number before each wake: the owner must see the last one without a wake of its own. */
static void *wake_often(void *unused) {
  (void)unused;
  for (int i = 0; i < WAKES; i++) {
    __atomic_fetch_add(&rounds, 1, __ATOMIC_RELEASE);
    CHECK_EQ(0, eio_ring_wake(ring));
  }
  return NULL;
}

int main(int argc, char **argv) {
  CHECK_EQ(2, argc);
  int fd = open_file(BLOCK);
  ring = make_ring(argv[1], 8, fd);

  pthread_t thread;
  for (int i = 0; i < 20; i++) {
    CHECK_EQ(0, pthread_create(&thread, NULL, wake_once, NULL));
    CHECK_EQ(0, step(ring, 1, -1));
    CHECK_EQ(0, pthread_join(thread, NULL));
  }

  for (int i = 0; i < 3; i++)
    CHECK_EQ(0, eio_ring_wake(ring));
  for (int i = 0; i < 5; i++)
    CHECK_EQ(0, step(ring, 0, -1));
  CHECK_EQ(0, step(ring, 1, -1));
  const int64_t start = now_ms();
  CHECK_EQ(0, step(ring, 1, 20)); /* nothing is left of the three */
  CHECK(now_ms() - start >= 19);

  uint8_t *memory = make_memory(BLOCK, 0);
  struct eio_vector vector;
  CHECK_EQ(0, pthread_create(&thread, NULL, wake_often, NULL));
  while (__atomic_load_n(&rounds, __ATOMIC_ACQUIRE) < WAKES) {
    CHECK_EQ(0, step(ring, 1, -1));
    CHECK_EQ(BLOCK, run_request(ring, request_of(0, EIO_OP_READ, &vector, memory, BLOCK, 0)));
  }
  CHECK_EQ(0, pthread_join(thread, NULL));

  CHECK_EQ(0, eio_ring_wake(ring));
  CHECK_EQ(0, eio_ring_destroy(ring));
  CHECK_EQ(0, eio_close(fd));
  return 0;
}
