/* check.h: assertions of the C tests. A failed one says where and what, and ends the program; a skip says why and exits 77. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SKIPPED 77

#define CHECK(condition)                                                                        \
  do {                                                                                          \
    if (!(condition)) {                                                                         \
      fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);                   \
      exit(1);                                                                                  \
    }                                                                                           \
  } while (0)

#define CHECK_EQ(expected, actual)                                                              \
  do {                                                                                          \
    const long long expected_ = (long long)(expected), actual_ = (long long)(actual);           \
    if (expected_ != actual_) {                                                                 \
      fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #actual, actual_, expected_); \
      exit(1);                                                                                  \
    }                                                                                           \
  } while (0)

/* Prints the reason, appends it to the file that ENGINE_SKIP_LOG names, and ends the program. */
_Noreturn void skip(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
