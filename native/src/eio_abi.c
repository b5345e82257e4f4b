/* eio_abi.c: version and layout of the ABI. */
#include "engine_io.h"

uint32_t eio_abi_version(void) { return EIO_ABI_VERSION; }
