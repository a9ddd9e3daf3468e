/* err: why something failed. Small, copyable, owned by the caller, never NULL.
 *
 * Functions that can fail return bool and fill one of these. Ordinary outcomes (unchanged, gone, no such row, out of
 * quota) are enum results, not errors. Context is added outward with err_wrap; the code stays. Log once, at the top. */
#pragma once
#include "core/base/attr.h"

enum err_retry {
    RETRY_NEVER, /* the same call will fail the same way */
    RETRY_SOON,  /* worth another try after a back-off */
    RETRY_AT,    /* not before retry_at_ms */
};

/* clang-format off */
/*    code           text                                     retry        http */
#define ERR_TABLE(X)                                                                                                   \
    X(ERR_NONE,      "no error",                              RETRY_NEVER, 200)                                        \
    X(ERR_USAGE,     "wrong use",                             RETRY_NEVER, 400)                                        \
    X(ERR_CONFIG,    "bad configuration",                     RETRY_NEVER, 500)                                        \
    X(ERR_BAD_PARAM, "request not understood",                RETRY_NEVER, 400)                                        \
    X(ERR_NOT_FOUND, "not found",                             RETRY_NEVER, 404)                                        \
    X(ERR_DB_BUSY,   "no database connection in time",        RETRY_SOON,  503)                                        \
    X(ERR_DB_DOWN,   "database not reachable",                RETRY_SOON,  503)                                        \
    X(ERR_DB,        "database refused the statement",        RETRY_NEVER, 500)                                        \
    X(ERR_DB_RETRY,  "database asks for a retry",               RETRY_SOON,  503)                                        \
    X(ERR_SCHEMA,    "database schema does not fit",          RETRY_NEVER, 500)                                        \
    X(ERR_THROTTLED, "upstream asks to wait",                 RETRY_AT,    503)                                        \
    X(ERR_UPSTREAM,  "upstream failed",                       RETRY_SOON,  502)                                        \
    X(ERR_BROKEN,    "upstream answer is invalid",        RETRY_SOON,  502)                                        \
    X(ERR_TOO_BIG,   "larger than the limit",                 RETRY_NEVER, 413)                                        \
    X(ERR_TIMEOUT,   "deadline passed",                       RETRY_SOON,  504)                                        \
    X(ERR_SYSTEM,    "operating system refused",              RETRY_SOON,  500)                                        \
    X(ERR_STOPPING,  "shutting down",                         RETRY_SOON,  503)                                        \
    X(ERR_LOST,      "the lease was given to another worker", RETRY_NEVER, 409)                                        \
    X(ERR_INTERNAL,  "broken invariant",                      RETRY_NEVER, 500)
/* clang-format on */

enum err_code {
#define X(code, text, retry, http) code,
    ERR_TABLE(X)
#undef X
};

#define ERR_TEXT_SIZE 1024 /* longer texts are cut between characters and end with "…" */

struct err {
    enum err_code code;
    char sqlstate[6];    /* "" unless the database gave one */
    int upstream_status; /* HTTP status of GitHub, 0 if none */
    int64_t retry_at_ms; /* Unix ms, 0 if not known */
    char text[ERR_TEXT_SIZE];
};

/* Sets code and text, clears the rest. Always returns false, so `return err_set(...)` reads well. */
bool err_set(struct err *err, enum err_code code, const char *format, ...) PRINTF_LIKE(3, 4);
/* Puts "context: " before the text. Returns false. */
bool err_wrap(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);
/* ERR_SYSTEM with strerror(errno) after the text, and the name of the limit that was met, if it was one. */
bool err_errno(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);
void err_clear(struct err *err);

enum err_retry err_code_retry(enum err_code code);
int err_code_http(enum err_code code);
