/* mutate_random.c: a believable hour of GitHub: mostly edges come and go, with occasional larger changes. */
#include "sim/world/mutate.h"
#include "sim/world/source.h"

#include <stdio.h>

#define TRIES 30 /* a random op may be impossible, such as a second follow */

struct dice {
    struct world *w;
    struct rng rng;
};

static const char *any_login(struct dice *d)
{
    for (int i = 0; i < TRIES; i++) {
        const struct user *u = &d->w->users[rng_below(&d->rng, d->w->n_users)];
        if (!u->gone)
            return u->login;
    }
    return "";
}

static void any_repo(struct dice *d, char *out, size_t size)
{
    *out = '\0';
    for (int i = 0; i < TRIES && !*out && d->w->n_repos; i++) {
        const struct repo *r = &d->w->repos[rng_below(&d->rng, d->w->n_repos)];
        if (!r->gone)
            snprintf(out, size, "%s/%s", d->w->users[r->owner].login, r->name);
    }
}

/* Needs an existing edge. */
static json_t *draw_unfollow(struct dice *d)
{
    const struct user *u = &d->w->users[rng_below(&d->rng, d->w->n_users)];
    if (!u->following.n)
        return NULL;
    uint32_t to = u->following.items[rng_below(&d->rng, u->following.n)];
    return json_pack("{s:s,s:s,s:s}", "op", "unfollow", "user", u->login, "target", d->w->users[to].login);
}

static json_t *draw_unstar(struct dice *d)
{
    char repo[512];
    const struct user *u = &d->w->users[rng_below(&d->rng, d->w->n_users)];
    if (!u->starred.n)
        return NULL;
    const struct repo *r = &d->w->repos[u->starred.items[rng_below(&d->rng, u->starred.n)].peer];
    snprintf(repo, sizeof repo, "%s/%s", d->w->users[r->owner].login, r->name);
    return json_pack("{s:s,s:s,s:s}", "op", "unstar", "user", u->login, "repo", repo);
}

static json_t *draw_rare(struct dice *d)
{
    char name[160], repo[512], edit[32];
    any_repo(d, repo, sizeof repo);
    snprintf(edit, sizeof edit, "edited %u 🎲", rng_below(&d->rng, 10000));
    switch (rng_below(&d->rng, 11)) {
    case 0:
        source_login(name, sizeof name, &d->rng);
        return json_pack("{s:s,s:s,s:s}", "op", "rename_user", "login", any_login(d), "new_login", name);
    case 1:
        source_repo_name(name, sizeof name, &d->rng);
        return json_pack("{s:s,s:s,s:s}", "op", "rename_repo", "repo", repo, "new_name", name);
    case 2:
        return json_pack("{s:s,s:s,s:s}", "op", "transfer_repo", "repo", repo, "new_owner", any_login(d));
    case 3:
        return json_pack("{s:s,s:s}", "op", "delete_user", "login", any_login(d));
    case 4:
        return json_pack("{s:s,s:s}", "op", "delete_repo", "repo", repo);
    case 5:
        source_login(name, sizeof name, &d->rng);
        return json_pack("{s:s,s:s}", "op", "new_user", "login", name);
    case 6:
        source_repo_name(name, sizeof name, &d->rng);
        return json_pack("{s:s,s:s,s:s}", "op", "new_repo", "owner", any_login(d), "name", name);
    case 7:
        return json_pack("{s:s,s:s,s:{s:s}}", "op", "edit_user", "login", any_login(d), "set", "bio", edit);
    case 8:
        return json_pack("{s:s,s:s,s:{s:s}}", "op", "edit_repo", "repo", repo, "set", "description", edit);
    case 9:
        return json_pack("{s:s,s:s,s:s}", "op", "block_repo", "repo", repo, "reason",
                         rng_percent(&d->rng, 50) ? "dmca" : "tos");
    default:
        return json_pack("{s:s,s:s}", "op", "user_to_org", "login", any_login(d));
    }
}

#define EDGES 75 /* of a hundred */

static json_t *draw(struct dice *d, uint32_t of)
{
    char repo[512];
    uint32_t roll = rng_below(&d->rng, of);
    if (roll < 25)
        return json_pack("{s:s,s:s,s:s}", "op", "follow", "user", any_login(d), "target", any_login(d));
    if (roll < 40)
        return draw_unfollow(d);
    if (roll < 62) {
        any_repo(d, repo, sizeof repo);
        return json_pack("{s:s,s:s,s:s}", "op", "star", "user", any_login(d), "repo", repo);
    }
    return roll < EDGES ? draw_unstar(d) : draw_rare(d);
}

/* ---- around the first account ---- */

static json_t *edge_of_first(const char *op, const char *user, const char *target)
{
    return json_pack("{s:s,s:s,s:s}", "op", op, "user", user, "target", target);
}

static bool own_repo(struct dice *d, char *out, size_t size)
{
    const struct user *first = &d->w->users[0];
    if (!first->repos.n)
        return false;
    /* A few of them are popular. */
    uint32_t of = first->repos.n < 5 ? first->repos.n : 5;
    const struct repo *r = &d->w->repos[first->repos.items[rng_below(&d->rng, of)]];
    snprintf(out, size, "%s/%s", first->login, r->name);
    return !r->gone;
}

static json_t *draw_own_star(struct dice *d, bool add)
{
    char repo[512];
    if (!own_repo(d, repo, sizeof repo))
        return NULL;
    return json_pack("{s:s,s:s,s:s}", "op", add ? "star" : "unstar", "user", any_login(d), "repo", repo);
}

static json_t *draw_first(struct dice *d, uint32_t of)
{
    const struct user *first = &d->w->users[0];
    bool many = first->followers.n > d->w->n_users / 2;
    uint32_t roll = rng_below(&d->rng, of);
    if (roll < (many ? 10 : 40))
        return edge_of_first("follow", any_login(d), first->login);
    if (roll < 55 && first->followers.n)
        return edge_of_first(
            "unfollow", d->w->users[first->followers.items[rng_below(&d->rng, first->followers.n)]].login,
            first->login);
    if (roll < 60)
        return edge_of_first("follow", first->login, any_login(d));
    if (roll < 64 && first->following.n)
        return edge_of_first(
            "unfollow", first->login,
            d->w->users[first->following.items[rng_below(&d->rng, first->following.n)]].login);
    return draw_own_star(d, roll < 88);
}

typedef json_t *(*draw_op)(struct dice *d, uint32_t of);

static json_t *mutate_some(struct world *w, uint64_t seed, uint32_t steps, uint32_t of, int64_t now_s,
                           draw_op draw_one)
{
    struct dice d = {w, {seed}};
    json_t *done = json_array();
    for (uint32_t step = 0; step < steps; step++) {
        bool ok = false;
        for (int i = 0; i < TRIES && !ok; i++) {
            char err[512];
            json_t *op = draw_one(&d, of);
            /* Crawls begin at the first account, so it keeps its login. */
            const char *login = json_string_value(json_object_get(op, "login"));
            bool spared = login && strcmp(login, w->users[0].login) == 0;
            ok = op && !spared && mutate_apply(w, op, now_s, &d.rng, err, sizeof err);
            if (ok)
                json_array_append(done, op);
            json_decref(op);
        }
    }
    return done;
}

json_t *mutate_random(struct world *w, uint64_t seed, uint32_t steps, int64_t now_s)
{
    return mutate_some(w, seed, steps, 100, now_s, draw);
}

void mutate_edges(struct world *w, uint64_t seed, uint32_t steps, int64_t now_s)
{
    json_decref(mutate_some(w, seed, steps, EDGES, now_s, draw));
}

void mutate_first(struct world *w, uint64_t seed, uint32_t steps, int64_t now_s)
{
    json_decref(mutate_some(w, seed, steps, 100, now_s, draw_first));
}

#define DAY_S        86400
#define STEPS_A_DAY  8
#define FIRSTS_A_DAY 6

void mutate_past(struct world *w, uint64_t seed, int days, int64_t now_s)
{
    for (int day = days; day > 0; day--) {
        int64_t at_s = now_s - (int64_t)day * DAY_S + (int64_t)(seed % DAY_S) / 2;
        mutate_edges(w, seed + (uint64_t)day, STEPS_A_DAY, at_s);
        mutate_first(w, seed + 1000 + (uint64_t)day, FIRSTS_A_DAY, at_s + 3600);
    }
}
