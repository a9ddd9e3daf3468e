/* browse: the API's reads of developers, repositories and quota. The only caller of browse.sql.
 * Rows stay in the db_rows of the call; the results of *_from_row borrow from it (and from the arena, for lists of ids), so
 * rows must live until the record is rendered. */
#pragma once
#include "schema/db/db_gate.h"

enum browse_list { BROWSE_DEVELOPERS, BROWSE_REPOSITORIES, BROWSE_RATE_LIMITS };
enum browse_type { BROWSE_TEXT, BROWSE_NUMBER, BROWSE_TIME, BROWSE_BOOL, BROWSE_TEXTS };

/* Columns that lists can be filtered and ordered by: C name, column, type. */
#define BROWSE_COLUMNS(X)                                                                                    \
    X(LOGIN, "login", TEXT)                                                                                  \
    X(TYPE, "type", TEXT)                                                                                    \
    X(NAME, "name", TEXT)                                                                                    \
    X(LOCATION, "location", TEXT)                                                                            \
    X(COMPANY, "company", TEXT)                                                                              \
    X(EMAIL, "email", TEXT)                                                                                  \
    X(BIO, "bio", TEXT)                                                                                      \
    X(FOLLOWERS_COUNT, "followers_count", NUMBER)                                                            \
    X(FOLLOWING_COUNT, "following_count", NUMBER)                                                            \
    X(PUBLIC_GISTS, "public_gists", NUMBER)                                                                  \
    X(PUBLIC_REPOS, "public_repos", NUMBER)                                                                  \
    X(CREATED_AT, "created_at", TIME)                                                                        \
    X(UPDATED_AT, "updated_at", TIME)                                                                        \
    X(GITHUB_ID, "github_id", NUMBER)                                                                        \
    X(OWNER_GITHUB_ID, "owner_github_id", NUMBER)                                                            \
    X(FULL_NAME, "full_name", TEXT)                                                                          \
    X(DESCRIPTION, "description", TEXT)                                                                      \
    X(HOMEPAGE, "homepage", TEXT)                                                                            \
    X(LANGUAGE, "language", TEXT)                                                                            \
    X(LICENSE, "license", TEXT)                                                                              \
    X(TOPICS, "topics", TEXTS)                                                                               \
    X(HAS_DOWNLOADS, "has_downloads", BOOL)                                                                  \
    X(HAS_ISSUES, "has_issues", BOOL)                                                                        \
    X(HAS_PAGES, "has_pages", BOOL)                                                                          \
    X(HAS_PROJECTS, "has_projects", BOOL)                                                                    \
    X(HAS_WIKI, "has_wiki", BOOL)                                                                            \
    X(PRIVATE, "private", BOOL)                                                                              \
    X(ARCHIVED, "archived", BOOL)                                                                            \
    X(DISABLED, "disabled", BOOL)                                                                            \
    X(FORK, "fork", BOOL)                                                                                    \
    X(STARGAZERS_COUNT, "stargazers_count", NUMBER)                                                          \
    X(SUBSCRIBERS_COUNT, "subscribers_count", NUMBER)                                                        \
    X(WATCHERS_COUNT, "watchers_count", NUMBER)                                                              \
    X(OPEN_ISSUES_COUNT, "open_issues_count", NUMBER)                                                        \
    X(RATE_LIMIT, "rate_limit", NUMBER)                                                                      \
    X(RATE_REMAINING, "rate_remaining", NUMBER)                                                              \
    X(RATE_RESET_RAW, "rate_reset_raw", NUMBER)                                                              \
    X(RATE_RESET, "rate_reset", TIME)

enum browse_column {
#define X(id, name, type) BROWSE_##id,
    BROWSE_COLUMNS(X)
#undef X
        BROWSE_N_COLUMNS
};

const char *browse_column_name(enum browse_column column);
enum browse_type browse_column_type(enum browse_column column);

enum browse_op {
    BROWSE_EXACT, /* TEXTS: is one of them */
    BROWSE_LT,
    BROWSE_LTE,
    BROWSE_GT,
    BROWSE_GTE,
    BROWSE_ISNULL,     /* value: a boolean */
    BROWSE_CONTAINS,   /* text only; case-sensitive, no wildcards */
    BROWSE_ICONTAINS,  /* text only; in lower case */
    BROWSE_STARTSWITH, /* text only; case-sensitive */
    BROWSE_IN,         /* value: texts or numbers */
    BROWSE_IEXACT,     /* text only; in lower case */
    BROWSE_ISEMPTY,    /* in tables only: queried as equal to, or greater than, the empty text */
    BROWSE_SAMPLE,     /* github_id only: found in the sample of this name */
    BROWSE_NOTHING,    /* no record can match; value unused */
};

/* Text is compared by code point, whatever the database's locale, as stored, composed or not: see composed.h. */
struct browse_filter {
    enum browse_column column;
    enum browse_op op;
    struct db_arg value; /* of the column's type */
};
#define BROWSE_MAX_FILTERS 60

/* Relations to read with a record, or-ed. */
enum browse_relations {
    BROWSE_FOLLOWERS = 1,
    BROWSE_FOLLOWING = 2,
    BROWSE_STARRED = 4,
    BROWSE_OWNED = 8,
    BROWSE_STARGAZERS = 16,
};

/* The records with these ids, one row each in the order of the ids, listed or not; an unknown id has no row. */
MUST_CHECK bool browse_developers(struct db *db, const int64_t *ids, size_t n, unsigned relations,
                                  struct db_rows *rows_out, struct err *err);
MUST_CHECK bool browse_repositories(struct db *db, const int64_t *ids, size_t n, unsigned relations,
                                    struct db_rows *rows_out, struct err *err);
/* The same for one id and a thread that has no connection (db_gate_read()). */
MUST_CHECK bool browse_developer(struct db_gate *gate, int64_t id, unsigned relations,
                                 struct db_rows *rows_out, struct err *err);
MUST_CHECK bool browse_repository(struct db_gate *gate, int64_t id, unsigned relations,
                                  struct db_rows *rows_out, struct err *err);
/* The record that has this name now, ignoring case; else the one that had it last (`former`). */
struct browse_named {
    bool found, former;
    int64_t github_id;
};
MUST_CHECK bool browse_by_login(struct db *db, slice login, struct browse_named *out, struct err *err);
MUST_CHECK bool browse_by_full_name(struct db *db, slice full_name, struct browse_named *out,
                                    struct err *err);
/* The same for a thread that has no connection: together with the reads of others, if it has to wait for one (db_gate_read()). */
MUST_CHECK bool browse_by_login_joined(struct db_gate *gate, slice login, struct browse_named *out,
                                       struct err *err);
MUST_CHECK bool browse_by_full_name_joined(struct db_gate *gate, slice full_name, struct browse_named *out,
                                           struct err *err);

MUST_CHECK bool browse_rate_limits_count(struct db *db, const struct browse_filter *filters, size_t n_filters,
                                         int64_t *count_out, struct err *err);
MUST_CHECK bool browse_rate_limits(struct db *db, const struct browse_filter *filters, size_t n_filters,
                                   int64_t n, int64_t skip, struct db_rows *rows_out, struct err *err);

/* ---- records ---- */
struct maybe {
    bool known;
    int64_t value; /* also 0/1 and Unix ms */
};
/* A column as a number, a time in Unix ms, or 0/1; not known if it is null. */
struct maybe maybe_number(const struct db_rows *rows, int row, int col);
struct maybe maybe_time(const struct db_rows *rows, int row, int col);
struct maybe maybe_bool(const struct db_rows *rows, int row, int col);
struct ids {
    const int64_t *items;
    size_t n;
};

struct texts {
    bool known;
    const slice *items;
    size_t n;
};

struct developer_record {
    struct maybe github_id;
    slice login, name, location, bio, company, email; /* ptr NULL: null */
    struct maybe created_at, updated_at, followers_count, following_count, public_gists, public_repos;
    struct ids followers, following, starred_repositories, repositories;
    slice type, blog, twitter_username;
    struct maybe hireable, synced_at, gone_at;
};
void developer_from_row(const struct db_rows *rows, int row, struct arena *a, struct developer_record *out);

struct repository_record {
    struct maybe github_id, owner_github_id;
    slice name, full_name, description, homepage, language;
    struct maybe created_at, updated_at, has_downloads, has_issues, has_pages, has_projects, has_wiki,
        private, archived, disabled, stargazers_count, subscribers_count, watchers_count, open_issues_count;
    struct ids stargazers;
    struct texts topics;
    slice license, default_branch;
    struct maybe fork, forks_count, pushed_at, size_kb, parent_github_id, synced_at, gone_at;
};
void repository_from_row(const struct db_rows *rows, int row, struct arena *a, struct repository_record *out);

/* Bytes of the lists of relations in these rows. */
size_t browse_relation_bytes(const struct db_rows *rows, bool repositories);

/* A record at the end of an edge, and the fields of the edge. */
struct developer_edge {
    struct developer_record developer; /* first: its fields are read through a pointer to the edge */
    struct maybe starred_at, first_seen_at, gone_after, gone_before;
};
struct repository_edge {
    struct repository_record repository; /* first, likewise */
    struct maybe starred_at, first_seen_at, gone_after, gone_before;
};

struct rate_limit_record {
    struct maybe number; /* its rank in the list, from 1 */
    struct maybe rate_limit, rate_remaining, rate_reset_raw, rate_reset;
    slice credential, resource;
};
void rate_limit_from_row(const struct db_rows *rows, int row, struct rate_limit_record *out);
