#include "core/config/config.h"
#include "core/base/memory.h"
#include "core/config/conf_file.h"
#include "core/config/secret_file.h"
#include "core/config/settings.h"
#include "core/config/values.h"
#include <stdlib.h>
#include <string.h>

static bool both_or_neither(const char *a, const char *a_name, const char *b, const char *b_name,
                            struct err *err)
{
    return !a == !b || err_set(err, ERR_CONFIG, "%s is set without %s: expected both or neither",
                               a ? a_name : b_name, a ? b_name : a_name);
}

/* Two owned strings at most a setting: a later one replaces an earlier. */
static void store_text(struct config *cfg, const struct setting *s, const char *value)
{
    char **slot = (char **)((char *)cfg + s->offset);
    char *copy = xstrdup(value);
    free(*slot);
    *slot = copy;
    if (setting_is_secret(s) && s->type != PG_URL) {
        slice rest = slice_of(s->type == SECRET_LIST ? copy : NULL), one;
        log_hide(copy);
        while (slice_split(&rest, ',', &one)) {
            one = slice_trim(one);
            char *single = xstrndup(one.ptr, one.len);
            log_hide(single);
            free(single);
        }
    }
}

static bool expected(struct err *err, const struct setting *s, const char *value, const char *what)
{
    return err_set(err, ERR_CONFIG, "%s: got \"%.60s\", expected %s", s->name, value, what);
}

static bool set_number(struct config *cfg, const struct setting *s, const char *value, struct err *err)
{
    int64_t *slot = (int64_t *)((char *)cfg + s->offset);
    char bounds[80];
    if (slice_i64(slice_of(value), s->min, s->max, slot))
        return true;
    snprintf(bounds, sizeof bounds, "a whole number from %lld to %lld", (long long)s->min, (long long)s->max);
    return expected(err, s, value, bounds);
}

/* Without the line ends that editors and `echo` leave at the end; the items of a list may be on lines of their own. */
static char *tidy_secret(const struct setting *s, const char *value)
{
    size_t n = strlen(value);
    while (n && (value[n - 1] == '\n' || value[n - 1] == '\r'))
        n--;
    char *tidy = xstrndup(value, n);
    if (s->type == SECRET_LIST)
        for (char *c = tidy; *c; c++)
            if (*c == '\n')
                *c = ',';
    return tidy;
}

/* A host's name, perhaps with a path, is repeated and completed; anything else may hold a password or a token. */
static bool wrong_url(struct err *err, const struct setting *s, const char *value)
{
    static const char what[] = "a URL that starts with http:// or https://, without '@', '?' and '#'";
    bool is_host = strchr(value, '.') && !value[strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789.-/")];
    if (is_host && strlen(value) <= 60)
        return err_set(err, ERR_CONFIG, "%s: got \"%s\", expected %s: set it to https://%s", s->name, value,
                       what, value);
    return err_set(err, ERR_CONFIG, "%s: expected %s, such as https://HOST", s->name, what);
}

static bool set_checked(struct config *cfg, const struct setting *s, const char *value, struct err *err)
{
    static const char *const pg[] = {"postgres://", "postgresql://", NULL};
    char host[256];
    int port;
    switch (s->type) {
    case NUMBER:
        return set_number(cfg, s, value, err);
    case CHOICE:
        if (value_choice(s->choices, slice_of(value), (int64_t *)((char *)cfg + s->offset)))
            return true;
        return expected(err, s, value, s->choices);
    case LISTEN:
        if (!config_split_listen(value, host, sizeof host, &port))
            return expected(err, s, value, "HOST:PORT, such as 127.0.0.1:8000");
        break;
    case LISTEN_OR_SOCKET:
        if (!config_socket_path(value) && !config_split_listen(value, host, sizeof host, &port))
            return expected(err, s, value, "HOST:PORT, such as 127.0.0.1:8080, or unix:/PATH");
        break;
    case HTTP_URL:
        if (!value_base_url_ok(
                slice_of(value))) /* not repeated either: what is wrong may be a password in it */
            return wrong_url(err, s, value);
        break;
    case PG_URL: /* may hold a password: the value is not repeated */
        if (!value_url_ok(slice_of(value), pg) && !strchr(value, '='))
            return err_set(err, ERR_CONFIG,
                           "%s: the value (not shown, since it may hold a password) is no "
                           "connection string: expected postgresql://USER@HOST/DATABASE or libpq's "
                           "key=value form, such as host=/run/postgresql dbname=gitomatic",
                           s->name);
        break;
    case SECRET: /* goes into a header: nothing that could end one */
    case SECRET_LIST:
        if (s->type == SECRET_LIST ? !value_secrets_ok(slice_of(value)) : !value_secret_ok(slice_of(value)))
            return err_set(err, ERR_CONFIG, "%s: expected a value without spaces and control characters",
                           s->name);
        break;
    case SECRET_TEXT:
        if (!value_text_ok(slice_of(value)))
            return err_set(err, ERR_CONFIG, "%s: expected a value without control characters", s->name);
        break;
    case SECRET_LINES: /* checked by the code that reads it */
    case TEXT:
        break;
    }
    store_text(cfg, s, value);
    return true;
}

static void clear_text(struct config *cfg, const struct setting *s)
{
    char **slot = (char **)((char *)cfg + s->offset);
    free(*slot);
    *slot = NULL;
}

static bool set(struct config *cfg, const struct setting *s, const char *value, struct err *err)
{
    if (!setting_is_secret(s))
        return set_checked(cfg, s, value, err);
    char *tidy = tidy_secret(s, value);
    bool ok = true;
    if (*tidy)
        ok = set_checked(cfg, s, tidy, err);
    else
        clear_text(cfg, s);
    free(tidy);
    return ok;
}

static bool set_from_file(struct config *cfg, const struct setting *s, const char *path, struct err *err)
{
    char variable[SETTING_NAME_SIZE], *value;
    if (!secret_file_read(setting_twin(s, variable), path, &value, err))
        return false;
    bool ok = set(cfg, s, value, err) || err_wrap(err, "%s \"%.60s\"", variable, path);
    free(value);
    return ok;
}

static bool take_flags(struct config *cfg, int *argc, char **argv, struct err *err)
{
    bool given[SETTINGS_MAX] = {false};
    int kept = 1;
    for (int i = 1; i < *argc; i++) {
        const char *value;
        bool is_file;
        const struct setting *s = setting_of_flag(argv[i], &value, &is_file);
        if (!s) {
            argv[kept++] = argv[i];
            continue;
        }
        if (!value && i + 1 == *argc)
            return err_set(err, ERR_CONFIG, "%s: expected a value after it", argv[i]);
        if (given[s - settings]) /* the values are not repeated: they may be secrets */
            return err_set(err, ERR_CONFIG, "%s: its flag is given twice%s, expected once", s->name,
                           setting_is_secret(s) ? ", with or without the suffix -file" : "");
        given[s - settings] = true;
        if (!value)
            value = argv[++i];
        if (!*value && !(value = s->fallback)) /* empty is unset, as in the environment */
            clear_text(cfg, s);
        else if (!(is_file && *value ? set_from_file(cfg, s, value, err) : set(cfg, s, value, err)))
            return false;
    }
    argv[kept] = NULL;
    *argc = kept;
    return true;
}

static bool default_listen(struct config *cfg, struct err *err)
{
    char listen[32];
    const char *text = getenv("PORT");
    int64_t port = 8000;
    if (cfg->api_listen)
        return true;
    if (text && *text && !slice_i64(slice_of(text), 0, 65535, &port))
        return err_set(err, ERR_CONFIG, "PORT: got \"%.60s\", expected a whole number from 0 to 65535", text);
    snprintf(listen, sizeof listen, "127.0.0.1:%d", (int)port);
    cfg->api_listen = xstrdup(listen);
    return true;
}

/* NULL: not set, or empty, which is the same. */
static const char *variable_value(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static void default_ca(struct config *cfg)
{
    const char *file = variable_value("SSL_CERT_FILE");
    if (!cfg->github_ca_file && file)
        cfg->github_ca_file = xstrdup(file);
}

/* file NULL: its values are in the environment. Otherwise the file's value applies unless the environment itself sets the variable. */
static const char *value_of(const struct conf_values *file, const char *name)
{
    char other[SETTING_NAME_SIZE];
    if (!file || (getenv(name) && !conf_file_owns(name)))
        return variable_value(name);
    if (config_other_form(name, other, sizeof other) && getenv(other) && !conf_file_owns(other))
        return NULL;
    const char *value = conf_values_get(file, name);
    return value && *value ? value : NULL;
}

static bool take_variables(struct config *cfg, const struct conf_values *file, struct err *err)
{
    for (size_t i = 0; i < settings_count; i++) {
        const struct setting *s = &settings[i];
        char twin[SETTING_NAME_SIZE];
        const char *value = value_of(file, s->name);
        const char *path = setting_is_secret(s) ? value_of(file, setting_twin(s, twin)) : NULL;
        if (value && path)
            return err_set(err, ERR_CONFIG, "%s and %s are both set: expected one of them", s->name, twin);
        if (!value)
            value = s->fallback;
        if (path ? !set_from_file(cfg, s, path, err) : value && !set(cfg, s, value, err))
            return false;
    }
    return true;
}

static bool load(struct config *cfg, const struct conf_values *file, int *argc, char **argv, struct err *err)
{
    memset(cfg, 0, sizeof *cfg);
    if (!take_variables(cfg, file, err))
        return false;
    if (!take_flags(cfg, argc, argv, err) || !default_listen(cfg, err))
        return false;
    default_ca(cfg);
    unsigned mode;
    if (!both_or_neither(cfg->github_api_user, "GITHUB_API_USER", cfg->github_api_key, "GITHUB_API_KEY",
                         err) ||
        !both_or_neither(cfg->github_app_id, "GITHUB_APP_ID", cfg->github_app_private_key,
                         "GITHUB_APP_PRIVATE_KEY or GITHUB_APP_PRIVATE_KEY_FILE", err) ||
        !both_or_neither(cfg->tls_cert_file, "TLS_CERT_FILE", cfg->tls_key_file, "TLS_KEY_FILE", err) ||
        !both_or_neither(cfg->mirror_tls_cert_file, "MIRROR_TLS_CERT_FILE", cfg->mirror_tls_key_file,
                         "MIRROR_TLS_KEY_FILE", err))
        return false;
    if (!config_socket_mode(cfg->mirror_socket_mode, &mode))
        return err_set(err, ERR_CONFIG,
                       "MIRROR_SOCKET_MODE: got \"%.60s\", expected octal permissions, such as 660",
                       cfg->mirror_socket_mode);
    if (cfg->mirror_socket && cfg->mirror_socket[0] != '/')
        return err_set(err, ERR_CONFIG, "MIRROR_SOCKET: got \"%.60s\", expected an absolute path",
                       cfg->mirror_socket);
    if (cfg->github_api_user && strchr(cfg->github_api_user, ':'))
        return err_set(err, ERR_CONFIG, "GITHUB_API_USER: expected a login, which has no colon");
    return value_check_logins(cfg->github_users, err) && value_check_charts(cfg->public_charts, err);
}

bool config_load(struct config *cfg, int *argc, char **argv, struct err *err)
{
    return load(cfg, NULL, argc, argv, err);
}

static bool is_number(const struct setting *s)
{
    return s->type == NUMBER || s->type == CHOICE;
}

void config_finish(struct config *cfg)
{
    for (size_t i = 0; i < settings_count; i++)
        if (!is_number(&settings[i]))
            free(*(char **)((char *)cfg + settings[i].offset));
    memset(cfg, 0, sizeof *cfg);
}

void config_replace(const char **text, const char *value)
{
    char *copy = value ? xstrdup(value) : NULL;
    free((char *)(uintptr_t)*text);
    *text = copy;
}

/* ---- a process that runs ---- */

bool config_load_again(struct config *cfg, int argc, char *const *argv, struct err *err)
{
    struct conf_values file;
    bool unreadable;
    char **copy = xcalloc((size_t)argc + 1, sizeof *copy);
    memset(cfg, 0, sizeof *cfg);
    memcpy(copy, argv, (size_t)argc * sizeof *copy);
    bool ok = conf_file_read(&file, &unreadable, err) && load(cfg, &file, &argc, copy, err);
    if (ok && unreadable && !conf_file_is_left_out())
        ok = err_set(err, ERR_CONFIG, CONF_FILE_DEFAULT ": this process may not read it");
    else if (ok && !unreadable)
        conf_file_is_read();
    conf_values_finish(&file);
    free(copy);
    if (!ok)
        config_finish(cfg);
    return ok;
}

static bool same(const struct setting *s, const struct config *a, const struct config *b)
{
    const char *x = (const char *)a + s->offset, *y = (const char *)b + s->offset;
    if (is_number(s))
        return *(const int64_t *)(const void *)x == *(const int64_t *)(const void *)y;
    const char *const *text_x = (const void *)x, *const *text_y = (const void *)y;
    return *text_x && *text_y ? strcmp(*text_x, *text_y) == 0 : *text_x == *text_y;
}

bool config_same(const struct config *a, const struct config *b)
{
    for (size_t i = 0; i < settings_count; i++)
        if (!same(&settings[i], a, b))
            return false;
    return true;
}

/* Whether the server speaks TLS is fixed when it starts to listen. */
static bool turns_tls(const struct setting *s, const struct config *running, const struct config *fresh)
{
    bool api = s->offset == offsetof(struct config, tls_cert_file) ||
               s->offset == offsetof(struct config, tls_key_file);
    bool mirror = s->offset == offsetof(struct config, mirror_tls_cert_file) ||
                  s->offset == offsetof(struct config, mirror_tls_key_file);
    return (api && !running->tls_cert_file != !fresh->tls_cert_file) ||
           (mirror && !running->mirror_tls_cert_file != !fresh->mirror_tls_cert_file);
}

static void copy_value(const struct setting *s, const struct config *from, struct config *to)
{
    const char *source = (const char *)from + s->offset;
    char *target = (char *)to + s->offset;
    if (is_number(s)) {
        memcpy(target, source, sizeof(int64_t));
        return;
    }
    const char *text = *(const char *const *)(const void *)source;
    char *copy = text ? xstrdup(text) : NULL;
    memcpy(target, &copy, sizeof copy);
}

void config_renew(const struct config *running, const struct config *fresh, struct config *out,
                  struct buf *restart_out)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < settings_count; i++) {
        const struct setting *s = &settings[i];
        bool stays = setting_needs_restart(s) || turns_tls(s, running, fresh);
        if (stays && !same(s, running, fresh))
            buf_printf(restart_out, "%s%s", restart_out->len ? "," : "", s->name);
        copy_value(s, stays ? running : fresh, out);
    }
}

bool config_env_names_database(void)
{
    static const char *const names[] = {"PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (variable_value(names[i]))
            return true;
    return false;
}
