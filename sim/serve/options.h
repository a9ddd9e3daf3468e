/* options: the options of the command line, and the part that /_sim/config may change while running.
 *
 * struct settings is read under the world's lock and changed only under its write lock. */
#ifndef GITOMATIC_SIM_OPTIONS_H
#define GITOMATIC_SIM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum fault_kind {
    FAULT_500,
    FAULT_502,
    FAULT_503,
    FAULT_HTML200,
    FAULT_CUT,
    FAULT_TRUNCATED,
    FAULT_WRONGTYPE,
    FAULT_RESET,
    FAULT_HANG,
    FAULT_DRIP,
    FAULT_429,
    FAULT_403,
    FAULT_HTML403,
    FAULT_GQL_SECONDARY,
    FAULT_GQL_PRIMARY,
    FAULT_NO_OWNER,
    FAULT_SHORT,
    FAULT_EMPTY,
    FAULT_GONE404, /* these two are not drawn: the id decides */
    FAULT_GONE451,
    N_FAULTS,
    FAULT_NONE = N_FAULTS
};

/* The state of "API Requests" on the status page; the last four are broken pages. */
enum status_mode {
    STATUS_OPERATIONAL,
    STATUS_DEGRADED,
    STATUS_PARTIAL,
    STATUS_MAJOR,
    STATUS_MAINTENANCE,
    STATUS_CUT,
    STATUS_HTML,
    STATUS_MISSING,
    STATUS_500
};

enum star_history_mode { STAR_HISTORY_OPEN, STAR_HISTORY_403, STAR_HISTORY_404 };
enum stargazers_mode { STARGAZERS_OPEN, STARGAZERS_EMPTY, STARGAZERS_403, STARGAZERS_404, STARGAZERS_401 };

struct settings {
    int64_t limit, anonymous_limit, graphql_limit, search_limit, window_s;
    int64_t limit_status; /* 403 or 429 */
    bool no_limits;
    int64_t stargazers;   /* enum stargazers_mode */
    int64_t star_history; /* enum star_history_mode */
    int64_t latency_ms;
    double fault_rate;
    uint32_t fault_kinds; /* bit set of enum fault_kind */
    int64_t hang_ms, drip_ms;
    int64_t secondary_concurrency, secondary_points; /* 0: off */
    int64_t retry_after_s;
    int64_t app_token_s; /* how long an installation's token is valid */
    bool graphql;
    int64_t status;     /* enum status_mode */
    bool link_on_304;   /* a 304 of a list carries Link */
    bool stream_assets; /* release assets come from here rather than by a redirect */
    int64_t graphql_max_nodes, graphql_timeout_above; /* 0: off */
};

struct token {
    const char *text, *login, *scopes; /* login may be NULL */
};

#define MAX_TOKENS 64

struct options {
    char host[256];
    uint16_t port;
    const char *data_dir; /* NULL: generated */
    int64_t users, seed, fault_seed, threads, cache_mb;
    bool dense_ids;         /* of the generated world */
    int64_t moves_s;        /* how often the world changes; 0: never */
    const char *moves_file; /* stores the moves (sim/world/moves.h); NULL: none */
    const char *base_path;  /* "" or "/api/v3" */
    const char *public_url; /* what url fields start with; NULL: see docs */
    const char *trace_file;
    const char *app_id, *app_key_file, *app_installations; /* app_id NULL: there is no app */
    bool control;
    const char *download_listen; /* HOST:PORT of the download host; NULL: none */
    struct token tokens[MAX_TOKENS];
    uint32_t n_tokens;
    struct settings settings;
};

enum options_result { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_WRONG };

const char *fault_name(enum fault_kind kind); /* as in --fault-kinds; NULL for FAULT_NONE */

/* Strings borrow from argv, which is changed in place. Errors are printed on stderr. */
enum options_result options_parse(struct options *o, int argc, char **argv);

/* "host:port" or "[v6]:port" into its parts. */
bool parse_host_port(const char *text, char *host, size_t host_size, uint16_t *port_out);

/* Sets one of the settings by option name without dashes (latency, faults, …). False, with what was
 * expected in *expected_out, when the value does not fit; *expected_out is NULL for an unknown name. */
bool settings_set(struct settings *s, const char *name, const char *value, const char **expected_out);

#endif
