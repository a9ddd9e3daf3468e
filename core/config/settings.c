#include "core/config/settings.h"
#include <string.h>

#define AT(field) offsetof(struct config, field)

const struct setting settings[] = {
    {"DATABASE_URL", PG_URL, AT(database_url), NULL, 0, 0, NULL,
     "PostgreSQL to use (or libpq's PG* variables); without it an embedded cluster is run"},
    {"DATABASE_READ_URL", PG_URL, AT(database_read_url), NULL, 0, 0, NULL, "replica for the API's reads"},
    {"GITOMATIC_DATA", TEXT, AT(data_dir), "./var", 0, 0, NULL, "data folder of the embedded cluster"},
    {"GITHUB_API_URL", HTTP_URL, AT(github_api_url), "https://api.github.com", 0, 0, NULL,
     "any server that speaks GitHub's API"},
    {"GITHUB_CA_FILE", TEXT, AT(github_ca_file), NULL, 0, 0, NULL,
     "trusted CA certificates (PEM) for GITHUB_API_URL (else SSL_CERT_FILE, else the system's)"},
    {"GITHUB_TOKEN", SECRET, AT(github_token), NULL, 0, 0, NULL, "token to crawl with"},
    {"GITHUB_TOKENS", SECRET_LIST, AT(github_tokens), NULL, 0, 0, NULL,
     "several tokens, separated by commas"},
    {"GITHUB_API_USER", TEXT, AT(github_api_user), NULL, 0, 0, NULL,
     "user for Basic authentication at GitHub"},
    {"GITHUB_API_KEY", SECRET, AT(github_api_key), NULL, 0, 0, NULL, "API key of GITHUB_API_USER"},
    {"GITHUB_APP_ID", TEXT, AT(github_app_id), NULL, 0, 0, NULL,
     "id (or client id) of a GitHub App to crawl as, with GITHUB_APP_PRIVATE_KEY_FILE"},
    {"GITHUB_APP_PRIVATE_KEY", SECRET_LINES, AT(github_app_private_key), NULL, 0, 0, NULL,
     "the app's private key (PEM)"},
    {"GITHUB_APP_INSTALLATIONS", TEXT, AT(github_app_installations), NULL, 0, 0, NULL,
     "ids of the installations to use, separated by commas; unset: all that GitHub lists"},
    {"RATE_LIMIT_STOP_THRESHOLD", NUMBER, AT(rate_limit_stop_threshold), "25", 0, 1000000, NULL,
     "quota units reserved for other clients of the token"},
    {"API_LISTEN", LISTEN, AT(api_listen), NULL, 0, 0, NULL,
     "address of the API (default 127.0.0.1:$PORT or :8000)"},
    {"EXPORT_SECONDS", NUMBER, AT(export_seconds), "900", 1, 86400, NULL,
     "how long a list may take as CSV or NDJSON, in seconds; it is cut off then"},
    {"API_CONNECTIONS", NUMBER, AT(api_connections), "12", 1, 500, NULL,
     "connections to the database that an API process opens at most"},
    {"MIRROR_LISTEN", LISTEN_OR_SOCKET, AT(mirror_listen), "127.0.0.1:8080", 0, 0, NULL,
     "address of the mirror, or unix:/PATH"},
    {"MIRROR_SOCKET", TEXT, AT(mirror_socket), NULL, 0, 0, NULL,
     "path of a unix socket on which the mirror also listens"},
    {"MIRROR_SOCKET_MODE", TEXT, AT(mirror_socket_mode), "600", 0, 0, NULL,
     "permissions of the mirror's unix socket, in octal"},
    {"MIRROR_TLS_CERT_FILE", TEXT, AT(mirror_tls_cert_file), NULL, 0, 0, NULL,
     "certificate chain (PEM) of the mirror; enables HTTPS at HOST:PORT"},
    {"MIRROR_TLS_KEY_FILE", TEXT, AT(mirror_tls_key_file), NULL, 0, 0, NULL,
     "key (PEM) of MIRROR_TLS_CERT_FILE"},
    {"PUBLIC_URL", HTTP_URL, AT(public_url), NULL, 0, 0, NULL,
     "base of hyperlinks (default: from the Host header)"},
    {"ALLOWED_HOSTS", TEXT, AT(allowed_hosts), NULL, 0, 0, NULL,
     "names that API and mirror answer to, separated by commas; unset: any, on a loopback address loopback "
     "names"},
    {"TRUSTED_PROXIES", TEXT, AT(trusted_proxies), NULL, 0, 0, NULL,
     "addresses whose X-Forwarded-* and Forwarded headers count, such as 10.0.0.0/8,192.0.2.1"},
    {"TLS_CERT_FILE", TEXT, AT(tls_cert_file), NULL, 0, 0, NULL,
     "certificate chain (PEM) of the API; enables HTTPS"},
    {"TLS_KEY_FILE", TEXT, AT(tls_key_file), NULL, 0, 0, NULL, "key (PEM) of TLS_CERT_FILE"},
    {"PUBLIC_CHARTS", TEXT, AT(public_charts), NULL, 0, 0, NULL,
     "repositories whose charts are served without a login: owner/name, separated by commas, or * for all "
     "that are public at GitHub"},
    {"API_AUTH", CHOICE, AT(api_auth), "required", 0, 0, "required|none",
     "none: no authentication; only on a loopback address"},
    {"PAGES_AVATARS", CHOICE, AT(pages_avatars), "off", 0, 0, "off|on",
     "on: pages show avatars, which browsers then load from GitHub"},
    {"DISCOVERY_SCHEDULE", TEXT, AT(discovery_schedule), "0 * * * *", 0, 0, NULL,
     "cron expression (UTC) of discovery"},
    {"DISCOVERY_COUNT", NUMBER, AT(discovery_count), "5", 0, 10000, NULL, "developers a discovery run picks"},
    {"DISCOVERY_MODE", CHOICE, AT(discovery_mode), "scheduled", 0, 0, "scheduled|continuous",
     "continuous: between scheduled runs too, whenever work runs low"},
    {"DISCOVERY_QUOTA_SHARE", NUMBER, AT(discovery_quota_share), "20", 0, 100, NULL,
     "percent of each quota window reserved for tasks that people request"},
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
     "origins of web pages that may use the lent credentials, separated by commas, or *"},
    {"MIRROR_CREDENTIALS", CHOICE, AT(mirror_credentials), "own", 0, 0, "own|pool",
     "pool: clients without a credential read with the configured ones"},
    {"MIRROR_FRESH_SECONDS", NUMBER, AT(mirror_fresh_seconds), "0", 0, 86400 * 365, NULL,
     "how long the mirror serves a page without asking GitHub again"},
    {"MIRROR_GRAPHQL_FRESH_SECONDS", NUMBER, AT(mirror_graphql_fresh_seconds), "0", 0, 86400 * 365, NULL,
     "how long the mirror serves a GraphQL query's answer"},
    {"MIRROR_IMMUTABLE_SECONDS", NUMBER, AT(mirror_immutable_seconds), "3600", 0, 86400 * 365, NULL,
     "the same for git objects and commits by their whole hash, which cannot change"},
    {"MIRROR_NEGATIVE_SECONDS", NUMBER, AT(mirror_negative_seconds), "60", 0, 86400, NULL,
     "how long the mirror remembers that a page does not exist (404, 410)"},
    {"MIRROR_CACHE_MB", NUMBER, AT(mirror_cache_mb), "512", 1, 1024 * 1024, NULL,
     "size of the mirror's cache in the database"},
    {"MIRROR_MEMORY_MB", NUMBER, AT(mirror_memory_mb), "64", 0, 1024 * 1024, NULL,
     "size of a mirror's cache in memory"},
    {"GITHUB_STATUS_URL", HTTP_URL, AT(github_status_url), NULL, 0, 0, NULL,
     "mirror: status page (components.json) that reports outages"},
    {"GITHUB_STATUS_SECONDS", NUMBER, AT(github_status_seconds), "60", 1, 86400, NULL,
     "mirror: interval between reads of the status page"},
    {"GITHUB_WEBHOOK_SECRET", SECRET_TEXT, AT(github_webhook_secret), NULL, 0, 0, NULL,
     "mirror: secret of GitHub's webhooks, received at /_webhook"},
    {"WEBHOOK_PRIVATE_ADDRESSES", CHOICE, AT(webhook_private_addresses), "refused", 0, 0, "refused|allowed",
     "whether webhooks may be sent to loopback and private networks"},
    {"WEBHOOK_RETRY_SECONDS", NUMBER, AT(webhook_retry_seconds), "86400", 0, 30 * 86400, NULL,
     "how long a failing delivery of a webhook is repeated"},
    {"KEEP_JOBS", NUMBER, AT(keep_jobs), "3", 0, 36500, NULL, "days that finished jobs are kept; 0: forever"},
    {"KEEP_CREDENTIALS", NUMBER, AT(keep_credentials), "7", 0, 36500, NULL,
     "days that a credential unused by any process is still shown; 0: forever"},
    {"KEEP_CHANGES", NUMBER, AT(keep_changes), "0", 0, 36500, NULL,
     "days that the feed of changes goes back; 0: forever"},
    {"KEEP_COUNTS", NUMBER, AT(keep_counts), "0", 0, 36500, NULL,
     "days that the daily counts of developers and repositories go back; 0: forever"},
    {"KEEP_ENDED", NUMBER, AT(keep_ended), "0", 0, 36500, NULL,
     "days that ended follows and stars are kept; 0: forever"},
    {"KEEP_NAMES", NUMBER, AT(keep_names), "0", 0, 36500, NULL,
     "days that former logins and repository names are kept; 0: forever"},
    {"KEEP_QUOTA", NUMBER, AT(keep_quota), "30", 0, 36500, NULL,
     "days that the history of the quota is kept; 0: forever"},
    {"KEEP_DEAD_LETTERS", NUMBER, AT(keep_dead_letters), "0", 0, 36500, NULL,
     "days that dead letters of webhooks are kept; 0: forever"},
    {"KEEP_IMPORTS", NUMBER, AT(keep_imports), "0", 0, 36500, NULL,
     "days that positions of interrupted imports and hours of GH Archive are kept; 0: forever"},
    {"KEEP_SAMPLES", NUMBER, AT(keep_samples), "0", 0, 36500, NULL,
     "days that finished samples and their members are kept; 0: forever"},
    {"LOG_LEVEL", CHOICE, AT(log_level), "info", 0, 0, "error|warn|info|debug", "log level"},
    {"LOG_FORMAT", CHOICE, AT(log_format), "text", 0, 0, "text|json", "log format"},
    {"LOG_TARGET", TEXT, AT(log_target), "stderr", 0, 0, NULL,
     "where the log goes: stderr, syslog, journald, or the path of a file"},
};

const size_t settings_count = ARRAY_LEN(settings);
_Static_assert(ARRAY_LEN(settings) <= SETTINGS_MAX, "SETTINGS_MAX is the size of arrays");

bool setting_is_secret(const struct setting *s)
{
    return s->type == SECRET || s->type == SECRET_LIST || s->type == SECRET_TEXT || s->type == SECRET_LINES ||
           s->type == PG_URL;
}

bool setting_needs_restart(const struct setting *s)
{
    static const char *const names[] = {
        "DATABASE_URL",       "DATABASE_READ_URL", "GITOMATIC_DATA",   "GITHUB_API_URL",
        "GITHUB_CA_FILE",     "EXPORT_SECONDS",    "API_CONNECTIONS",  "API_LISTEN",
        "API_AUTH",           "MIRROR_LISTEN",     "MIRROR_SOCKET",    "MIRROR_SOCKET_MODE",
        "MIRROR_CREDENTIALS", "MIRROR_CACHE_MB",   "MIRROR_MEMORY_MB", "GITHUB_STATUS_URL",
        "LOG_FORMAT",         "LOG_TARGET",
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(names[i], s->name) == 0)
            return true;
    return false;
}

const char *setting_twin(const struct setting *s, char out[SETTING_NAME_SIZE])
{
    snprintf(out, SETTING_NAME_SIZE, "%s_FILE", s->name);
    return out;
}

/* "--github-token" of "GITHUB_TOKEN" */
static const char *flag_name(const char *variable, char out[SETTING_NAME_SIZE])
{
    size_t n = 2;
    memcpy(out, "--", 2);
    for (const char *c = variable; *c && n + 1 < SETTING_NAME_SIZE; c++)
        out[n++] = (char)(*c == '_' ? '-' : *c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
    out[n] = '\0';
    return out;
}

const struct setting *setting_of_flag(const char *arg, const char **value_out, bool *file_out)
{
    if (strncmp(arg, "--", 2) != 0)
        return NULL;
    const char *equals = strchr(arg, '=');
    slice given = slice_from(arg, equals ? (size_t)(equals - arg) : strlen(arg));
    *value_out = equals ? equals + 1 : NULL;
    for (size_t i = 0; i < settings_count; i++) {
        const struct setting *s = &settings[i];
        char flag[SETTING_NAME_SIZE], twin[SETTING_NAME_SIZE];
        *file_out = setting_is_secret(s) && slice_eq(given, slice_of(flag_name(setting_twin(s, twin), flag)));
        if (*file_out || slice_eq(given, slice_of(flag_name(s->name, flag))))
            return s;
    }
    return NULL;
}

size_t config_flags(const char **out, size_t room)
{
    static char names[2 * SETTINGS_MAX][SETTING_NAME_SIZE];
    size_t n = 0;
    char twin[SETTING_NAME_SIZE];
    for (size_t i = 0; i < settings_count; i++) {
        flag_name(settings[i].name, names[n++]);
        if (setting_is_secret(&settings[i]))
            flag_name(setting_twin(&settings[i], twin), names[n++]);
    }
    for (size_t i = 0; i < n && i < room; i++)
        out[i] = names[i];
    return n < room ? n : room;
}

bool config_other_form(const char *variable, char *out, size_t size)
{
    for (size_t i = 0; i < settings_count; i++) {
        const struct setting *s = &settings[i];
        char twin[SETTING_NAME_SIZE];
        if (!setting_is_secret(s))
            continue;
        bool is_twin = strcmp(variable, setting_twin(s, twin)) == 0;
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
    char other[SETTING_NAME_SIZE];
    for (size_t i = 0; i < settings_count; i++)
        if (strcmp(settings[i].name, name) == 0)
            return true;
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (strcmp(others[i], name) == 0)
            return true;
    return config_other_form(name, other, sizeof other) || strncmp(name, "PG", 2) == 0;
}

bool config_text(size_t i, struct config_text *out)
{
    if (i >= settings_count)
        return false;
    const struct setting *s = &settings[i];
    *out = (struct config_text){s->name, s->help, s->choices, s->fallback, setting_is_secret(s)};
    return true;
}
