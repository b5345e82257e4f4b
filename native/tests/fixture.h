/* fixture.h: files, loop devices, rings and requests for the C tests. Everything made here is gone when the program ends. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "check.h"
#include "engine_io.h"

#define BLOCK 4096u
#define REQUESTS_MAX 8192u

/* A new file of this length in the working directory; the path stays valid. */
const char *make_file(uint64_t length);
/* Opens a new file for writing, with direct I/O where the file system has it. */
int open_file(uint64_t length);
/* A loop device over a tmpfs file; skips the test where there is none. *backing (may be NULL) receives the backing descriptor. */
const char *make_loop(uint64_t length, uint32_t logical_block, int *backing);

/* Mapped memory, 2 MiB aligned, unmapped at exit, filled with byte. */
uint8_t *make_memory(uint64_t length, int byte);
/* A block's content, different for every block and seed. */
void fill_block(uint8_t *block, uint64_t number, uint32_t seed);
bool is_block(const uint8_t *block, uint64_t number, uint32_t seed);
bool is_zero(const uint8_t *bytes, uint64_t length);

/* "uring" or "aio". */
uint32_t engine_of(const char *name);
/* Creates a ring, or skips the test where the kernel refuses the engine. */
struct eio_ring *make_ring(const char *engine, uint32_t entries, int fd);

/* A request over one vector. */
struct eio_request request_of(uint64_t token, uint32_t op, struct eio_vector *vector, void *bytes, uint64_t length,
                              int64_t offset);
/* Offers the requests until all are taken and completed; results[token] receives the outcome. Tokens are 0 .. count - 1, and each
 * completes exactly once. */
void run_requests(struct eio_ring *ring, const struct eio_request *requests, uint32_t count, int64_t *results);
/* One request, start to end. */
int64_t run_request(struct eio_ring *ring, struct eio_request request);
/* One step without requests. */
int32_t step(struct eio_ring *ring, uint32_t wait, int32_t timeout_ms);

int64_t now_ms(void);
/* Makes a system call fail with this errno from now on, in this process; skips the test where that cannot be done. */
void refuse_system_call(long number, int error);

#endif
