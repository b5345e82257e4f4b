/* eio_socket.c: gather and scatter on stream sockets, on the caller's thread. */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "eio_internal.h"

int64_t eio_send(int32_t fd, const struct eio_vector *vectors, uint32_t count) {
  if (count == 0 || count > EIO_VECTORS_MAX)
    return -EINVAL;
  /* The kernel does not write through it. */
  struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)vectors, .msg_iovlen = count};
  ssize_t n;
  do
    n = sendmsg(fd, &message, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n < 0 ? -errno : n;
}

int64_t eio_receive(int32_t fd, const struct eio_vector *vectors, uint32_t count, uint32_t flags) {
  if (count == 0 || count > EIO_VECTORS_MAX || (flags & ~(uint32_t)EIO_RECEIVE_ALL))
    return -EINVAL;
  struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)vectors, .msg_iovlen = count};
  ssize_t n;
  do
    n = recvmsg(fd, &message, (flags & EIO_RECEIVE_ALL) ? MSG_WAITALL : 0);
  while (n < 0 && errno == EINTR);
  return n < 0 ? -errno : n;
}
