/* A kernel that refuses io_uring is reported as such, and nothing leaks. argv: errno of the refusal */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fixture.h"

int main(int argc, char **argv) {
  CHECK_EQ(2, argc);
  const int error = atoi(argv[1]);
  int fd = open_file(BLOCK);
  const int next = dup(fd);
  CHECK(next >= 0);
  CHECK_EQ(0, close(next));
  refuse_system_call(SYS_io_uring_setup, error);
  struct eio_ring_options options = {.engine = EIO_ENGINE_URING, .entries = 8, .fd = fd};
  struct eio_ring *ring;
  CHECK_EQ(-error, eio_ring_create(&options, &ring));
  CHECK(ring == NULL);
  const int after = dup(fd);
  CHECK_EQ(next, after);
  CHECK_EQ(0, close(after));
  CHECK_EQ(0, eio_close(fd));
  return 0;
}
