/* A receive that a signal interrupts goes on: bytes come only from the second signal's handler. */
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "fixture.h"

static int sender = -1;
static volatile sig_atomic_t signals;

static void on_alarm(int number) {
  (void)number;
  if (++signals == 2 && write(sender, "ab", 2) != 2)
    _exit(1);
}

int main(void) {
  int pair[2];
  CHECK_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
  sender = pair[0];
  /* Without SA_RESTART: the call returns EINTR. */
  const struct sigaction action = {.sa_handler = on_alarm};
  CHECK_EQ(0, sigaction(SIGALRM, &action, NULL));
  const struct itimerval timer = {.it_interval.tv_usec = 50000, .it_value.tv_usec = 50000};
  CHECK_EQ(0, setitimer(ITIMER_REAL, &timer, NULL));
  uint8_t *memory = make_memory(BLOCK, 0);
  const struct eio_vector two = {.address = (uint64_t)(uintptr_t)memory, .length = 2};
  CHECK_EQ(2, eio_receive(pair[1], &two, 1, EIO_RECEIVE_ALL));
  CHECK(memcmp(memory, "ab", 2) == 0);
  CHECK(signals >= 2);
  CHECK_EQ(0, close(pair[0]));
  CHECK_EQ(0, close(pair[1]));
  return 0;
}
