/* Gather and scatter on stream sockets: whole, in parts where room or bytes end, to nobody, and refused when malformed. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fixture.h"

#define VECTORS 1024
#define PART 512u

static void make_pair(const char *kind, int pair[2]) {
  if (strcmp(kind, "unix") == 0) {
    CHECK_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
    return;
  }
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof(address);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK(listener >= 0);
  CHECK_EQ(0, bind(listener, (struct sockaddr *)&address, sizeof(address)));
  CHECK_EQ(0, listen(listener, 1));
  CHECK_EQ(0, getsockname(listener, (struct sockaddr *)&address, &length));
  pair[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK_EQ(0, connect(pair[0], (struct sockaddr *)&address, sizeof(address)));
  pair[1] = accept(listener, NULL, NULL);
  CHECK(pair[1] >= 0);
  CHECK_EQ(0, close(listener));
}

static struct eio_vector vector_of(uint8_t *bytes, uint64_t length) {
  return (struct eio_vector){.address = (uint64_t)(uintptr_t)bytes, .length = length};
}

static void gather_and_scatter(const int pair[2], uint8_t *memory) {
  static struct eio_vector out[VECTORS + 1], in[VECTORS];
  uint8_t *const to = memory + (VECTORS + 1) * PART;
  for (uint32_t i = 0; i < (VECTORS + 1) * PART; i++)
    memory[i] = (uint8_t)(i * 7 + i / PART);
  for (uint32_t i = 0; i <= VECTORS; i++)
    out[i] = vector_of(memory + (VECTORS - i) * PART, PART);
  for (uint32_t i = 0; i < VECTORS; i++)
    in[i] = vector_of(to + i * PART, PART);

  /* 64 at a time fit into any socket's room. */
  for (uint32_t i = 0; i < VECTORS; i += 64) {
    CHECK_EQ(64 * PART, eio_send(pair[0], &out[i], 64));
    CHECK_EQ(64 * PART, eio_receive(pair[1], &in[i], 64, EIO_RECEIVE_ALL));
  }
  for (uint32_t i = 0; i < VECTORS; i++)
    CHECK(memcmp(to + i * PART, memory + (VECTORS - i) * PART, PART) == 0);

  CHECK_EQ(-EINVAL, eio_send(pair[0], out, VECTORS + 1));
  CHECK_EQ(-EINVAL, eio_send(pair[0], out, 0));
  CHECK_EQ(-EINVAL, eio_receive(pair[1], in, 0, 0));
  CHECK_EQ(-EINVAL, eio_receive(pair[1], out, VECTORS + 1, 0));
  CHECK_EQ(-EINVAL, eio_receive(pair[1], in, 1, 2));
}

static void parts(const int pair[2], uint8_t *memory) {
  static struct eio_vector out[VECTORS];
  for (uint32_t i = 0; i < VECTORS; i++)
    out[i] = vector_of(memory + i * PART, PART);
  /* Without blocking, a send takes what there is room for, then says that there is none. */
  CHECK_EQ(0, fcntl(pair[0], F_SETFL, O_NONBLOCK));
  int64_t sent = 0, n;
  while ((n = eio_send(pair[0], out, VECTORS)) > 0)
    sent += n;
  CHECK_EQ(-EAGAIN, n);
  CHECK(sent > 0);
  CHECK_EQ(0, fcntl(pair[0], F_SETFL, 0));
  int64_t received = 0;
  while (received < sent) {
    const struct eio_vector some = vector_of(memory, sent - received < 4096 ? (uint64_t)(sent - received) : 4096);
    CHECK((n = eio_receive(pair[1], &some, 1, 0)) > 0);
    received += n;
  }
  CHECK_EQ(sent, received);
}

static void end(const int pair[2], uint8_t *memory) {
  /* Fewer than asked for, when the peer ends; then nothing. */
  const struct eio_vector three = vector_of(memory, 3), four = vector_of(memory, 4);
  CHECK_EQ(3, eio_send(pair[0], &three, 1));
  CHECK_EQ(0, shutdown(pair[0], SHUT_WR));
  CHECK_EQ(3, eio_receive(pair[1], &four, 1, EIO_RECEIVE_ALL));
  CHECK_EQ(0, eio_receive(pair[1], &four, 1, EIO_RECEIVE_ALL));
  CHECK_EQ(0, eio_receive(pair[1], &four, 1, 0));
  CHECK_EQ(-EPIPE, eio_send(pair[0], &three, 1));
}

int main(int argc, char **argv) {
  CHECK_EQ(2, argc);
  uint8_t *memory = make_memory(2 * (VECTORS + 1) * PART, 0);
  int pair[2];
  make_pair(argv[1], pair);
  gather_and_scatter(pair, memory);
  parts(pair, memory);
  end(pair, memory);
  const struct eio_vector one = vector_of(memory, 1), bad = {.address = 4096, .length = BLOCK};
  CHECK_EQ(-EFAULT, eio_send(pair[1], &bad, 1));
  CHECK_EQ(0, close(pair[0]));
  CHECK_EQ(0, close(pair[1]));
  CHECK_EQ(-EBADF, eio_send(pair[1], &one, 1));
  CHECK_EQ(-EBADF, eio_receive(pair[1], &one, 1, 0));
  int fd = open_file(0);
  CHECK_EQ(-ENOTSOCK, eio_send(fd, &one, 1));
  CHECK_EQ(-ENOTSOCK, eio_receive(fd, &one, 1, 0));
  CHECK_EQ(0, eio_close(fd));
  return 0;
}
