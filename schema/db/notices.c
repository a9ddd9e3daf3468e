/* What server and libpq say beside results becomes lines of the log.
 *
 * On an open connection a receiver gets it. While a connection is being made there is no way to set one: libpq writes to the
 * stream `stderr` that a password file is readable by others, or what the server warns of at the login (a changed collation
 * version, a setting of the role that no longer exists). Therefore that stream is replaced, which glibc documents for stdin,
 * stdout and stderr; other writers' bytes pass unchanged. */
#include "core/base/hash.h"
#include "core/log/log.h"
#include "schema/db/db_private.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#define EVENT "postgresql.notice"

static _Thread_local bool is_connecting;

/* Each connection says it again, and so do a server's parallel workers: it is a warning once. */
static void note(bool is_warning, slice text)
{
    static _Atomic uint64_t last;
    slice rest = text, first;
    slice_split(&rest, '\n', &first);
    uint64_t hash = hash64(0, slice_trim(first));
    if (is_warning && atomic_exchange(&last, hash) != hash)
        log_warn(EVENT, L_SLICE("text", text));
    else
        log_debug(EVENT, L_SLICE("text", text));
}

static void on_notice(void *unused, const PGresult *res)
{
    (void)unused;
    const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
    note(severity && strcmp(severity, "WARNING") == 0,
         slice_of(PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY)));
}

static void note_line(slice text)
{
    static const slice mark = {"WARNING:", 8};
    bool is_warning = slice_starts(text, mark);
    note(is_warning, slice_trim(is_warning ? slice_from(text.ptr + mark.len, text.len - mark.len) : text));
}

static ssize_t on_stderr(void *unused, const char *bytes, size_t n)
{
    (void)unused;
    if (is_connecting) {
        note_line(slice_from(bytes, n));
        return (ssize_t)n;
    }
    for (size_t at = 0; at < n;) {
        ssize_t wrote = write(STDERR_FILENO, bytes + at, n - at);
        if (wrote < 0)
            return (ssize_t)at;
        at += (size_t)wrote;
    }
    return (ssize_t)n;
}

static void replace_stderr(void)
{
    FILE *stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = on_stderr});
    if (!stream || setvbuf(stream, NULL, _IONBF, 0) != 0)
        return; /* then libpq's lines go where they always went */
    stderr = stream;
}

void db_take_lines(bool connecting)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (pthread_once(&once, replace_stderr) == 0)
        is_connecting = connecting;
}

void db_take_notices(PGconn *conn)
{
    PQsetNoticeReceiver(conn, on_notice, NULL);
}
