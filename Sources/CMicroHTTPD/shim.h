#ifndef JETON_MICROHTTPD_SHIM_H
#define JETON_MICROHTTPD_SHIM_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// Swift cannot call C functions with a variable number of arguments. Each function here calls one
// of libmicrohttpd's with fixed arguments, and holds nothing of its own.
// https://www.gnu.org/software/libmicrohttpd/manual/libmicrohttpd.html

/// What the daemon calls back; `context` is handed to each.
struct jeton_mhd_callbacks {
    void *context;
    MHD_AcceptPolicyCallback accept;
    MHD_AccessHandlerCallback handle;
    void *(*began)(void *context, const char *target, struct MHD_Connection *connection);
    MHD_RequestCompletedCallback completed;
    MHD_NotifyConnectionCallback connection;
};

/// Leaves percent-encoding as it is: what `%2F` means is for those who know the path to say.
static size_t jeton_mhd_keep_escapes(void *context, struct MHD_Connection *connection, char *text) {
    (void)context;
    (void)connection;
    return strlen(text);
}

/// How a daemon speaks TLS.
struct jeton_mhd_tls {
    /// GnuTLS's priority string: protocols and ciphers.
    const char *priorities;
    /// A `gnutls_certificate_retrieve_function2`; the session's pointer is the connection.
    void *retrieve;
};

/// Starts a daemon on a socket that listens already, or returns NULL. With -1 it listens nowhere, and gets
/// its connections by `MHD_add_connection`. `memory` is the most bytes that a connection's head and
/// answer's head may take together; `tls` is NULL for plain HTTP.
static inline struct MHD_Daemon *jeton_mhd_start(
    int listening, unsigned int threads, unsigned int connections, size_t memory,
    const struct jeton_mhd_tls *tls, const struct jeton_mhd_callbacks *callbacks) {
    struct MHD_OptionItem secure[] = {
        {MHD_OPTION_HTTPS_PRIORITIES, 0, tls ? (void *)tls->priorities : NULL},
        {MHD_OPTION_HTTPS_CERT_CALLBACK, 0, tls ? tls->retrieve : NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem socket[] = {
        {listening >= 0 ? MHD_OPTION_LISTEN_SOCKET : MHD_OPTION_END, (intptr_t)listening, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem pool[] = {
        // A pool of one is refused: without the option there is one thread.
        {threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, (intptr_t)threads, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC
            | (listening >= 0 ? 0 : MHD_USE_NO_LISTEN_SOCKET) | (tls ? MHD_USE_TLS : 0), 0,
        callbacks->accept, callbacks->context, callbacks->handle, callbacks->context,
        MHD_OPTION_ARRAY, socket,
        MHD_OPTION_CONNECTION_LIMIT, connections,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, memory,
        MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_UNESCAPE_CALLBACK, &jeton_mhd_keep_escapes, NULL,
        MHD_OPTION_URI_LOG_CALLBACK, callbacks->began, callbacks->context,
        MHD_OPTION_NOTIFY_COMPLETED, callbacks->completed, callbacks->context,
        MHD_OPTION_NOTIFY_CONNECTION, callbacks->connection, callbacks->context,
        MHD_OPTION_ARRAY, tls ? secure : secure + 2,
        MHD_OPTION_ARRAY, pool,
        MHD_OPTION_END);
}

/// What the connection callback left in `*socket_context`.
static inline void *jeton_mhd_socket_context(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/// The connection's socket, or -1.
static inline int jeton_mhd_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

/// The connection's `gnutls_session_t`, or NULL where it does not speak TLS.
static inline void *jeton_mhd_tls_session(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return info ? info->tls_session : NULL;
}

/// The peer's address, or NULL.
static inline const struct sockaddr *jeton_mhd_peer(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info ? info->client_addr : NULL;
}

/// How many bytes the request line and the header fields have.
static inline size_t jeton_mhd_head_size(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info ? info->header_size : 0;
}

/// A header field, where it lies in the connection's own buffer.
struct jeton_mhd_field {
    const unsigned char *name;
    size_t name_size;
    const unsigned char *value;
    size_t value_size;
};

struct jeton_mhd_fields {
    struct jeton_mhd_field *first;
    size_t count;
    size_t capacity;
};

static enum MHD_Result jeton_mhd_take_field(
    void *context, enum MHD_ValueKind kind, const char *name, size_t name_size,
    const char *value, size_t value_size) {
    struct jeton_mhd_fields *fields = context;
    (void)kind;
    if (fields->count == fields->capacity) return MHD_NO;
    fields->first[fields->count++] = (struct jeton_mhd_field){
        (const unsigned char *)name, name_size, (const unsigned char *)value, value ? value_size : 0};
    return MHD_YES;
}

/// Writes where the request's header fields lie, at most `capacity` of them, in order, and returns
/// how many it wrote. An array instead of a callback, so that a Swift closure need not travel
/// through C.
static inline size_t jeton_mhd_header_fields(
    struct MHD_Connection *connection, struct jeton_mhd_field *fields, size_t capacity) {
    struct jeton_mhd_fields taken = {fields, 0, capacity};
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, &jeton_mhd_take_field, &taken);
    return taken.count;
}

/// Whether 0.9 is at work, which reads some heads otherwise than 1.0 and than other servers do.
static inline bool jeton_mhd_is_lenient(void) {
    return MHD_get_version()[0] == '0';
}

/// Whether method, target, version and fields stand one behind another up to the head's end, with one
/// space, CRLF or LF between them, all of which libmicrohttpd has overwritten by NUL.
///
/// 0.9 ends a target or a value at the first NUL, loses the lines that a folded value goes on with (RFC 9112,
/// section 5.2), and takes a line without a name (`: value`) for the empty line that ends the head,
/// so that what follows would be the next request. Each shows as a gap. 1.0 refuses all by itself.
static inline bool jeton_mhd_is_unbroken(
    const char *method, size_t target_size, const char *version, size_t head_size,
    const struct jeton_mhd_field *fields, size_t count) {
    if (!jeton_mhd_is_lenient()) return true;
    if ((size_t)(version - method) != strlen(method) + target_size + 2) return false;
    uintptr_t end = (uintptr_t)version + strlen(version);
    for (size_t index = 0; index < count; index++) {
        uintptr_t gap = (uintptr_t)fields[index].name - end;
        if (gap != 1 && gap != 2) return false;
        end = (uintptr_t)fields[index].value + fields[index].value_size;
    }
    uintptr_t gap = (uintptr_t)method + head_size - end;
    return gap >= 2 && gap <= 4;
}

/// Makes 0.9 see no query, of which it would make a list that no one reads. One with thousands of
/// pairs does not fit the connection's memory, and such a request would get no answer at all.
static inline void jeton_mhd_hide_query(const char *target) {
    // The target lies in the read buffer, which libmicrohttpd itself is about to cut up.
    char *query = strchr(target, '?');
    if (query && jeton_mhd_is_lenient()) query[1] = 0;
}

/// How many processors this process may run on; 0 where the system does not say. By the system call, since
/// glibc's own function is not shown to Swift (sched_getaffinity(2), section "C library/kernel differences").
static inline unsigned int jeton_allowed_processors(void) {
    unsigned long set[128];
    long size = syscall(SYS_sched_getaffinity, 0, sizeof set, set);
    unsigned int count = 0;
    for (long index = 0; index < size / (long)sizeof *set; index++) count += __builtin_popcountl(set[index]);
    return count;
}

#endif
