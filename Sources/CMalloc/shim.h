#ifndef JETON_MALLOC_SHIM_H
#define JETON_MALLOC_SHIM_H

// glibc's own, which Swift's Glibc does not show: malloc_trim(3).
#include <malloc.h>

#endif
