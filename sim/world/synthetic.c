/* synthetic.c: a generated social graph.
 *
 * Popularity follows preferential attachment: each new follow (or star) adds its target once more to a list of ends, from which
 * new edges draw their targets. All is a function of the seed: one generator, used in one order. */
#include "sim/world/source.h"

#include <stdio.h>
#include <stdlib.h>

#define BIG_ID        (INT64_C(1) << 31)
#define FIRST_STAR_AT 1514764800 /* 2018-01-01 */
#define STAR_SPAN_S   270000000  /* to the middle of 2026 */
#define HUB_EDGES     130        /* ada's lists: more than one page of 100 */

struct maker {
    struct world *w;
    struct rng rng;
    uint32_t n;
    bool dense_ids;
    struct index_list user_ends, repo_ends;
    uint32_t star_no, star_modulus;
};

/* The ids rise with gaps, and those of the newest accounts and repositories exceed 31 bits. Dense ones: about as many exist as at
 * GitHub, where three quarters are users. */
static int64_t next_id(struct maker *m, int64_t last, uint32_t i, uint32_t n)
{
    if (m->dense_ids)
        return last + 1 + (rng_percent(&m->rng, 15) ? 1 : 0);
    if (i >= n - n / 30 && last < BIG_ID)
        last = BIG_ID + 1000;
    return last + 1 + rng_below(&m->rng, 40);
}

static void make_users(struct maker *m)
{
    int64_t id = m->dense_ids ? 0 : 1000;
    for (uint32_t i = 0; i < m->n; i++) {
        char login[40];
        snprintf(login, sizeof login, "ada");
        while (names_get(&m->w->logins, login) != NONE)
            source_login(login, sizeof login, &m->rng);
        id = next_id(m, id, i, m->n);
        struct user *u = world_add_user(m->w, id, login);
        source_dress_user(m->w, i, &m->rng);
        if (i > 3 && rng_percent(&m->rng, 12)) {
            u->type = TYPE_ORG;
            u->hireable = -1;
            u->n_gists = 0;
        } else if (i > 3 && rng_below(&m->rng, 250) == 0) {
            u->type = TYPE_BOT;
        }
    }
}

static void follow(struct maker *m, uint32_t from, uint32_t to)
{
    if (m->w->users[from].type != TYPE_USER || m->w->users[to].type == TYPE_BOT)
        return;
    if (m->w->users[to].type == TYPE_ORG && !rng_percent(&m->rng, 10))
        return;
    if (world_follow(m->w, from, to))
        index_add(&m->user_ends, to);
}

/* Few follow many: 1, 2, 3 … with falling probability, now and then dozens. */
static uint32_t edge_count(struct maker *m)
{
    uint32_t k = 1;
    while (k < 12 && rng_percent(&m->rng, 68))
        k++;
    return rng_percent(&m->rng, 3) ? k * 8 : k;
}

static void make_follows(struct maker *m)
{
    index_add(&m->user_ends, 0);
    for (uint32_t i = 1; i < m->n; i++) {
        if (rng_percent(&m->rng, 98)) {
            uint32_t k = edge_count(m);
            for (uint32_t e = 0; e < k; e++) {
                uint32_t to = rng_percent(&m->rng, 25)
                                  ? rng_below(&m->rng, i)
                                  : m->user_ends.items[rng_below(&m->rng, m->user_ends.n)];
                follow(m, i, to);
                if (rng_percent(&m->rng, 25) && m->w->users[to].following.n < 200)
                    follow(m, to, i);
            }
        }
        index_add(&m->user_ends, i);
    }
    uint32_t hub = m->n / 2 < HUB_EDGES ? m->n / 2 : HUB_EDGES;
    for (uint32_t e = 0; e < hub; e++) {
        follow(m, 0, 1 + rng_below(&m->rng, m->n - 1));
        follow(m, 1 + rng_below(&m->rng, m->n - 1), 0);
    }
}

static uint32_t pick_owner(struct maker *m, uint32_t i, uint32_t total)
{
    uint32_t hub = m->n / 2 < HUB_EDGES ? m->n / 2 : HUB_EDGES;
    if (i % (total / hub ? total / hub : 1) == 0 && m->w->users[0].repos.n < hub)
        return 0;
    uint64_t u = rng_below(&m->rng, 1u << 16);
    return (uint32_t)(u * u * m->n >> 32);
}

static void make_repo(struct maker *m, int64_t id, uint32_t owner)
{
    char name[120], base[100];
    uint32_t parent = NONE;
    if (m->repo_ends.n > 3 && rng_percent(&m->rng, 15))
        parent = m->repo_ends.items[rng_below(&m->rng, m->repo_ends.n)];
    if (parent != NONE && m->w->repos[parent].owner == owner)
        parent = NONE;
    source_repo_name(base, sizeof base, &m->rng);
    snprintf(name, sizeof name, "%s", parent == NONE ? base : m->w->repos[parent].name);
    for (unsigned i = 1; world_repo_by_name(m->w, m->w->users[owner].login, name) != NONE; i++)
        snprintf(name, sizeof name, "%s-%u", base, i);
    world_add_repo(m->w, id, owner, name);
    uint32_t index = m->w->n_repos - 1;
    source_dress_repo(m->w, index, &m->rng);
    if (parent != NONE)
        world_link_fork(m->w, index, parent);
    index_add(&m->repo_ends, parent == NONE ? index : parent);
}

static void make_repos(struct maker *m)
{
    uint32_t total = m->n * 2;
    int64_t id = m->dense_ids ? 0 : 20000;
    for (uint32_t i = 0; i < total; i++) {
        id = next_id(m, id, i, total);
        make_repo(m, id, pick_owner(m, i, total));
    }
}

/* Times are distinct because star_no * 7919 runs through all residues of a modulus it shares no factor with. */
static void star(struct maker *m, uint32_t user)
{
    uint32_t repo = rng_percent(&m->rng, 30) ? rng_below(&m->rng, m->w->n_repos)
                                             : m->repo_ends.items[rng_below(&m->rng, m->repo_ends.n)];
    uint32_t place = (uint32_t)((uint64_t)m->star_no * 7919 % m->star_modulus);
    int64_t at = FIRST_STAR_AT + (int64_t)((uint64_t)place * (STAR_SPAN_S / m->star_modulus));
    if (!world_star_unsorted(m->w, user, repo, at))
        return;
    m->star_no++;
    index_add(&m->repo_ends, repo);
}

/* No star is older than its repository. */
static void create_before_stars(struct world *w)
{
    for (uint32_t i = 0; i < w->n_repos; i++) {
        struct repo *r = &w->repos[i];
        if (r->stargazers.n && r->created_at > r->stargazers.items[0].at)
            r->created_at = r->stargazers.items[0].at - 86400;
    }
}

static void make_stars(struct maker *m)
{
    m->star_modulus = m->n * 100 + 150;
    while (m->star_modulus % 7919 == 0)
        m->star_modulus++;
    for (uint32_t i = 0; i < m->n; i++) {
        if (m->w->users[i].type != TYPE_USER || rng_percent(&m->rng, 20))
            continue;
        uint32_t k = edge_count(m);
        for (uint32_t e = 0; e < k; e++)
            star(m, i);
    }
    uint32_t hub = m->n < HUB_EDGES ? m->n : HUB_EDGES;
    for (uint32_t e = 0; e < hub; e++)
        star(m, 0);
    world_sort_stars(m->w);
    create_before_stars(m->w);
}

/* In a generated world the published counters are exact. */
static void count(struct world *w)
{
    for (uint32_t i = 0; i < w->n_users; i++) {
        struct user *u = &w->users[i];
        u->n_followers = (int32_t)u->followers.n;
        u->n_following = (int32_t)u->following.n;
        u->n_repos = (int32_t)u->repos.n;
    }
    for (uint32_t i = 0; i < w->n_repos; i++) {
        struct repo *r = &w->repos[i];
        r->n_stars = (int32_t)r->stargazers.n;
        r->n_forks = (int32_t)r->forks.n;
        r->n_network = r->n_forks;
    }
}

void source_synthetic(struct world *w, uint32_t n_users, uint64_t seed, bool dense_ids)
{
    struct maker m = {.w = w, .rng = {seed * 0x2545f4914f6cdd1du + 1}, .n = n_users, .dense_ids = dense_ids};
    make_users(&m);
    make_follows(&m);
    make_repos(&m);
    make_stars(&m);
    count(w);
    free(m.user_ends.items);
    free(m.repo_ends.items);
}
