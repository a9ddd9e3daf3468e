/* profile: the data on the pages of a developer and a repository in addition to the record. The only caller of profile.sql.
 * Lives in the arena. */
#pragma once
#include "schema/browse/browse.h"

#define PROFILE_EDGES    8
#define MAX_PROFILE_ROWS 16

struct profile_count { /* "Go", 7; of a record: its id, else 0 */
    int64_t github_id;
    slice name;
    int64_t n;
};
struct profile_counts {
    struct profile_count items[MAX_PROFILE_ROWS];
    size_t n;
};
struct profile_edge {
    int64_t github_id;
    slice name; /* login or full name */
    struct maybe at;
};
struct profile_edges {
    struct profile_edge items[PROFILE_EDGES];
    size_t n;
};
struct profile_former {
    slice name;
    int64_t until_ms;
};

struct developer_profile {
    struct profile_counts languages;
    struct profile_former former[10];
    size_t n_former;
    struct profile_edges followers, following, stars;
    /* why and when */
    int64_t first_seen_ms, last_ms, next_ms; /* 0: not known; next INT64_MAX: not until something changes */
    int64_t walks, changes;
    slice reason, met_through; /* ptr NULL: not planned; no known follower */
};
MUST_CHECK bool profile_developer(struct db *db, struct arena *a, int64_t github_id,
                                  struct developer_profile *out, struct err *err);
/* Ids of the developer's repositories with most stars; n at most MAX_PROFILE_ROWS. */
MUST_CHECK bool profile_top_repositories(struct db *db, int64_t github_id, int n, int64_t *ids_out,
                                         size_t *n_out, struct err *err);

struct repository_profile {
    struct profile_former former[10];
    size_t n_former;
    struct profile_edges stargazers;
    struct profile_counts places, companies, also_starred;
};
MUST_CHECK bool profile_repository(struct db *db, struct arena *a, int64_t github_id,
                                   struct repository_profile *out, struct err *err);
