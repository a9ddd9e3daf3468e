/* mutate_random.c: a believable hour of GitHub: mostly edges come and go, now and then something bigger. */
#include "sim/world/mutate.h"
#include "sim/world/source.h"

#include <stdio.h>

#define TRIES 30 /* an op drawn at random may not be possible: follow somebody twice */

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

/* Undoing needs an edge that is there. */
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

static json_t *mutate_some(struct world *w, uint64_t seed, uint32_t steps, uint32_t of, int64_t now_s)
{
    struct dice d = {w, {seed}};
    json_t *done = json_array();
    for (uint32_t step = 0; step < steps; step++) {
        bool ok = false;
        for (int i = 0; i < TRIES && !ok; i++) {
            char err[512];
            json_t *op = draw(&d, of);
            /* The first account is where crawls begin: it stays who it is. */
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
    return mutate_some(w, seed, steps, 100, now_s);
}

void mutate_edges(struct world *w, uint64_t seed, uint32_t steps, int64_t now_s)
{
    json_decref(mutate_some(w, seed, steps, EDGES, now_s));
}
