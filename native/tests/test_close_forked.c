/* A file that was open alone can be opened again as soon as it is closed, though a child that was forked meanwhile, and has not
 * started its program yet, still holds a copy of the descriptor. */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

int main(void) {
  const char *path = make_file(BLOCK);
  int fd, again, hold[2];
  CHECK_EQ(0, eio_open(path, EIO_OPEN_WRITE | EIO_OPEN_EXCLUSIVE, &fd));
  CHECK_EQ(-EBUSY, eio_open(path, EIO_OPEN_WRITE | EIO_OPEN_EXCLUSIVE, &again));
  CHECK_EQ(0, pipe(hold));
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    char byte;
    (void)close(hold[1]);
    _exit(read(hold[0], &byte, 1) == 0 ? 0 : 1);
  }
  CHECK_EQ(0, eio_close(fd));
  int32_t error = eio_open(path, EIO_OPEN_WRITE | EIO_OPEN_EXCLUSIVE, &again);
  CHECK_EQ(0, close(hold[1]));
  int status;
  CHECK_EQ(child, waitpid(child, &status, 0));
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  CHECK_EQ(0, error);
  CHECK_EQ(0, eio_close(again));
  return 0;
}
