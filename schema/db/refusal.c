/* Why a server refused a connection, as an SQLSTATE. libpq 15 keeps only the server's words, which are in the language of the server
 * (lc_messages). The verbosity that makes it write the SQLSTATE belongs to a connection, and thus counts only for a second attempt: one for
 * each text, if it gives an SQLSTATE, which is kept. */
#include "core/base/hash.h"
#include "core/base/memory.h"
#include "schema/db/db_private.h"
#include <ctype.h>
#include <pthread.h>
#include <stdio.h>

#define N_KEPT 16

struct known {
    uint64_t text; /* hash; 0: none */
    char sqlstate[SQLSTATE_SIZE];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct known kept[N_KEPT];
static size_t next_kept;

static bool look_up(uint64_t text, char sqlstate[SQLSTATE_SIZE])
{
    bool found = false;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < N_KEPT && !found; i++)
        if (kept[i].text == text) {
            memcpy(sqlstate, kept[i].sqlstate, SQLSTATE_SIZE);
            found = true;
        }
    pthread_mutex_unlock(&lock);
    return found;
}

static void keep(uint64_t text, const char sqlstate[SQLSTATE_SIZE])
{
    pthread_mutex_lock(&lock);
    kept[next_kept].text = text;
    memcpy(kept[next_kept].sqlstate, sqlstate, SQLSTATE_SIZE);
    next_kept = (next_kept + 1) % N_KEPT;
    pthread_mutex_unlock(&lock);
}

/* What a server says follows its severity, which is in its language too, a colon and two spaces (pqBuildErrorMessage3). */
static const char *servers_words(slice line)
{
    const char *found = line.len ? memmem(line.ptr, line.len, ":  ", 3) : NULL;
    return found ? found + 3 : NULL;
}

static bool is_sqlstate(slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!isdigit((unsigned char)s.ptr[i]) && !isupper((unsigned char)s.ptr[i]))
            return false;
    return s.len == SQLSTATE_SIZE - 1;
}

bool db_sqlstate_of(slice text, char sqlstate[SQLSTATE_SIZE])
{
    slice line;
    bool found = false;
    while (slice_split(&text, '\n', &line)) {
        const char *said = servers_words(line);
        slice state = said ? slice_trim(slice_from(said, (size_t)(line.ptr + line.len - said))) : (slice){0};
        if (!is_sqlstate(state))
            continue;
        snprintf(sqlstate, SQLSTATE_SIZE, "%.*s", SLICE_ARG(state));
        found = true;
        if (strcmp(sqlstate, "53300") == 0) /* of several hosts: that one works otherwise */
            break;
    }
    return found;
}

/* Whether it is PgBouncer that takes no more clients: it says so in English, and gives 08P01. */
static bool is_pooler_full(slice text)
{
    static const char words[] = "no more connections allowed";
    return memmem(text.ptr, text.len, words, sizeof words - 1) != NULL;
}

void db_refusal(PGconn *conn, struct db_refusal *out)
{
    out->text = xstrdup(PQerrorMessage(conn));
    slice text = slice_trim(slice_of(out->text));
    uint64_t hash = hash64(0, text) | 1;
    if (!servers_words(text))
        return;
    if (is_pooler_full(text))
        memcpy(out->sqlstate, "53300", SQLSTATE_SIZE);
    if (*out->sqlstate || look_up(hash, out->sqlstate))
        return;
    PQsetErrorVerbosity(conn, PQERRORS_SQLSTATE);
    PQreset(conn);
    PQsetErrorVerbosity(conn, PQERRORS_DEFAULT);
    if (PQstatus(conn) != CONNECTION_OK && db_sqlstate_of(slice_of(PQerrorMessage(conn)), out->sqlstate))
        keep(hash, out->sqlstate);
}
