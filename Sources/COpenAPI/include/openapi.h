#pragma once

#include <stddef.h>

/// The first byte of `openapi.json`, and how many there are.
const unsigned char *_Nonnull jeton_openapi(size_t *_Nonnull count);
