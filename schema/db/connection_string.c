/* The user's connection string: what it says together with the environment and the service file, and why it does not work,
 * without the password that may be in it. */
#include "schema/db/db_private.h"
#include <ctype.h>
#include <stdlib.h>

PQconninfoOption *db_string_settings(const char *url)
{
    /* Only libpq can read the service file that the string may name, and only for a connection. An impossible mode ends it
     * before it begins; a password, so that no password file is read. */
    static const char *const keys[] = {"dbname", "password", "sslmode", NULL};
    const char *const values[] = {url, "none", "none of them", NULL};
    PGconn *conn = PQconnectStartParams(keys, values, 1);
    PQconninfoOption *settings = PQconninfo(conn);
    PQfinish(conn);
    return settings;
}

const char *db_string_value(const PQconninfoOption *all, const char *keyword)
{
    for (; all && all->keyword; all++)
        if (strcmp(all->keyword, keyword) == 0)
            return all->val && *all->val ? all->val : NULL;
    return NULL;
}

bool db_socket_folder(const char *url, char *out, size_t size)
{
    PQconninfoOption *settings = db_string_settings(url);
    const char *host = db_string_value(settings, "host");
    size_t n = host && *host == '/' ? strcspn(host, ",") : 0;
    bool fits = n > 0 && n < size;
    if (fits) {
        memcpy(out, host, n);
        out[n] = '\0';
    }
    PQconninfoFree(settings);
    return fits;
}

/* ---- errors ---- */

static const char *after_scheme(const char *url)
{
    const char *at = strstr(url, "://");
    return at ? at + 3 : NULL;
}

/* Whether libpq may take a part of the password for a host, a port or a database: with an @ after the one that ends the
 * user's part, or before that one a slash, which ends it too. */
static bool is_doubtful(const char *url)
{
    const char *at = after_scheme(url);
    if (!at)
        return false;
    size_t n = strcspn(at, "?");
    const char *first = memchr(at, '@', n), *slash = memchr(at, '/', n), *last = memrchr(at, '@', n);
    return first && (last != first || (slash && slash < first));
}

static bool is_name(slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!islower((unsigned char)s.ptr[i]) && s.ptr[i] != '_')
            return false;
    return s.len > 1 && s.len <= 40;
}

/* The part of the string that cannot be a password's, "" if there is none. */
static const char *without_password(const char *url)
{
    const char *at = after_scheme(url), *end;
    const char *rest = at ? (end = strrchr(at, '@')) ? end + 1 : at : url;
    return strcasestr(rest, "password") ? "" : rest;
}

/* The parameter that libpq's message quotes, if it surely is one. */
static slice unknown_parameter(const char *url, const char *message)
{
    const char *begin = strchr(message, '"'), *end = begin ? strchr(begin + 1, '"') : NULL;
    slice name = end ? slice_from(begin + 1, (size_t)(end - begin) - 1) : (slice){0};
    const char *rest = without_password(url), *at = rest;
    if (!is_name(name))
        return (slice){0};
    while ((at = memmem(at, strlen(at), name.ptr, name.len))) {
        bool begins = at == rest || strchr("?& \t\n", at[-1]);
        at += name.len;
        if (begins && *at == '=')
            return name;
    }
    return (slice){0};
}

#define EXPECTED                                                                                             \
    "expected postgresql://USER:PASSWORD@HOST:PORT/DATABASE with special characters as %%XX, or "            \
    "host=HOST user=USER password='PASSWORD'"

bool db_string_error(const char *url, const char *what, struct err *err)
{
    char *message = NULL;
    PQconninfoOption *parsed = PQconninfoParse(url, &message);
    if (parsed) {
        PQconninfoFree(parsed);
        return !is_doubtful(url) ||
               err_set(err, ERR_DB_DOWN,
                       "%s: the connection string has an @ or a / that may be a part of the password; "
                       "expected special characters as %%XX: @ is %%40, / is %%2F",
                       what);
    }
    slice name = unknown_parameter(url, message ? message : "");
    if (name.ptr)
        err_set(err, ERR_CONFIG,
                "%s: the connection string has the parameter %.*s, which libpq %d does not know; expected "
                "parameters of that version",
                what, SLICE_ARG(name), PQlibVersion() / 10000);
    else
        err_set(err, ERR_CONFIG, "%s: the connection string cannot be read; " EXPECTED, what);
    PQfreemem(message);
    return false;
}
