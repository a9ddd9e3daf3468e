#include "core/base/err.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    enum err_retry retry;
    int http;
} table[] = {
#define X(code, text, retry, http) [code] = {retry, http},
    ERR_TABLE(X)
#undef X
};

void err_clear(struct err *err)
{
    memset(err, 0, sizeof *err);
}

/* Marks a cut: `wanted` bytes without the NUL were meant for the `size` bytes of text. */
static void end_cut(char *text, size_t size, int wanted)
{
    static const char dots[] = "\xe2\x80\xa6"; /* … */
    if (wanted < 0 || (size_t)wanted < size)
        return;
    size_t n = size - sizeof dots;
    while (n && ((unsigned char)text[n] & 0xc0) == 0x80) /* back to where a character begins */
        n--;
    memcpy(text + n, dots, sizeof dots);
}

bool err_set(struct err *err, enum err_code code, const char *format, ...)
{
    char text[sizeof err->text]; /* an argument may be err->text itself */
    va_list args;
    va_start(args, format);
    end_cut(text, sizeof text, vsnprintf(text, sizeof text, format, args));
    va_end(args);
    err_clear(err);
    err->code = code;
    memcpy(err->text, text, strlen(text) + 1);
    return false;
}

bool err_wrap(struct err *err, const char *format, ...)
{
    char context[320], inner[sizeof err->text];
    va_list args;
    va_start(args, format);
    end_cut(context, sizeof context, vsnprintf(context, sizeof context, format, args));
    va_end(args);
    memcpy(inner, err->text, sizeof inner);
    int wanted = snprintf(err->text, sizeof err->text, "%s: %s", context, inner);
    if (wanted < 0)
        err->text[0] = '\0';
    end_cut(err->text, sizeof err->text, wanted);
    return false;
}

/* Where the reason is a limit of the process: which. */
static const char *limit_of(int error)
{
    return error == EFBIG    ? " (ulimit -f, LimitFSIZE= of a systemd unit)"
           : error == EMFILE ? " (ulimit -n, LimitNOFILE= of a systemd unit)"
                             : "";
}

bool err_errno(struct err *err, const char *format, ...)
{
    int saved = errno;
    char what[320], reason[80];
    va_list args;
    va_start(args, format);
    end_cut(what, sizeof what, vsnprintf(what, sizeof what, format, args));
    va_end(args);
    return err_set(err, ERR_SYSTEM, "%s: %s%s", what, strerror_r(saved, reason, sizeof reason),
                   limit_of(saved));
}

enum err_retry err_code_retry(enum err_code code)
{
    return table[code].retry;
}

int err_code_http(enum err_code code)
{
    return table[code].http;
}
