#include "openapi.h"

// SwiftPM embeds a file as an array literal, which takes the Swift compiler a minute for one of this size. Clang
// includes its bytes (C23, section 6.10.3).
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char bytes[] = {
#embed "../DeskAPI/openapi.json"
};

const unsigned char *jeton_openapi(size_t *count) {
    *count = sizeof bytes;
    return bytes;
}
