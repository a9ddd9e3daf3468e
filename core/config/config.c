#include "core/config/config.h"
#include "core/config/secret_file.h"
#include "core/config/values.h"
#include <stddef.h>
#include <stdlib.h>

enum type {
    TEXT,
    SECRET,
    SECRET_LIST,
    SECRET_TEXT,
    SECRET_LINES,
    NUMBER,
    CHOICE,
    LISTEN,
    LISTEN_OR_SOCKET,
    HTTP_URL,
    PG_URL
};

struct setting {
    const char *name; /* of the environment variable; the flag is the same in lower case with dashes */
    enum type type;
    size_t offset;
    const char *fallback; /* NULL: none */
    int64_t min, max;
    const char *choices; /* "auto|graphql|rest": the value is the index */
    const char *help;
};

#define AT(field) offsetof(struct config, field)

static const struct setting settings[] = {
    {"DATABASE_URL", PG_URL, AT(database_url), NULL, 0, 0, NULL,
     "PostgreSQL to use (or libpq's PG* variables); without it an embedded cluster is run"},
    {"DATABASE_READ_URL", PG_URL, AT(database_read_url), NULL, 0, 0, NULL, "replica for the API's reads"},
    {"GITOMATIC_DATA", TEXT, AT(data_dir), "./var", 0, 0, NULL, "data folder of the embedded cluster"},
    {"GITHUB_API_URL", HTTP_URL, AT(github_api_url), "https://api.github.com", 0, 0, NULL,
     "any server that speaks GitHub's API"},
    {"GITHUB_CA_FILE", TEXT, AT(github_ca_file), NULL, 0, 0, NULL,
     "certificates (PEM) of the authorities that may vouch for it (else SSL_CERT_FILE, else the system's)"},
    {"GITHUB_TOKEN", SECRET, AT(github_token), NULL, 0, 0, NULL, "token to crawl with"},
    {"GITHUB_TOKENS", SECRET_LIST, AT(github_tokens), NULL, 0, 0, NULL,
     "several tokens, separated by commas"},
    {"GITHUB_API_USER", TEXT, AT(github_api_user), NULL, 0, 0, NULL,
     "user for Basic authentication at GitHub"},
    {"GITHUB_API_KEY", SECRET, AT(github_api_key), NULL, 0, 0, NULL, "key that goes with GITHUB_API_USER"},
    {"GITHUB_APP_ID", TEXT, AT(github_app_id), NULL, 0, 0, NULL,
     "id (or client id) of a GitHub App to crawl as, with GITHUB_APP_PRIVATE_KEY_FILE"},
    {"GITHUB_APP_PRIVATE_KEY", SECRET_LINES, AT(github_app_private_key), NULL, 0, 0, NULL,
     "the app's private key (PEM)"},
    {"GITHUB_APP_INSTALLATIONS", TEXT, AT(github_app_installations), NULL, 0, 0, NULL,
     "ids of the installations to use, separated by commas; unset: all that GitHub lists"},
    {"RATE_LIMIT_STOP_THRESHOLD", NUMBER, AT(rate_limit_stop_threshold), "25", 0, 1000000, NULL,
     "quota units left untouched for others"},
    {"API_LISTEN", LISTEN, AT(api_listen), NULL, 0, 0, NULL,
     "address of the API (default 127.0.0.1:$PORT or :8000)"},
    {"API_CONNECTIONS", NUMBER, AT(api_connections), "12", 1, 500, NULL,
     "connections to the database that an API process opens at most"},
    {"MIRROR_LISTEN", LISTEN_OR_SOCKET, AT(mirror_listen), "127.0.0.1:8080", 0, 0, NULL,
     "address of the mirror, or unix:/PATH"},
    {"MIRROR_SOCKET", TEXT, AT(mirror_socket), NULL, 0, 0, NULL,
     "path of a unix socket where the mirror listens, too"},
    {"MIRROR_SOCKET_MODE", TEXT, AT(mirror_socket_mode), "600", 0, 0, NULL,
     "permissions of the mirror's unix socket, in octal"},
    {"MIRROR_TLS_CERT_FILE", TEXT, AT(mirror_tls_cert_file), NULL, 0, 0, NULL,
     "certificate chain (PEM) of the mirror; with it, it speaks HTTPS at HOST:PORT"},
    {"MIRROR_TLS_KEY_FILE", TEXT, AT(mirror_tls_key_file), NULL, 0, 0, NULL,
     "key (PEM) that goes with MIRROR_TLS_CERT_FILE"},
    {"PUBLIC_URL", HTTP_URL, AT(public_url), NULL, 0, 0, NULL,
     "base of hyperlinks (default: from the Host header)"},
    {"ALLOWED_HOSTS", TEXT, AT(allowed_hosts), NULL, 0, 0, NULL,
     "names that API and mirror answer to, separated by commas; unset: any, on a loopback address loopback "
     "names"},
    {"TRUSTED_PROXIES", TEXT, AT(trusted_proxies), NULL, 0, 0, NULL,
     "addresses whose X-Forwarded-* and Forwarded headers count, such as 10.0.0.0/8,192.0.2.1"},
    {"TLS_CERT_FILE", TEXT, AT(tls_cert_file), NULL, 0, 0, NULL,
     "certificate chain (PEM) of the API; with it, it speaks HTTPS"},
    {"TLS_KEY_FILE", TEXT, AT(tls_key_file), NULL, 0, 0, NULL, "key (PEM) that goes with TLS_CERT_FILE"},
    {"PUBLIC_CHARTS", TEXT, AT(public_charts), NULL, 0, 0, NULL,
     "repositories (owner/name, separated by commas, or *) whose charts are served without a login"},
    {"API_AUTH", CHOICE, AT(api_auth), "required", 0, 0, "required|none",
     "none: nobody need log in; only on a loopback address"},
    {"PAGES_AVATARS", CHOICE, AT(pages_avatars), "off", 0, 0, "off|on",
     "on: pages show avatars, which browsers then load from GitHub"},
    {"DISCOVERY_SCHEDULE", TEXT, AT(discovery_schedule), "0 * * * *", 0, 0, NULL,
     "cron expression (UTC) of discovery"},
    {"DISCOVERY_COUNT", NUMBER, AT(discovery_count), "5", 0, 10000, NULL, "developers a discovery run picks"},
    {"DISCOVERY_MODE", CHOICE, AT(discovery_mode), "scheduled", 0, 0, "scheduled|continuous",
     "continuous: between scheduled runs too, whenever work runs low"},
    {"DISCOVERY_QUOTA_SHARE", NUMBER, AT(discovery_quota_share), "20", 0, 100, NULL,
     "percent of each quota window that discovery leaves for tasks people ask for"},
    {"HEARTBEAT_SCHEDULE", TEXT, AT(heartbeat_schedule), "* * * * *", 0, 0, NULL,
     "cron expression (UTC) of the ping"},
    {"CRAWLER_CONCURRENCY", NUMBER, AT(crawler_concurrency), "16", 1, 100, NULL,
     "requests in flight (GitHub allows 100)"},
    {"GITHUB_HYDRATION", CHOICE, AT(hydration), "auto", 0, 0, "auto|graphql|rest",
     "how stubs become full records"},
    {"GITHUB_USERS", TEXT, AT(github_users), NULL, 0, 0, NULL,
     "mirror: colon-separated logins that may use it"},
    {"GITHUB_MIRROR_URL", HTTP_URL, AT(github_mirror_url), NULL, 0, 0, NULL,
     "mirror: base of the addresses in its answers"},
    {"MIRROR_LENT_ORIGINS", TEXT, AT(mirror_lent_origins), NULL, 0, 0, NULL,
     "origins of web pages that may read what MIRROR_CREDENTIALS=pool is lent for, by commas, or *"},
    {"MIRROR_CREDENTIALS", CHOICE, AT(mirror_credentials), "own", 0, 0, "own|pool",
     "pool: clients without a credential read with the configured ones"},
    {"MIRROR_FRESH_SECONDS", NUMBER, AT(mirror_fresh_seconds), "0", 0, 86400 * 365, NULL,
     "how long the mirror serves a page without asking GitHub again"},
    {"MIRROR_GRAPHQL_FRESH_SECONDS", NUMBER, AT(mirror_graphql_fresh_seconds), "0", 0, 86400 * 365, NULL,
     "how long the mirror serves a GraphQL query's answer"},
    {"MIRROR_IMMUTABLE_SECONDS", NUMBER, AT(mirror_immutable_seconds), "3600", 0, 86400 * 365, NULL,
     "the same for git objects and commits by their whole hash, which cannot change"},
    {"MIRROR_NEGATIVE_SECONDS", NUMBER, AT(mirror_negative_seconds), "60", 0, 86400, NULL,
     "how long the mirror remembers that a page is not there (404, 410)"},
    {"MIRROR_CACHE_MB", NUMBER, AT(mirror_cache_mb), "512", 1, 1024 * 1024, NULL,
     "size of the mirror's cache in the database"},
    {"MIRROR_MEMORY_MB", NUMBER, AT(mirror_memory_mb), "64", 0, 1024 * 1024, NULL,
     "size of a mirror's cache in memory"},
    {"GITHUB_STATUS_URL", HTTP_URL, AT(github_status_url), NULL, 0, 0, NULL,
     "mirror: status page (components.json) that tells of outages"},
    {"GITHUB_STATUS_SECONDS", NUMBER, AT(github_status_seconds), "60", 1, 86400, NULL,
     "mirror: how often the status page is asked"},
    {"GITHUB_WEBHOOK_SECRET", SECRET_TEXT, AT(github_webhook_secret), NULL, 0, 0, NULL,
     "mirror: secret of GitHub's webhooks, taken at /_webhook"},
    {"KEEP_JOBS", NUMBER, AT(keep_jobs), "3", 0, 36500, NULL,
     "days that jobs are kept once they are over; 0: for ever"},
    {"KEEP_CREDENTIALS", NUMBER, AT(keep_credentials), "7", 0, 36500, NULL,
     "days that a credential and its quota are shown once no process has it; 0: for ever"},
    {"KEEP_CHANGES", NUMBER, AT(keep_changes), "0", 0, 36500, NULL,
     "days that the feed of changes goes back; 0: for ever"},
    {"KEEP_COUNTS", NUMBER, AT(keep_counts), "0", 0, 36500, NULL,
     "days that the daily counts of developers and repositories go back; 0: for ever"},
    {"LOG_LEVEL", CHOICE, AT(log_level), "info", 0, 0, "error|warn|info|debug", "what is logged"},
    {"LOG_FORMAT", CHOICE, AT(log_format), "text", 0, 0, "text|json", "how it is logged"},
    {"LOG_TARGET", TEXT, AT(log_target), "stderr", 0, 0, NULL,
     "where the log goes: stderr, syslog, journald, or the path of a file"},
};

/* Has a twin NAME_FILE, and is never shown. A database's URL may hold a password. */
static bool is_secret(const struct setting *s)
{
    return s->type == SECRET || s->type == SECRET_LIST || s->type == SECRET_TEXT || s->type == SECRET_LINES ||
           s->type == PG_URL;
}

static bool both_or_neither(const char *a, const char *a_name, const char *b, const char *b_name,
                            struct err *err)
{
    return !a == !b || err_set(err, ERR_CONFIG, "%s is set without %s: expected both or neither",
                               a ? a_name : b_name, a ? b_name : a_name);
}

#define NAME_SIZE 64

/* "GITHUB_TOKEN_FILE" */
static const char *twin_name(const struct setting *s, char out[NAME_SIZE])
{
    snprintf(out, NAME_SIZE, "%s_FILE", s->name);
    return out;
}

/* Two owned strings at most a setting: a later one replaces an earlier. */
static bool store_text(struct config *cfg, const struct setting *s, const char *value)
{
    char **slot = (char **)((char *)cfg + s->offset);
    char *copy = strdup(value);
    if (!copy)
        return false;
    free(*slot);
    *slot = copy;
    if (is_secret(s) && s->type != PG_URL) {
        slice rest = slice_of(s->type == SECRET_LIST ? copy : NULL), one;
        log_hide(copy);
        while (slice_split(&rest, ',', &one)) {
            one = slice_trim(one);
            char *single = strndup(one.ptr, one.len);
            if (!single)
                return false;
            log_hide(single);
            free(single);
        }
    }
    return true;
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

/* Without line ends behind it, which editors and `echo` leave; a list may have its items on lines. NULL: out of memory. */
static char *tidy_secret(const struct setting *s, const char *value)
{
    size_t n = strlen(value);
    while (n && (value[n - 1] == '\n' || value[n - 1] == '\r'))
        n--;
    char *tidy = strndup(value, n);
    if (tidy && s->type == SECRET_LIST)
        for (char *c = tidy; *c; c++)
            if (*c == '\n')
                *c = ',';
    return tidy;
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
            return err_set(
                err, ERR_CONFIG,
                "%s: expected a URL that starts with http:// or https://, without '@', '?' and '#'", s->name);
        break;
    case PG_URL: /* may hold a password: the value is not repeated */
        if (!value_url_ok(slice_of(value), pg) && !strchr(value, '='))
            return err_set(err, ERR_CONFIG,
                           "%s: expected postgresql://USER@HOST/DATABASE or libpq's key=value form", s->name);
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
    case SECRET_LINES: /* read by its user, which says what is wrong with it */
    case TEXT:
        break;
    }
    return store_text(cfg, s, value) || err_set(err, ERR_SYSTEM, "out of memory");
}

static void clear_text(struct config *cfg, const struct setting *s)
{
    char **slot = (char **)((char *)cfg + s->offset);
    free(*slot);
    *slot = NULL;
}

static bool set(struct config *cfg, const struct setting *s, const char *value, struct err *err)
{
    if (!is_secret(s))
        return set_checked(cfg, s, value, err);
    char *tidy = tidy_secret(s, value);
    bool ok = true;
    if (!tidy)
        ok = err_set(err, ERR_SYSTEM, "out of memory");
    else if (*tidy)
        ok = set_checked(cfg, s, tidy, err);
    else
        clear_text(cfg, s);
    free(tidy);
    return ok;
}

static bool set_from_file(struct config *cfg, const struct setting *s, const char *path, struct err *err)
{
    char variable[NAME_SIZE], *value;
    if (!secret_file_read(twin_name(s, variable), path, &value, err))
        return false;
    bool ok = set(cfg, s, value, err) || err_wrap(err, "%s \"%.60s\"", variable, path);
    free(value);
    return ok;
}

/* "--github-token" of "GITHUB_TOKEN" */
static const char *flag_name(const char *variable, char out[NAME_SIZE])
{
    size_t n = 2;
    memcpy(out, "--", 2);
    for (const char *c = variable; *c && n + 1 < NAME_SIZE; c++)
        out[n++] = (char)(*c == '_' ? '-' : *c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
    out[n] = '\0';
    return out;
}

/* The setting of "--flag" or "--flag=value"; *value_out is NULL when the value is the next argument; *file_out: the value is
 * the path of a file that holds it. */
static const struct setting *find_flag(const char *arg, const char **value_out, bool *file_out)
{
    if (strncmp(arg, "--", 2) != 0)
        return NULL;
    const char *equals = strchr(arg, '=');
    slice given = slice_from(arg, equals ? (size_t)(equals - arg) : strlen(arg));
    *value_out = equals ? equals + 1 : NULL;
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        const struct setting *s = &settings[i];
        char flag[NAME_SIZE], twin[NAME_SIZE];
        *file_out = is_secret(s) && slice_eq(given, slice_of(flag_name(twin_name(s, twin), flag)));
        if (*file_out || slice_eq(given, slice_of(flag_name(s->name, flag))))
            return s;
    }
    return NULL;
}

static bool take_flags(struct config *cfg, int *argc, char **argv, struct err *err)
{
    bool given[ARRAY_LEN(settings)] = {false};
    int kept = 1;
    for (int i = 1; i < *argc; i++) {
        const char *value;
        bool is_file;
        const struct setting *s = find_flag(argv[i], &value, &is_file);
        if (!s) {
            argv[kept++] = argv[i];
            continue;
        }
        if (!value && i + 1 == *argc)
            return err_set(err, ERR_CONFIG, "%s: a value was expected behind it", argv[i]);
        if (given[s - settings]) /* the values are not repeated: they may be secrets */
            return err_set(err, ERR_CONFIG, "%s: its flag is given twice%s, expected once", s->name,
                           is_secret(s) ? ", as such or with -file behind it" : "");
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
    cfg->api_listen = strdup(listen);
    return cfg->api_listen || err_set(err, ERR_SYSTEM, "out of memory");
}

/* NULL: not set, or empty, which is the same. */
static const char *variable_value(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static bool default_ca(struct config *cfg, struct err *err)
{
    const char *file = variable_value("SSL_CERT_FILE");
    if (cfg->github_ca_file || !file)
        return true;
    cfg->github_ca_file = strdup(file);
    return cfg->github_ca_file || err_set(err, ERR_SYSTEM, "out of memory");
}

static bool take_variables(struct config *cfg, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        const struct setting *s = &settings[i];
        char twin[NAME_SIZE];
        const char *value = variable_value(s->name);
        const char *path = is_secret(s) ? variable_value(twin_name(s, twin)) : NULL;
        if (value && path)
            return err_set(err, ERR_CONFIG, "%s and %s are both set: expected one of them", s->name, twin);
        if (!value)
            value = s->fallback;
        if (path ? !set_from_file(cfg, s, path, err) : value && !set(cfg, s, value, err))
            return false;
    }
    return true;
}

bool config_load(struct config *cfg, int *argc, char **argv, struct err *err)
{
    memset(cfg, 0, sizeof *cfg);
    if (!take_variables(cfg, err))
        return false;
    if (!take_flags(cfg, argc, argv, err) || !default_listen(cfg, err) || !default_ca(cfg, err))
        return false;
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

void config_finish(struct config *cfg)
{
    for (size_t i = 0; i < ARRAY_LEN(settings); i++)
        if (settings[i].type != NUMBER && settings[i].type != CHOICE)
            free(*(char **)((char *)cfg + settings[i].offset));
    memset(cfg, 0, sizeof *cfg);
}

size_t config_flags(const char **out, size_t room)
{
    static char names[2 * ARRAY_LEN(settings)][NAME_SIZE];
    size_t n = 0;
    char twin[NAME_SIZE];
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        flag_name(settings[i].name, names[n++]);
        if (is_secret(&settings[i]))
            flag_name(twin_name(&settings[i], twin), names[n++]);
    }
    for (size_t i = 0; i < n && i < room; i++)
        out[i] = names[i];
    return n < room ? n : room;
}

bool config_other_form(const char *variable, char *out, size_t size)
{
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        const struct setting *s = &settings[i];
        char twin[NAME_SIZE];
        if (!is_secret(s))
            continue;
        bool is_twin = strcmp(variable, twin_name(s, twin)) == 0;
        if (!is_twin && strcmp(variable, s->name) != 0)
            continue;
        snprintf(out, size, "%s", is_twin ? s->name : twin);
        return true;
    }
    return false;
}

bool config_is_variable(const char *name)
{
    static const char *const others[] = {"PORT", "SSL_CERT_FILE", "NO_COLOR", "TZ"};
    char other[NAME_SIZE];
    for (size_t i = 0; i < ARRAY_LEN(settings); i++)
        if (strcmp(settings[i].name, name) == 0)
            return true;
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (strcmp(others[i], name) == 0)
            return true;
    return config_other_form(name, other, sizeof other) || strncmp(name, "PG", 2) == 0;
}

bool config_text(size_t i, struct config_text *out)
{
    if (i >= ARRAY_LEN(settings))
        return false;
    const struct setting *s = &settings[i];
    *out = (struct config_text){s->name, s->help, s->choices, s->fallback, is_secret(s)};
    return true;
}

bool config_env_names_database(void)
{
    static const char *const names[] = {"PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (variable_value(names[i]))
            return true;
    return false;
}
