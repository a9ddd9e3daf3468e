/* config: every setting, from one table: environment, flag of the same name, default, bounds, help.
 * Loaded once before threads start, read-only afterwards. Strings live as long as the struct. */
#pragma once
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/log/log.h"
#include <stdio.h>

enum discovery_mode { DISCOVERY_SCHEDULED, DISCOVERY_CONTINUOUS };
enum api_auth { API_AUTH_REQUIRED, API_AUTH_NONE };
enum mirror_credentials { MIRROR_OWN, MIRROR_POOL };
enum hydration { HYDRATION_AUTO, HYDRATION_GRAPHQL, HYDRATION_REST };

struct config {
    const char *database_url;      /* NULL: the embedded cluster */
    const char *database_read_url; /* NULL: database_url */
    const char *data_dir;
    const char *github_api_url;
    const char *github_ca_file; /* NULL: the system's authorities */
    const char *github_token;   /* NULL or one token */
    const char *github_tokens;  /* NULL or a comma list */
    const char *github_api_user, *github_api_key;
    const char *github_app_id, *github_app_private_key; /* both or neither; the key is PEM */
    const char *github_app_installations; /* NULL: all that GitHub lists; or a comma list of ids */
    int64_t rate_limit_stop_threshold;
    int64_t api_connections, export_seconds;
    const char *api_listen, *mirror_listen;                 /* HOST:PORT; the mirror's may be unix:/PATH */
    const char *mirror_socket, *mirror_socket_mode;         /* NULL: none; octal */
    const char *mirror_tls_cert_file, *mirror_tls_key_file; /* both or neither */
    const char *public_url;                                 /* NULL: from the Host header */
    int64_t api_auth;                                       /* enum api_auth */
    int64_t pages_avatars;                                  /* 0: drawn here; 1: loaded from GitHub */
    const char *allowed_hosts;                              /* NULL or a comma list */
    const char *trusted_proxies;                            /* NULL or a comma list */
    const char *tls_cert_file, *tls_key_file;               /* both or neither */
    const char *public_charts;                              /* NULL, or a comma list of owner/name, or * */
    const char *discovery_schedule, *heartbeat_schedule;
    int64_t discovery_count;
    int64_t discovery_mode;        /* enum discovery_mode */
    int64_t discovery_quota_share; /* percent */
    int64_t crawler_concurrency;
    int64_t hydration; /* enum hydration */
    const char *github_users;
    const char *github_mirror_url;   /* NULL: from the connection */
    const char *mirror_lent_origins; /* NULL, "*" or a comma list */
    int64_t mirror_credentials;      /* enum mirror_credentials */
    int64_t mirror_cache_mb, mirror_memory_mb, mirror_fresh_seconds, mirror_graphql_fresh_seconds;
    int64_t mirror_immutable_seconds, mirror_negative_seconds;
    const char *github_status_url; /* NULL: githubstatus.com's for api.github.com */
    int64_t github_status_seconds;
    const char *github_webhook_secret;
    int64_t webhook_private_addresses; /* 1: allowed */
    int64_t webhook_retry_seconds;
    /* Days; 0: for ever. */
    int64_t keep_jobs, keep_credentials, keep_changes, keep_counts, keep_ended, keep_names, keep_quota,
        keep_dead_letters, keep_imports, keep_samples;
    int64_t log_level, log_format;
    const char *log_target; /* stderr, syslog, journald, or a path */
};

/* Reads the environment, then `argv` flags (`--discovery-count 7`, `--discovery-count=7`): those it knows are taken out
 * of argv and *argc lowered, the rest (a subcommand's own) stay in order. Everything is checked: ERR_CONFIG names the
 * setting, the value (not of secrets) and what was expected; a flag may be given once. Secrets are registered with
 * log_hide. A secret may also come from the file that NAME_FILE (`--name-file`) names; see secret_file.h. */
MUST_CHECK bool config_load(struct config *cfg, int *argc, char **argv, struct err *err);
void config_finish(struct config *cfg);
/* Replaces a text of a loaded cfg, such as &cfg->github_token, by a copy; NULL: not set. Before others read it. */
void config_replace(const char **text, const char *value);

/* The same for a process that runs, any thread: the flags it was started with (argv stays as it is), its environment, and the
 * settings' file (conf_file.h) as it is now. */
MUST_CHECK bool config_load_again(struct config *cfg, int argc, char *const *argv, struct err *err);
/* What a process that runs with `running` adopts from `fresh`: *out is a copy of it, except for settings that take effect only
 * at the start. restart_out gets the names of those that differ, separated by commas. */
void config_renew(const struct config *running, const struct config *fresh, struct config *out,
                  struct buf *restart_out);
bool config_same(const struct config *a, const struct config *b);

/* Flags of the settings ("--github-token", "--github-token-file", …), at most `room` of them; how many. Main thread only. */
size_t config_flags(const char **out, size_t room);
/* A secret may be given in two variables, NAME or NAME_FILE: the other one of the two. False: there is none. */
bool config_other_form(const char *variable, char *out, size_t size);

/* Whether a variable is a setting, a secret's NAME_FILE, or another variable that counts (PORT, libpq's PG*, SSL_CERT_FILE, a proxy's). */
bool config_is_variable(const char *name);

/* One setting, for documentation; strings are static. */
struct config_text {
    const char *name, *help;
    const char *choices, *fallback; /* NULL: none */
    bool is_secret;                 /* has a twin NAME_FILE */
};
/* The i-th setting; false after the last. */
bool config_text(size_t i, struct config_text *out);

/* The settings as `--help` and the documentation show them. */
void config_help(FILE *out);

/* "host:port", "[v6]:port"; false unless the port is 0..65535. host_out is NUL-terminated without brackets. */
bool config_split_listen(const char *listen, char *host_out, size_t host_size, int *port_out);
/* The path of "unix:/PATH", or NULL. */
const char *config_socket_path(const char *listen);
/* Octal, at most 777. */
bool config_socket_mode(const char *text, unsigned *out);
/* Whether libpq's own PG* variables name a server, when DATABASE_URL does not. */
bool config_env_names_database(void);
