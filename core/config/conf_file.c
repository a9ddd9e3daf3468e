#include "core/config/conf_file.h"
#include "core/base/memory.h"
#include "core/base/slice.h"
#include "core/config/config.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_LINES 1000

static bool is_name(slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!(name.ptr[i] == '_' || (name.ptr[i] >= 'A' && name.ptr[i] <= 'Z') ||
              (i && name.ptr[i] >= '0' && name.ptr[i] <= '9')))
            return false;
    return name.len > 0;
}

/* Without the quotes around it; false: one of them is missing. */
static bool unquote(slice *value)
{
    char quote = value->len ? value->ptr[0] : '\0';
    if (quote != '"' && quote != '\'')
        return true;
    if (value->len < 2 || value->ptr[value->len - 1] != quote ||
        memchr(value->ptr + 1, quote, value->len - 2))
        return false;
    *value = slice_from(value->ptr + 1, value->len - 2);
    return true;
}

/* A value is never repeated in an error: it may be a secret. */
static bool take_line(const char *path, int number, slice line, slice *names, size_t *n, struct err *err)
{
    line = slice_trim(line);
    if (!line.len || line.ptr[0] == '#')
        return true;
    const char *equals = memchr(line.ptr, '=', line.len);
    slice name = slice_trim(slice_from(line.ptr, equals ? (size_t)(equals - line.ptr) : line.len));
    char variable[64], other[64];
    if (!equals || !is_name(name) || name.len >= sizeof variable)
        return err_set(err, ERR_CONFIG, "%s line %d: expected NAME=VALUE, such as DISCOVERY_COUNT=7", path,
                       number);
    snprintf(variable, sizeof variable, "%.*s", SLICE_ARG(name));
    if (!config_is_variable(variable))
        return err_set(err, ERR_CONFIG, "%s line %d: %s is not a setting; `gitomatic --help` lists them",
                       path, number, variable);
    for (size_t i = 0; i < *n; i++)
        if (slice_eq(names[i], name))
            return err_set(err, ERR_CONFIG, "%s line %d: %s is set twice in this file, expected once", path,
                           number, variable);
    if (*n == MAX_LINES)
        return err_set(err, ERR_CONFIG, "%s: more than %d settings", path, MAX_LINES);
    names[(*n)++] = name;
    slice value = slice_trim(slice_from(equals + 1, (size_t)(line.ptr + line.len - equals - 1)));
    if (!unquote(&value))
        return err_set(err, ERR_CONFIG, "%s line %d: %s: a quote does not end with the line", path, number,
                       variable);
    if (getenv(variable) || (config_other_form(variable, other, sizeof other) && getenv(other)))
        return true;
    char *text = xstrndup(value.ptr, value.len);
    bool ok = setenv(variable, text, 1) == 0;
    free(text);
    return ok || err_errno(err, variable);
}

static bool take_text(const char *path, slice text, struct err *err)
{
    slice names[MAX_LINES], line;
    size_t n = 0;
    int number = 0;
    if (memchr(text.ptr, '\0', text.len))
        return err_set(err, ERR_CONFIG, "%s: there is a NUL byte in it, expected text", path);
    while (slice_split(&text, '\n', &line))
        if (!take_line(path, ++number, line, names, &n, err))
            return false;
    return true;
}

/* The content, NULL with *err. A regular file only: another kind could keep us waiting. */
static char *read_whole(int fd, const char *path, size_t *len_out, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > CONF_FILE_MAX_BYTES) {
        err_set(err, ERR_CONFIG, "%s: expected a regular file of at most %d bytes", path,
                CONF_FILE_MAX_BYTES);
        return NULL;
    }
    char *text = xmalloc((size_t)st.st_size + 1);
    size_t n = 0;
    ssize_t got = 1;
    while (got > 0 && n < (size_t)st.st_size) {
        got = read(fd, text + n, (size_t)st.st_size - n);
        if (got > 0)
            n += (size_t)got;
    }
    if (got < 0) {
        free(text);
        err_set(err, ERR_CONFIG, "%s: %s", path, strerror(errno));
        return NULL;
    }
    *len_out = n;
    return text;
}

bool conf_file_load(bool *unreadable_out, struct err *err)
{
    const char *named = getenv("GITOMATIC_CONF"), *path = named && *named ? named : CONF_FILE_DEFAULT;
    size_t len;
    *unreadable_out = false;
    if (strcmp(path, "/dev/null") == 0) /* no file at all */
        return true;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && path != named && (errno == ENOENT || errno == ENOTDIR))
        return true;
    if (fd < 0 && path != named && errno == EACCES) {
        *unreadable_out = true;
        return true;
    }
    if (fd < 0)
        return err_set(err, ERR_CONFIG, "%s%s: %s", path == named ? "GITOMATIC_CONF: " : "", path,
                       strerror(errno));
    char *text = read_whole(fd, path, &len, err);
    close(fd);
    bool ok = text && take_text(path, slice_from(text, len), err);
    free(text);
    return ok;
}
