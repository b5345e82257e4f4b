/* Another thread may wake a ring and nothing else: it can neither step nor destroy it, and does no harm trying. argv: engine */
#include <errno.h>
#include <pthread.h>

#include "fixture.h"

static void *try_all(void *argument) {
  struct eio_ring *ring = argument;
  CHECK_EQ(-EPERM, step(ring, 0, -1));
  CHECK_EQ(-EPERM, eio_ring_destroy(ring));
  CHECK_EQ(0, eio_ring_wake(ring));
  return NULL;
}

int main(int argc, char **argv) {
  CHECK_EQ(2, argc);
  int fd = open_file(BLOCK);
  struct eio_ring *ring = make_ring(argv[1], 8, fd);
  pthread_t thread;
  CHECK_EQ(0, pthread_create(&thread, NULL, try_all, ring));
  CHECK_EQ(0, pthread_join(thread, NULL));
  CHECK_EQ(0, step(ring, 1, -1));
  struct eio_vector vector;
  CHECK_EQ(BLOCK, run_request(ring, request_of(0, EIO_OP_READ, &vector, make_memory(BLOCK, 0), BLOCK, 0)));
  CHECK_EQ(0, eio_ring_destroy(ring));
  CHECK_EQ(0, eio_close(fd));
  return 0;
}
