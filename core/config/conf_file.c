#include "core/config/conf_file.h"
#include "core/base/buf.h"
#include "core/base/memory.h"
#include "core/config/config.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_LINES 1000
#define FROM_FILE "GITOMATIC_CONF_VARIABLES" /* names of the variables that are set from the file */

static bool is_name(slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!(name.ptr[i] == '_' || (name.ptr[i] >= 'A' && name.ptr[i] <= 'Z') ||
              (i && name.ptr[i] >= '0' && name.ptr[i] <= '9')))
            return false;
    return name.len > 0;
}

/* Removes the quotes around the value; false: one of them is missing. */
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

static void keep(struct conf_values *values, slice name, slice value)
{
    values->items = xrealloc(values->items, (values->n + 1) * sizeof *values->items);
    values->items[values->n++] =
        (struct conf_value){xstrndup(name.ptr, name.len), xstrndup(value.ptr, value.len)};
}

/* As in the environment, where empty is unset. */
static bool has_both_forms(const struct conf_values *values, const char *name, slice value, char *other,
                           size_t size)
{
    const char *value_of_other = config_other_form(name, other, size) ? conf_values_get(values, other) : NULL;
    return value.len && value_of_other && *value_of_other;
}

/* A value is never repeated in an error: it may be a secret. */
static bool take_line(const char *path, int number, slice line, struct conf_values *values, struct err *err)
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
    if (conf_values_get(values, variable))
        return err_set(err, ERR_CONFIG, "%s line %d: %s is set twice in this file, expected once", path,
                       number, variable);
    if (values->n == MAX_LINES)
        return err_set(err, ERR_CONFIG, "%s: expected at most %d settings", path, MAX_LINES);
    slice value = slice_trim(slice_from(equals + 1, (size_t)(line.ptr + line.len - equals - 1)));
    if (!unquote(&value))
        return err_set(err, ERR_CONFIG,
                       "%s line %d: %s: expected a quote at the end of the value, as at its beginning", path,
                       number, variable);
    if (has_both_forms(values, variable, value, other, sizeof other))
        return err_set(err, ERR_CONFIG, "%s line %d: %s and %s are both set: expected one of them", path,
                       number, other, variable);
    keep(values, name, value);
    return true;
}

static bool take_text(const char *path, slice text, struct conf_values *values, struct err *err)
{
    slice line;
    int number = 0;
    if (memchr(text.ptr, '\0', text.len))
        return err_set(err, ERR_CONFIG, "%s: got a NUL byte, expected text", path);
    while (slice_split(&text, '\n', &line))
        if (!take_line(path, ++number, line, values, err))
            return false;
    return true;
}

/* The content, NULL with *err. A regular file only: another kind could block. */
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

bool conf_file_read(struct conf_values *out, bool *unreadable_out, struct err *err)
{
    const char *named = getenv("GITOMATIC_CONF"), *path = named && *named ? named : CONF_FILE_DEFAULT;
    size_t len;
    *out = (struct conf_values){0};
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
    bool ok = text && take_text(path, slice_from(text, len), out, err);
    free(text);
    return ok;
}

void conf_values_finish(struct conf_values *values)
{
    for (size_t i = 0; i < values->n; i++) {
        free(values->items[i].name);
        free(values->items[i].value);
    }
    free(values->items);
    *values = (struct conf_values){0};
}

const char *conf_values_get(const struct conf_values *values, const char *name)
{
    for (size_t i = 0; i < values->n; i++)
        if (strcmp(values->items[i].name, name) == 0)
            return values->items[i].value;
    return NULL;
}

/* ---- the environment ---- */

bool conf_file_owns(const char *name)
{
    slice rest = slice_of(getenv(FROM_FILE)), one;
    while (slice_split(&rest, ',', &one))
        if (slice_eq(one, slice_of(name)))
            return true;
    return false;
}

/* without NULL: none. */
static bool write_owned(slice names, const char *without, const char *with, struct err *err)
{
    AUTO_BUF list = {0};
    slice one;
    while (slice_split(&names, ',', &one))
        if (one.len && !(without && slice_eq(one, slice_of(without))))
            buf_printf(&list, "%s%.*s", list.len ? "," : "", SLICE_ARG(one));
    if (with)
        buf_printf(&list, "%s%s", list.len ? "," : "", with);
    buf_putc(&list, '\0');
    return setenv(FROM_FILE, list.ptr, 1) == 0 || err_errno(err, "set " FROM_FILE);
}

bool conf_file_override(const char *name, const char *value, struct err *err)
{
    if (setenv(name, value, 1) != 0)
        return err_errno(err, "set %s", name);
    return !conf_file_owns(name) || write_owned(slice_of(getenv(FROM_FILE)), name, NULL, err);
}

/* Values that the parent process took from the file are read again: it may have changed. */
static bool forget_owned(struct err *err)
{
    slice rest = slice_of(getenv(FROM_FILE)), one;
    char name[64];
    while (slice_split(&rest, ',', &one)) {
        snprintf(name, sizeof name, "%.*s", SLICE_ARG(one));
        if (config_is_variable(name))
            unsetenv(name);
    }
    return unsetenv(FROM_FILE) == 0 || err_errno(err, "unset " FROM_FILE);
}

static bool set_variables(const struct conf_values *values, struct err *err)
{
    char other[64];
    for (size_t i = 0; i < values->n; i++) {
        const char *name = values->items[i].name;
        bool overridden = getenv(name) || (config_other_form(name, other, sizeof other) && getenv(other) &&
                                           !conf_file_owns(other));
        if (overridden)
            continue;
        if (setenv(name, values->items[i].value, 1))
            return err_errno(err, "set %s", name);
        if (!write_owned(slice_of(getenv(FROM_FILE)), NULL, name, err))
            return false;
    }
    return true;
}

static _Atomic bool left_out;

bool conf_file_is_left_out(void)
{
    return left_out;
}

void conf_file_is_read(void)
{
    left_out = false;
}

bool conf_file_load(bool *unreadable_out, struct err *err)
{
    struct conf_values values = {0};
    bool ok =
        forget_owned(err) && conf_file_read(&values, unreadable_out, err) && set_variables(&values, err);
    left_out = ok && *unreadable_out;
    conf_values_finish(&values);
    return ok;
}
