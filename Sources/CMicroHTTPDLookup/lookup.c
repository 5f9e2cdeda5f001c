// Keeps libmicrohttpd 0.9 from reading cookies.
//
// It makes a record of 56 bytes for each cookie, out of the same memory as the head. Where that is used up it
// closes the connection without an answer, since there is none left for one either: 500 cookies (`a=;`) in two
// kilobytes do. To a proxy this is a server that fails. nginx then leaves it out for a while, and asks the next
// one, which fails likewise: so one client that signs in nowhere would have taken all nodes from everybody.
//
// Jeton reads the field `Cookie` by itself (Request.swift). No option of libmicrohttpd's turns its reading off.
// But it looks that field up by this function of its public interface, through the dynamic linker, which takes
// the one of the program before that of a library. Where a library was linked to itself (-Bsymbolic-functions)
// it does not come here, and all is as it was; a test with many cookies would tell.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <strings.h>

typedef enum MHD_Result lookup(
    struct MHD_Connection *, enum MHD_ValueKind, const char *, size_t, const char **, size_t *);

static lookup *theirs;

__attribute__((constructor)) static void find(void) {
    theirs = (lookup *)dlsym(RTLD_NEXT, "MHD_lookup_connection_value_n");
    if (!theirs) abort();
}

enum MHD_Result MHD_lookup_connection_value_n(
    struct MHD_Connection *connection, enum MHD_ValueKind kind, const char *key, size_t key_size,
    const char **value, size_t *value_size) {
    if (kind == MHD_HEADER_KIND && key && key_size == 6 && strncasecmp(key, "cookie", 6) == 0) return MHD_NO;
    return theirs(connection, kind, key, key_size, value, value_size);
}
