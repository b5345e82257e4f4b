/* A block device opened exclusively is busy for the next open, exclusive or shared, and free again once closed, rings included;
 * those who share it keep out who wants it alone. The lock that udev takes for moments (flock) is in nobody's way. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "fixture.h"

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

  int udev = open(path, O_RDONLY | O_CLOEXEC);
  CHECK(udev >= 0);
  CHECK_EQ(0, flock(udev, LOCK_SH | LOCK_NB));
  CHECK_EQ(0, eio_open(path, EIO_OPEN_WRITE | EIO_OPEN_EXCLUSIVE, &alone));
  CHECK_EQ(0, eio_close(alone));
  CHECK_EQ(0, close(udev));

  CHECK_EQ(0, eio_open(path, EIO_OPEN_EXCLUSIVE, &alone)); /* reads alone */
  CHECK_EQ(-EBUSY, eio_open(path, EIO_OPEN_WRITE | EIO_OPEN_EXCLUSIVE, &second));
  CHECK_EQ(0, eio_open(path, EIO_OPEN_SHARED, &second)); /* who only reads is in nobody's way who only reads */
  CHECK_EQ(0, eio_close(second));
  CHECK_EQ(0, eio_close(alone));
  return 0;
}
