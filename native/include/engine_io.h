/* engine_io.h: the internal ABI between Engine's managed code and its C shim.
 *
 * Rules of the ABI
 *   - Fixed-width types only; every struct has the same layout on both sides (sizes asserted in C, compared by a C# test).
 *   - Every function returns 0 or a positive count on success and -errno on failure; errno itself is never part of the contract.
 *   - EINTR is looped over inside. Nothing else is retried, and no policy lives here.
 *   - No call from C into managed code. Completions are written into an array that the caller hands in.
 *   - Nothing is allocated after eio_ring_create has returned.
 *   - Addresses travel as uint64_t. Memory named by a request must stay valid until its completion was returned.
 *
 * Threads: a ring belongs to the thread that created it (io_uring's SINGLE_ISSUER demands it); eio_ring_wake alone may be
 * called from any thread. The synchronous functions (eio_transfer, eio_flush, ...) may be called from any thread.
 */
#ifndef ENGINE_IO_H
#define ENGINE_IO_H

#include <stdint.h>

#define EIO_ABI_VERSION 2u
#define EIO_API __attribute__((visibility("default")))

/* Operations of eio_request. */
enum eio_op {
  EIO_OP_READ = 1,         /* offset, length, vectors */
  EIO_OP_WRITE = 2,        /* offset, length, vectors; EIO_REQUEST_FUA: durable on completion (RWF_DSYNC) */
  EIO_OP_FLUSH = 3,        /* fdatasync: the device's volatile cache is written out; -EOPNOTSUPP from an old libaio kernel */
  EIO_OP_DISCARD = 4,      /* offset, length: synchronous path only (eio_discard) */
  EIO_OP_WRITE_ZEROES = 5  /* offset, length: synchronous path only (eio_write_zeroes) */
};

enum eio_request_flags { EIO_REQUEST_FUA = 1u };

/* Flags of eio_open. */
enum eio_open_flags {
  EIO_OPEN_WRITE = 1u,      /* read-write; otherwise read-only */
  EIO_OPEN_DIRECT = 2u,     /* O_DIRECT */
  EIO_OPEN_EXCLUSIVE = 4u,  /* EBUSY where another has locked it, and locked for one alone: a file with flock(LOCK_EX), a block
                               device with F_OFD_SETLK on all of it and O_EXCL (EBUSY when mounted or held); without
                               EIO_OPEN_WRITE a block device is kept from writers only */
  EIO_OPEN_CREATE = 8u,     /* create a regular file, failing with EEXIST where one stands */
  EIO_OPEN_SHARED = 16u     /* the same lock for reading, which others may have too; no O_EXCL; not with EIO_OPEN_EXCLUSIVE */
};

/* Kinds of eio_geometry.kind. */
enum eio_kind { EIO_KIND_FILE = 1, EIO_KIND_BLOCK = 2, EIO_KIND_OTHER = 3 };

/* Engines of eio_ring_options.engine. */
enum eio_engine { EIO_ENGINE_URING = 1, EIO_ENGINE_AIO = 2 };

/* eio_ring_options.features, as granted by the kernel. */
enum eio_ring_features {
  EIO_RING_SINGLE_ISSUER = 1u,
  EIO_RING_DEFER_TASKRUN = 2u,
  EIO_RING_COOP_TASKRUN = 4u,
  EIO_RING_FIXED_FILE = 8u,
  EIO_RING_FIXED_BUFFERS = 16u  /* eio_ring_register_buffers may be tried */
};

/* Same layout as struct iovec on LP64. */
struct eio_vector {
  uint64_t address;
  uint64_t length;
};

/* One request; 56 bytes. */
struct eio_request {
  uint64_t token;        /* handed back in the completion; UINT64_MAX is reserved */
  int64_t offset;        /* bytes */
  uint64_t length;       /* bytes; the sum of the vectors for reads and writes */
  uint64_t vectors;      /* address of eio_vector[vector_count]; must live until completion */
  uint32_t vector_count; /* at most 1024 */
  uint32_t op;           /* enum eio_op */
  uint32_t flags;        /* enum eio_request_flags */
  int32_t buffer_index;  /* index of the registered buffer that holds the single vector, or -1; libaio ignores it */
  uint64_t reserved;
};

/* One completion; 16 bytes. */
struct eio_completion {
  uint64_t token;
  int64_t result;        /* bytes moved, or -errno; short transfers are reported as they are */
};

/* What eio_geometry_of reports; 80 bytes, all lengths in bytes. */
struct eio_geometry {
  uint64_t capacity;           /* file size or device capacity */
  uint32_t logical_block;      /* smallest addressable unit: device logical block, or direct I/O offset alignment of a file */
  uint32_t physical_block;     /* block that the device writes without read-modify-write */
  uint32_t memory_alignment;   /* alignment of buffer addresses for direct I/O */
  uint32_t offset_alignment;   /* alignment of offsets and lengths for direct I/O */
  uint32_t kind;               /* enum eio_kind */
  uint32_t read_only;          /* 1 when the device, its file system or the descriptor cannot be written */
  uint32_t write_cache;        /* 1 when the device has a volatile write cache (files: 1) */
  uint32_t fua;                /* 1 when the device has native FUA and nothing lies below it */
  uint32_t discard;            /* 1 when discard is supported (files: 1, eio_discard tells) */
  uint32_t rotational;         /* 1 for spinning disks */
  uint64_t discard_granularity;
  uint64_t max_transfer;       /* largest request the device takes in one piece, 0 = unknown */
  uint32_t major;              /* device numbers of a block device, else of the file system */
  uint32_t minor;
  uint64_t reserved;
};

/* In: engine, entries, fd. Out: features granted. 32 bytes. */
struct eio_ring_options {
  uint32_t engine;        /* enum eio_engine */
  uint32_t entries;       /* most requests in flight (accepted and not yet returned), 1 to 4096 */
  int32_t fd;             /* the descriptor that all requests of this ring use */
  uint32_t features;      /* out: enum eio_ring_features */
  uint32_t wanted;        /* in: features to try, 0 = all that the kernel has */
  uint32_t reserved[3];
};

struct eio_ring; /* opaque */

EIO_API uint32_t eio_abi_version(void);

/* Layout check: writes sizeof and offsetof values in declaration order; returns how many, or -ENOSPC. */
EIO_API int32_t eio_abi_layout(uint32_t *values, uint32_t capacity);

/* Opens path; *fd_out receives the descriptor (O_CLOEXEC always). -EISDIR: a directory; -ENOTBLK: neither a regular file nor a
 * block device; -EINVAL with EIO_OPEN_DIRECT: the file system has no direct I/O. */
EIO_API int32_t eio_open(const char *path, uint32_t flags, int32_t *fd_out);
EIO_API int32_t eio_close(int32_t fd);
EIO_API int32_t eio_geometry_of(int32_t fd, struct eio_geometry *out);

/* Makes a regular file exactly this long; allocate != 0 reserves the space where the file system can. When that fails, a file
 * that was to grow keeps its old length. */
EIO_API int32_t eio_set_length(int32_t fd, uint64_t length, int32_t allocate);

/* Names. Each call is one step that a crash leaves done or not done; eio_sync_directory makes done steps durable. */
EIO_API int32_t eio_rename(const char *from, const char *to);              /* replaces what stands at to */
EIO_API int32_t eio_unlink(const char *path);
EIO_API int32_t eio_sync_directory(const char *path);                      /* fsync of the directory */

/* Takes (exclusive != 0) or gives back the lock of an open file: flock, which is the descriptor's, so that two descriptors of one
 * process exclude each other. Blocks until the lock is free. */
EIO_API int32_t eio_lock(int32_t fd, int32_t exclusive);

/* Synchronous transfer on the caller's thread: preadv2 or pwritev2, one system call per EINTR-free attempt. Returns bytes or
 * -errno; short transfers are returned as they are. op is EIO_OP_READ or EIO_OP_WRITE, flags enum eio_request_flags. */
EIO_API int64_t eio_transfer(int32_t fd, uint32_t op, uint32_t flags,
                             const struct eio_vector *vectors, uint32_t count, int64_t offset);
EIO_API int32_t eio_flush(int32_t fd);
EIO_API int32_t eio_sync(int32_t fd);                                      /* fsync: size and times too */
EIO_API int32_t eio_discard(int32_t fd, uint64_t offset, uint64_t length);      /* BLKDISCARD, or punch hole on files */
/* The range reads as zeros after. Hole punching, for files and for block devices that zero by unmapping; else BLKZEROOUT. */
EIO_API int32_t eio_write_zeroes(int32_t fd, uint64_t offset, uint64_t length);

/* Stream sockets, on the caller's thread: one sendmsg or recvmsg of up to 1024 vectors, straight from and into the memory named.
 * Bytes moved, possibly fewer than asked, or -errno. A send to nobody is -EPIPE and raises no signal; a receive of 0 bytes is the
 * end of what the peer sends. EIO_RECEIVE_ALL waits until everything asked for has come, the peer has ended, or an error. */
enum eio_receive_flags { EIO_RECEIVE_ALL = 1u };
EIO_API int64_t eio_send(int32_t fd, const struct eio_vector *vectors, uint32_t count);
EIO_API int64_t eio_receive(int32_t fd, const struct eio_vector *vectors, uint32_t count, uint32_t flags);

/* Creates a ring on the calling thread, which then owns it. -ENOSYS, -EPERM, -EACCES: the kernel refuses io_uring (-ENOSYS also
 * below Linux 5.11). -EAGAIN with libaio: fs.aio-max-nr is used up. */
EIO_API int32_t eio_ring_create(struct eio_ring_options *options, struct eio_ring **out);
/* Waits for requests in flight, drops their completions, then frees the ring. -EPERM on any thread but the owner: the ring
 * stays. */
EIO_API int32_t eio_ring_destroy(struct eio_ring *ring);
/* Registers payload regions; requests may then carry buffer_index. -ENOMEM: memlock limit; go on without. io_uring only. */
EIO_API int32_t eio_ring_register_buffers(struct eio_ring *ring, const struct eio_vector *regions, uint32_t count);

/* One batch: takes up to count requests, submits them, waits and reaps.
 *   wait        0: never block. 1: block until at least one completion, a wake-up, or the timeout; where the kernel is short of
 *               memory, a step may return early with nothing, and what was not taken yet goes with the next one.
 *   timeout_ms  -1: without limit. Only with wait = 1.
 *   accepted    out: how many of the requests were taken (a prefix); the rest did not fit and must be offered again.
 * Returns the number of completions written (0 .. capacity), or -errno when the ring itself is broken. A request that the
 * kernel refuses at submission is completed with its -errno; it is never lost. Wake-ups are not reported as completions.
 * With capacity 0 a step submits and reaps nothing, so that a device may begin while the rest of a batch is made; it never waits.
 * Owner thread only; -EPERM elsewhere. -EINVAL: wait with capacity 0. */
EIO_API int32_t eio_ring_step(struct eio_ring *ring, const struct eio_request *requests, uint32_t count, uint32_t *accepted,
                              uint32_t wait, int32_t timeout_ms, struct eio_completion *completions, uint32_t capacity);

/* Makes a blocked or the next blocking eio_ring_step return; any thread; idempotent until consumed. A step with wait = 0 never
 * consumes it. */
EIO_API int32_t eio_ring_wake(struct eio_ring *ring);

/* Anonymous memory, 2 MiB aligned, absent from forked children; huge_pages != 0 advises transparent huge pages; the first touch
 * bytes, rounded up to whole pages and at most all, are faulted in. */
EIO_API int32_t eio_memory_map(uint64_t length, int32_t huge_pages, uint64_t touch, uint64_t *address_out);
EIO_API int32_t eio_memory_unmap(uint64_t address, uint64_t length);
/* Advises transparent huge pages for memory mapped without, and moves what its first 2 MiB hold onto one where the kernel can
 * (Linux 6.1); where not, it does so in its own time. No address and no byte changes. Any thread. */
EIO_API int32_t eio_memory_use_huge(uint64_t address, uint64_t length);
/* PROT_NONE guard for diagnostic pools. */
EIO_API int32_t eio_memory_protect(uint64_t address, uint64_t length, int32_t accessible);

#endif
