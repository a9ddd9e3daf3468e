/* world.c: storage, lookups and edges. mutate.c changes the counters. */
#include "sim/world/world.h"

#include <stdio.h>
#include <stdlib.h>

struct arena_chunk {
    struct arena_chunk *next;
    size_t used, cap;
    char data[];
};

void world_init(struct world *w)
{
    *w = (struct world){0};
    pthread_rwlock_init(&w->lock, NULL);
}

void world_finish(struct world *w)
{
    for (uint32_t i = 0; i < w->n_users; i++) {
        free(w->users[i].followers.items);
        free(w->users[i].following.items);
        free(w->users[i].repos.items);
        free(w->users[i].starred.items);
    }
    for (uint32_t i = 0; i < w->n_repos; i++) {
        free(w->repos[i].stargazers.items);
        free(w->repos[i].forks.items);
    }
    free(w->users);
    free(w->repos);
    for (uint32_t i = 0; i < w->n_licenses; i++)
        free(w->licenses[i]);
    names_finish(&w->logins);
    names_finish(&w->full_names);
    names_finish(&w->old_full_names);
    while (w->strings) {
        struct arena_chunk *next = w->strings->next;
        free(w->strings);
        w->strings = next;
    }
    pthread_rwlock_destroy(&w->lock);
}

const char *world_dup(struct world *w, const char *s)
{
    if (!s)
        return NULL;
    size_t len = strlen(s) + 1;
    struct arena_chunk *chunk = w->strings;
    if (!chunk || chunk->cap - chunk->used < len) {
        size_t cap = len > 65536 ? len : 65536;
        chunk = xalloc(sizeof *chunk + cap);
        chunk->cap = cap;
        chunk->next = w->strings;
        w->strings = chunk;
    }
    char *copy = chunk->data + chunk->used;
    memcpy(copy, s, len);
    chunk->used += len;
    return copy;
}

struct user *world_add_user(struct world *w, int64_t id, const char *login)
{
    if (w->n_users == w->cap_users) {
        w->cap_users = w->cap_users ? w->cap_users * 2 : 256;
        w->users = xrealloc(w->users, w->cap_users * sizeof *w->users);
    }
    struct user *u = &w->users[w->n_users];
    *u = (struct user){.id = id, .login = world_dup(w, login), .blog = "", .hireable = -1};
    names_set(&w->logins, login, w->n_users++);
    return u;
}

struct repo *world_add_repo(struct world *w, int64_t id, uint32_t owner, const char *name)
{
    if (w->n_repos == w->cap_repos) {
        w->cap_repos = w->cap_repos ? w->cap_repos * 2 : 256;
        w->repos = xrealloc(w->repos, w->cap_repos * sizeof *w->repos);
    }
    uint32_t index = w->n_repos++;
    w->repos[index] = (struct repo){.id = id,
                                    .owner = owner,
                                    .name = world_dup(w, name),
                                    .default_branch = "main",
                                    .topics = "",
                                    .parent = NONE,
                                    .source = NONE};
    index_add(&w->users[owner].repos, index);
    world_name_repo(w, index);
    return &w->repos[index];
}

static const char *full_name(char *out, size_t size, const char *owner, const char *name)
{
    snprintf(out, size, "%s/%s", owner, name);
    return out;
}

void world_name_repo(struct world *w, uint32_t repo)
{
    char key[512];
    const struct repo *r = &w->repos[repo];
    full_name(key, sizeof key, w->users[r->owner].login, r->name);
    names_set(&w->full_names, key, repo);
    /* A new repository under a freed name hides the name's redirect. */
    names_remove(&w->old_full_names, key);
}

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

const struct license *world_license(struct world *w, struct license l)
{
    for (uint32_t i = 0; i < w->n_licenses; i++)
        if (same(w->licenses[i]->key, l.key) && same(w->licenses[i]->name, l.name))
            return w->licenses[i];
    if (w->n_licenses == sizeof w->licenses / sizeof *w->licenses)
        return NULL;
    struct license *copy = xalloc(sizeof *copy);
    *copy = (struct license){world_dup(w, l.key), world_dup(w, l.name), world_dup(w, l.spdx_id),
                             world_dup(w, l.url), world_dup(w, l.node_id)};
    w->licenses[w->n_licenses++] = copy;
    return copy;
}

void index_add(struct index_list *l, uint32_t v)
{
    if (l->n == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 4;
        l->items = xrealloc(l->items, l->cap * sizeof *l->items);
    }
    l->items[l->n++] = v;
}

bool index_has(const struct index_list *l, uint32_t v)
{
    for (uint32_t i = 0; i < l->n; i++)
        if (l->items[i] == v)
            return true;
    return false;
}

bool index_remove(struct index_list *l, uint32_t v)
{
    for (uint32_t i = 0; i < l->n; i++) {
        if (l->items[i] != v)
            continue;
        memmove(l->items + i, l->items + i + 1, (l->n - i - 1) * sizeof *l->items);
        l->n--;
        return true;
    }
    return false;
}

static void star_append(struct star_list *l, struct star s)
{
    if (l->n == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 4;
        l->items = xrealloc(l->items, l->cap * sizeof *l->items);
    }
    l->items[l->n++] = s;
}

/* Moves the last star to its place in time; a new star is nearly always the newest already. */
static void star_settle(struct star_list *l)
{
    for (uint32_t i = l->n - 1; i > 0 && l->items[i - 1].at > l->items[i].at; i--) {
        struct star later = l->items[i - 1];
        l->items[i - 1] = l->items[i];
        l->items[i] = later;
    }
}

static int by_time(const void *a, const void *b)
{
    const struct star *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

static void star_sort(struct star_list *l)
{
    if (l->n > 1)
        qsort(l->items, l->n, sizeof *l->items, by_time);
}

static bool star_remove(struct star_list *l, uint32_t peer)
{
    for (uint32_t i = 0; i < l->n; i++) {
        if (l->items[i].peer != peer)
            continue;
        memmove(l->items + i, l->items + i + 1, (l->n - i - 1) * sizeof *l->items);
        l->n--;
        return true;
    }
    return false;
}

bool world_follow(struct world *w, uint32_t from, uint32_t to)
{
    /* The end of the follower is searched: the followed one may have a great many followers. */
    if (from == to || index_has(&w->users[from].following, to))
        return false;
    index_add(&w->users[from].following, to);
    index_add(&w->users[to].followers, from);
    w->n_follows++;
    return true;
}

bool world_unfollow(struct world *w, uint32_t from, uint32_t to)
{
    if (!index_remove(&w->users[from].following, to))
        return false;
    index_remove(&w->users[to].followers, from);
    w->n_follows--;
    return true;
}

bool world_star_unsorted(struct world *w, uint32_t user, uint32_t repo, int64_t at)
{
    const struct star_list *mine = &w->users[user].starred;
    for (uint32_t i = 0; i < mine->n; i++)
        if (mine->items[i].peer == repo)
            return false;
    star_append(&w->users[user].starred, (struct star){repo, (uint32_t)at});
    star_append(&w->repos[repo].stargazers, (struct star){user, (uint32_t)at});
    w->n_stars++;
    return true;
}

void world_sort_stars(struct world *w)
{
    for (uint32_t i = 0; i < w->n_users; i++)
        star_sort(&w->users[i].starred);
    for (uint32_t i = 0; i < w->n_repos; i++)
        star_sort(&w->repos[i].stargazers);
}

bool world_star(struct world *w, uint32_t user, uint32_t repo, int64_t at)
{
    if (!world_star_unsorted(w, user, repo, at))
        return false;
    star_settle(&w->users[user].starred);
    star_settle(&w->repos[repo].stargazers);
    return true;
}

bool world_unstar(struct world *w, uint32_t user, uint32_t repo)
{
    if (!star_remove(&w->users[user].starred, repo))
        return false;
    star_remove(&w->repos[repo].stargazers, user);
    w->n_stars--;
    return true;
}

bool world_has_star(const struct world *w, uint32_t user, uint32_t repo)
{
    const struct star_list *mine = &w->users[user].starred;
    for (uint32_t i = 0; i < mine->n; i++)
        if (mine->items[i].peer == repo)
            return true;
    return false;
}

void world_link_fork(struct world *w, uint32_t fork, uint32_t parent)
{
    struct repo *f = &w->repos[fork];
    f->is_fork = true;
    f->parent = parent;
    f->source = w->repos[parent].source != NONE ? w->repos[parent].source : parent;
    index_add(&w->repos[parent].forks, fork);
}

uint32_t world_user_by_login(const struct world *w, const char *login)
{
    return names_get(&w->logins, login);
}

uint32_t world_user_after(const struct world *w, int64_t id)
{
    uint32_t lo = 0, hi = w->n_users;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (w->users[mid].id <= id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

uint32_t world_repo_after(const struct world *w, int64_t id)
{
    uint32_t lo = 0, hi = w->n_repos;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (w->repos[mid].id <= id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

uint32_t world_user_by_id(const struct world *w, int64_t id)
{
    uint32_t i = id > 0 ? world_user_after(w, id - 1) : w->n_users;
    return i < w->n_users && w->users[i].id == id && !w->users[i].gone ? i : NONE;
}

uint32_t world_repo_by_id_any(const struct world *w, int64_t id)
{
    uint32_t i = id > 0 ? world_repo_after(w, id - 1) : w->n_repos;
    return i < w->n_repos && w->repos[i].id == id ? i : NONE;
}

uint32_t world_repo_by_id(const struct world *w, int64_t id)
{
    uint32_t i = world_repo_by_id_any(w, id);
    return i != NONE && !w->repos[i].gone ? i : NONE;
}

uint32_t world_repo_by_name(const struct world *w, const char *owner, const char *name)
{
    char key[512];
    return names_get(&w->full_names, full_name(key, sizeof key, owner, name));
}
