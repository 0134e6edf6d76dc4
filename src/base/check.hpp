#pragma once

#include <cstdio>
#include <cstdlib>

/// A promise of the program itself, on in release too; use Result for what users or disks can
/// cause.
#define CHECK(condition)                                                                   \
  do {                                                                                     \
    if (!(condition)) {                                                                    \
      std::fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                        \
    }                                                                                      \
  } while (false)
