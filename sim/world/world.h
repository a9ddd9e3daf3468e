/* world: the accounts, repositories and edges of the simulated GitHub.
 *
 * Users and repositories are compact structs in two arrays whose index order is id order; edges are
 * lists of indices on both ends. Nothing is ever removed from the arrays: deleted records are marked
 * gone and removed from the lists and the name maps.
 *
 * Threads: readers hold world.lock for reading, writers for writing. Strings
 * belong to the world's arena and live as long as it does. Times are Unix seconds, 0 means null. */
#ifndef GITOMATIC_SIM_WORLD_H
#define GITOMATIC_SIM_WORLD_H

#include "sim/world/buf.h"
#include "sim/world/names.h"

#include <pthread.h>

enum account_type { TYPE_USER, TYPE_ORG, TYPE_BOT };
enum block_kind { BLOCK_NONE, BLOCK_DMCA, BLOCK_TOS };

struct index_list {
    uint32_t *items;
    uint32_t n, cap;
};

/* One end of a star: the record at the other end, and the time. 32 bits of seconds last until 2106. */
struct star {
    uint32_t peer, at;
};

struct star_list {
    struct star *items; /* oldest first */
    uint32_t n, cap;
};

struct user {
    int64_t id, created_at, updated_at;
    const char *login, *name, *company, *location, *email, *bio, *twitter; /* NULL is null */
    const char *blog;       /* "" rather than null, as GitHub has it */
    const char *avatar_url; /* NULL: made from the id */
    struct index_list followers, following, repos;
    struct star_list starred;
    int32_t n_followers, n_following, n_repos, n_gists; /* as published: may differ from the lists */
    enum account_type type;
    bool site_admin, legacy_node, gone;
    signed char hireable; /* -1 null, else 0 or 1 */
};

struct license {
    const char *key, *name, *spdx_id, *url, *node_id;
};

struct repo {
    int64_t id, created_at, updated_at, pushed_at;
    const char *name, *description, *homepage, *language, *mirror_url, *default_branch;
    const char *topics; /* comma-separated, "" for none */
    const char *parent_raw,
        *source_raw;               /* recorded objects, shown while their repository is not known here */
    const struct license *license; /* NULL is null */
    struct star_list stargazers;
    struct index_list forks;
    uint32_t owner, parent, source; /* NONE for parent and source of a repository that is no fork */
    int32_t size_kib, n_stars, n_forks, n_open_issues, n_subscribers, n_network;
    enum block_kind block;
    int64_t blocked_at;
    bool is_fork, archived, disabled, is_template, legacy_node, gone;
    bool is_private; /* only its owner sees it */
    bool has_issues, has_projects, has_downloads, has_wiki, has_pages, has_discussions;
};

struct arena_chunk;

struct world {
    pthread_rwlock_t lock;
    struct user *users;
    struct repo *repos;
    uint32_t n_users, cap_users, n_repos, cap_repos;
    struct names logins, full_names;
    struct names old_full_names; /* renamed or transferred: leads to the repository's index */
    struct license *licenses[64];
    uint32_t n_licenses;
    uint64_t generation; /* moves with every change: rendered bodies of older ones are stale */
    struct arena_chunk *strings;
    uint64_t n_follows, n_stars;
    struct moves *moves; /* stores what clients write (moves.h); NULL: not stored */
};

void world_init(struct world *w);
void world_finish(struct world *w);

/* Copies into the arena; NULL stays NULL. */
const char *world_dup(struct world *w, const char *s);

/* Adds with a zeroed struct; ids must rise. The returned pointer is valid until the next add. */
struct user *world_add_user(struct world *w, int64_t id, const char *login);
struct repo *world_add_repo(struct world *w, int64_t id, uint32_t owner, const char *name);
void world_name_repo(struct world *w, uint32_t repo); /* enters owner/name into the map */
const struct license *world_license(struct world *w, struct license l);

/* Edges on both ends, without touching the published counters. They return false when nothing changed. */
bool world_follow(struct world *w, uint32_t from, uint32_t to);
bool world_unfollow(struct world *w, uint32_t from, uint32_t to);
bool world_star(struct world *w, uint32_t user, uint32_t repo, int64_t at);
/* For bulk loading: the lists are in order only after world_sort_stars. */
bool world_star_unsorted(struct world *w, uint32_t user, uint32_t repo, int64_t at);
void world_sort_stars(struct world *w);
bool world_unstar(struct world *w, uint32_t user, uint32_t repo);
bool world_has_star(const struct world *w, uint32_t user, uint32_t repo);
void world_link_fork(struct world *w, uint32_t fork, uint32_t parent);

/* Lookups return NONE for unknown and gone records; the *_any forms also find gone ones. */
uint32_t world_user_by_login(const struct world *w, const char *login);
uint32_t world_user_by_id(const struct world *w, int64_t id);
uint32_t world_repo_by_name(const struct world *w, const char *owner, const char *name);
uint32_t world_repo_by_id(const struct world *w, int64_t id);
uint32_t world_repo_by_id_any(const struct world *w, int64_t id);
uint32_t world_user_after(const struct world *w, int64_t id); /* first index whose id is greater */
uint32_t world_repo_after(const struct world *w, int64_t id);

void index_add(struct index_list *l, uint32_t v);
bool index_remove(struct index_list *l, uint32_t v);
bool index_has(const struct index_list *l, uint32_t v);

#endif
