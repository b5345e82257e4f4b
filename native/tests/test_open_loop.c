/* A block device opened exclusively is busy for the next open, exclusive or shared, and free again once closed, rings included;
 * those who share it keep out who wants it alone. One who has its lock for a moment only is waited for. */
#include <errno.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

static void wait_for_a_moment(const char *path) {
  int told[2], fd;
  char byte = 0;
  CHECK_EQ(0, pipe(told));
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    int32_t error = eio_open(path, EIO_OPEN_SHARED, &fd);
    if (error != 0 || write(told[1], &byte, 1) != 1)
      _exit(1);
    (void)poll(NULL, 0, 50);
    _exit(eio_close(fd) == 0 ? 0 : 1);
  }
  CHECK_EQ(0, close(told[1]));
  CHECK_EQ(1, read(told[0], &byte, 1));
  int32_t error = eio_open(path, EIO_OPEN_WRITE | EIO_OPEN_EXCLUSIVE, &fd);
  int status;
  CHECK_EQ(child, waitpid(child, &status, 0));
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  CHECK_EQ(0, error);
  CHECK_EQ(0, eio_close(fd));
  CHECK_EQ(0, close(told[0]));
}

int main(void) {
  const char *path = make_loop(1 << 20, 512, NULL);
  int first, second;
  CHECK_EQ(0, eio_open(path, EIO_OPEN_WRITE | EIO_OPEN_DIRECT | EIO_OPEN_EXCLUSIVE, &first));
  CHECK_EQ(-EBUSY, eio_open(path, EIO_OPEN_WRITE | EIO_OPEN_EXCLUSIVE, &second));
  CHECK_EQ(-EBUSY, eio_open(path, EIO_OPEN_SHARED, &second));
  struct eio_ring *ring = make_ring("uring", 8, first);
  struct eio_vector vector;
  CHECK_EQ(BLOCK, run_request(ring, request_of(0, EIO_OP_WRITE, &vector, make_memory(BLOCK, 1), BLOCK, 0)));
  CHECK_EQ(0, eio_ring_destroy(ring));
  CHECK_EQ(0, eio_close(first));
  CHECK_EQ(0, eio_open(path, EIO_OPEN_WRITE | EIO_OPEN_EXCLUSIVE, &second));
  CHECK_EQ(0, eio_close(second));
  CHECK_EQ(0, eio_open(path, EIO_OPEN_SHARED, &first));
  CHECK_EQ(0, eio_open(path, EIO_OPEN_SHARED, &second));
  int alone;
  CHECK_EQ(-EBUSY, eio_open(path, EIO_OPEN_WRITE | EIO_OPEN_EXCLUSIVE, &alone));
  CHECK_EQ(0, eio_close(first));
  CHECK_EQ(0, eio_close(second));
  wait_for_a_moment(path);
  return 0;
}
