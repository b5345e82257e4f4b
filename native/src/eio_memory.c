/* eio_memory.c: payload memory. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine_io.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define HUGE_PAGE (2ull << 20)

static void *at(uint64_t address) { return (void *)(uintptr_t)address; }

static int32_t fault_in(uint64_t address, uint64_t length) {
  if (madvise(at(address), length, MADV_POPULATE_WRITE) == 0)
    return 0;
  if (errno != EINVAL)
    return -errno;
  /* Before Linux 5.14: one write a page. */
  const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
  for (uint64_t offset = 0; offset < length; offset += page)
    *(volatile uint8_t *)at(address + offset) = 0;
  return 0;
}

int32_t eio_memory_map(uint64_t length, int32_t huge_pages, uint64_t touch, uint64_t *address_out) {
  *address_out = 0;
  const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
  if (length == 0 || length > INT64_MAX - 2 * HUGE_PAGE)
    return -EINVAL;
  const uint64_t size = (length + page - 1) & ~(page - 1);
  void *raw = mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (raw == MAP_FAILED)
    return -errno;
  const uint64_t start = (uint64_t)(uintptr_t)raw;
  const uint64_t address = (start + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
  if (address > start)
    (void)munmap(raw, address - start);
  if (address < start + HUGE_PAGE)
    (void)munmap(at(address + size), start + HUGE_PAGE - address);
  /* Advice only: a kernel without huge pages refuses it, and small pages do. */
  if (huge_pages)
    (void)madvise(at(address), size, MADV_HUGEPAGE);
  /* A child that shared these pages copy-on-write could leave the device writing into pages that are no longer ours. */
  (void)madvise(at(address), size, MADV_DONTFORK);
  const uint64_t touched = touch >= size ? size : (touch + page - 1) & ~(page - 1);
  int32_t error = touched ? fault_in(address, touched) : 0;
  if (error) {
    (void)munmap(at(address), size);
    return error;
  }
  *address_out = address;
  return 0;
}

int32_t eio_memory_unmap(uint64_t address, uint64_t length) { return munmap(at(address), length) < 0 ? -errno : 0; }

int32_t eio_memory_use_huge(uint64_t address, uint64_t length) {
  if (address % HUGE_PAGE != 0 || length == 0 || length % HUGE_PAGE != 0)
    return -EINVAL;
  /* Advice only, as in eio_memory_map. */
  if (madvise(at(address), length, MADV_HUGEPAGE) == 0)
    (void)madvise(at(address), HUGE_PAGE, MADV_COLLAPSE);
  return 0;
}

int32_t eio_memory_protect(uint64_t address, uint64_t length, int32_t accessible) {
  return mprotect(at(address), length, accessible ? PROT_READ | PROT_WRITE : PROT_NONE) < 0 ? -errno : 0;
}
