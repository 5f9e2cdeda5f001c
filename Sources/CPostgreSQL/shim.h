#include <libpq-fe.h>
#include <stdlib.h>

// libpq prints notices to the standard error output unless told otherwise
// (https://www.postgresql.org/docs/current/libpq-notice-processing.html).

static inline void jeton_ignore_notice(void *context, const char *message) {
    (void) context;
    (void) message;
}

static inline void jeton_ignore_notices(PGconn *connection) {
    PQsetNoticeProcessor(connection, jeton_ignore_notice, NULL);
}

// Sends a statement with values that stand one after the other in `bytes`: each begins at its offset, or
// is NULL where that is negative. `statement` is the name of a prepared one, or the text of one that is
// not. Results come in binary. Gives what PQsendQueryPrepared and PQsendQueryParams give, 1 for success
// (https://www.postgresql.org/docs/current/libpq-async.html).

static inline int jeton_send(
    PGconn *connection, const char *statement, int is_prepared, int count, const char *bytes,
    const int *offsets, const int *lengths, const int *formats
) {
    const char **values = calloc(count ? count : 1, sizeof *values);
    if (!values) return 0;
    for (int i = 0; i < count; i++) values[i] = offsets[i] < 0 ? NULL : bytes + offsets[i];
    int sent = is_prepared
        ? PQsendQueryPrepared(connection, statement, count, values, lengths, formats, 1)
        : PQsendQueryParams(connection, statement, count, NULL, values, lengths, formats, 1);
    free(values);
    return sent;
}
