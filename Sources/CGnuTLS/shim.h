#ifndef JETON_GNUTLS_SHIM_H
#define JETON_GNUTLS_SHIM_H

#include <errno.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

// What GnuTLS tells only while it happens is noted here, in C, because a handshake's callbacks must
// keep `errno`. https://www.gnutls.org/manual/gnutls.html

/// What a connection's first bytes and its handshake have shown so far.
struct jeton_tls_progress {
    int socket;
    /// The first byte that came, or -1.
    int first;
    /// Whether the client's hello came, whole.
    bool greeted;
    /// Whether the client's Finished came: it takes our certificate.
    bool finished;
};

/// Frees what GnuTLS allocated: `gnutls_free` is a variable, which Swift takes for one that changes.
static inline void jeton_tls_free(void *memory) {
    gnutls_free(memory);
}

/// What libmicrohttpd has GnuTLS call for the server's certificate.
typedef gnutls_certificate_retrieve_function2 *jeton_tls_retrieve;

/// Receives as GnuTLS itself would, and notes the first byte.
static inline ssize_t jeton_tls_pull(gnutls_transport_ptr_t context, void *buffer, size_t size) {
    struct jeton_tls_progress *progress = context;
    ssize_t count = recv(progress->socket, buffer, size, 0);
    if (count > 0 && progress->first < 0) progress->first = *(unsigned char *)buffer;
    return count;
}

static inline int jeton_tls_note(
    gnutls_session_t session, unsigned int type, unsigned int when, unsigned int incoming,
    const gnutls_datum_t *message) {
    gnutls_transport_ptr_t receiving, sending;
    (void)when, (void)message;
    if (!incoming) return 0;
    gnutls_transport_get_ptr2(session, &receiving, &sending);
    struct jeton_tls_progress *progress = receiving;
    if (type == GNUTLS_HANDSHAKE_CLIENT_HELLO) progress->greeted = true;
    if (type == GNUTLS_HANDSHAKE_FINISHED) progress->finished = true;
    return 0;
}

/// Begins to note what the handshake on `socket` shows. To be freed once the session has ended.
static inline struct jeton_tls_progress *jeton_tls_watch(void *tls_session, int socket) {
    gnutls_session_t session = tls_session;
    struct jeton_tls_progress *progress = malloc(sizeof *progress);
    if (!progress) return NULL;
    *progress = (struct jeton_tls_progress){socket, -1, false, false};
    gnutls_transport_ptr_t receiving, sending;
    gnutls_transport_get_ptr2(session, &receiving, &sending);
    gnutls_transport_set_ptr2(session, progress, sending);
    gnutls_transport_set_pull_function(session, &jeton_tls_pull);
    gnutls_handshake_set_hook_function(
        session, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_PRE, &jeton_tls_note);
    return progress;
}

#endif
