/* Mapped memory is 2 MiB aligned, zeroed, resident when touched, guarded when protected, and absent from forked children. */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

#define REGION (4u << 20)

/* Whether reading the byte works, tried by the kernel. */
static bool is_readable(uint64_t address) {
  int ends[2];
  CHECK_EQ(0, pipe(ends));
  const ssize_t n = write(ends[1], (const void *)(uintptr_t)address, 1);
  CHECK(n == 1 || errno == EFAULT);
  CHECK_EQ(0, close(ends[0]) | close(ends[1]));
  return n == 1;
}

int main(void) {
  uint64_t address;
  CHECK_EQ(-EINVAL, eio_memory_map(0, 0, 0, &address));
  CHECK_EQ(-EINVAL, eio_memory_map(UINT64_MAX, 0, 0, &address));
  CHECK_EQ(0, eio_memory_map(REGION, 1, UINT64_MAX, &address));
  CHECK_EQ(0, address % (2u << 20));
  uint8_t *memory = (uint8_t *)(uintptr_t)address;
  static unsigned char resident[REGION / 4096];
  CHECK_EQ(0, mincore(memory, REGION, resident));
  for (uint32_t i = 0; i < sizeof resident; i++)
    CHECK(resident[i] & 1);
  CHECK(is_zero(memory, REGION));
  memory[REGION - 1] = 7;

  CHECK_EQ(0, eio_memory_protect(address + BLOCK, BLOCK, 0));
  CHECK(is_readable(address));
  CHECK(!is_readable(address + BLOCK));
  CHECK(is_readable(address + 2 * BLOCK));
  CHECK_EQ(0, eio_memory_protect(address + BLOCK, BLOCK, 1));
  CHECK(is_readable(address + BLOCK));
  CHECK_EQ(7, memory[REGION - 1]);

  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0)
    _exit(is_readable(address) ? 1 : 0);
  int status;
  CHECK_EQ(child, waitpid(child, &status, 0));
  CHECK_EQ(0, status);

  CHECK_EQ(0, eio_memory_unmap(address, REGION));
  CHECK(!is_readable(address));
  CHECK_EQ(-EINVAL, eio_memory_unmap(address + 1, REGION));
  CHECK_EQ(-ENOMEM, eio_memory_protect(address, REGION, 0));

  CHECK_EQ(0, eio_memory_map(BLOCK + 1, 0, 0, &address)); /* rounded up to whole pages */
  ((uint8_t *)(uintptr_t)address)[2 * BLOCK - 1] = 1;
  CHECK_EQ(0, eio_memory_unmap(address, BLOCK + 1));

  CHECK_EQ(0, eio_memory_map(REGION, 0, BLOCK + 1, &address)); /* a part, rounded up too */
  CHECK_EQ(0, mincore((void *)(uintptr_t)address, REGION, resident));
  for (uint32_t i = 0; i < sizeof resident; i++)
    CHECK_EQ(i < 2 * BLOCK / 4096, resident[i] & 1);
  CHECK_EQ(0, eio_memory_unmap(address, REGION));

  CHECK_EQ(0, eio_memory_map(REGION, 0, 0, &address));
  memory = (uint8_t *)(uintptr_t)address;
  memory[BLOCK] = 5;
  CHECK_EQ(0, eio_memory_use_huge(address, REGION));
  CHECK_EQ(5, memory[BLOCK]);
  memory[BLOCK] = 0;
  CHECK(is_zero(memory, REGION));
  CHECK_EQ(-EINVAL, eio_memory_use_huge(address + BLOCK, REGION / 2));
  CHECK_EQ(-EINVAL, eio_memory_use_huge(address, BLOCK));
  CHECK_EQ(-EINVAL, eio_memory_use_huge(address, 0));
  CHECK_EQ(0, eio_memory_unmap(address, REGION));
  return 0;
}
