#ifndef JETON_MALLOC_SHIM_H
#define JETON_MALLOC_SHIM_H

// glibc's own, which Swift's Glibc does not show: malloc_trim(3).
#include <malloc.h>

/// Has the processor fetch a cache line while it goes on. Any address is allowed.
static inline void jeton_prefetch(const void *address) { __builtin_prefetch(address); }

#endif
