/* mutate.c: one function per op, and the table that names them. */
#include "sim/world/mutate.h"
#include "sim/world/moves.h"
#include "sim/world/mutate_edit.h"

#include "sim/world/source.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct change {
    struct world *w;
    const json_t *op;
    int64_t now;
    struct rng *rng;
    char *err;
    size_t err_size;
};

static bool fail(struct change *c, const char *member, const char *expected)
{
    char *given = json_dumps(json_object_get(c->op, member), JSON_ENCODE_ANY);
    snprintf(c->err, c->err_size, "%s %.200s: expected %s", member, given ? given : "(absent)", expected);
    free(given);
    return false;
}

static const char *text(const struct change *c, const char *member)
{
    return json_string_value(json_object_get(c->op, member));
}

/* Always forward, even when changes come faster than seconds: a validator must not repeat. */
static int64_t later(const struct change *c, int64_t at)
{
    return c->now > at ? c->now : at + 1;
}

static void touch_user(struct change *c, uint32_t user)
{
    c->w->users[user].updated_at = later(c, c->w->users[user].updated_at);
}

static void touch_repo(struct change *c, uint32_t repo)
{
    c->w->repos[repo].updated_at = later(c, c->w->repos[repo].updated_at);
}

static bool user_at(struct change *c, const char *member, uint32_t *out)
{
    const char *login = text(c, member);
    *out = login ? world_user_by_login(c->w, login) : NONE;
    return *out != NONE || fail(c, member, "the login of an account");
}

static bool person_at(struct change *c, const char *member, uint32_t *out)
{
    if (!user_at(c, member, out))
        return false;
    return c->w->users[*out].type == TYPE_USER || fail(c, member, "a user, no organisation");
}

static bool repo_at(struct change *c, const char *member, uint32_t *out)
{
    const char *full_name = text(c, member);
    *out = full_name ? names_get(&c->w->full_names, full_name) : NONE;
    return *out != NONE || fail(c, member, "owner/name of a repository");
}

/* Names are used in URLs and bodies unescaped, so only GitHub's characters are allowed. */
static bool free_login(struct change *c, const char *member)
{
    const char *login = text(c, member);
    if (!login || !*login || strlen(login) > 39 || !mutate_made_of(login, "-[]"))
        return fail(c, member, "a login of 1 to 39 letters, digits and hyphens");
    return world_user_by_login(c->w, login) == NONE || fail(c, member, "a login nobody has");
}

static bool free_name(struct change *c, const char *member, uint32_t owner)
{
    const char *name = text(c, member);
    if (!name || !*name || strlen(name) > 100 || !mutate_made_of(name, "-_."))
        return fail(c, member, "a repository name of 1 to 100 letters, digits, '-', '_' and '.'");
    return world_repo_by_name(c->w, c->w->users[owner].login, name) == NONE ||
           fail(c, member, "a name the owner has not used");
}

/* public_repos counts the public ones. */
static void count_repo(struct change *c, uint32_t owner, uint32_t repo, int by)
{
    if (!c->w->repos[repo].is_private)
        c->w->users[owner].n_repos += by;
}

static void unfollow_counted(struct change *c, uint32_t from, uint32_t to)
{
    if (!world_unfollow(c->w, from, to))
        return;
    c->w->users[from].n_following--;
    c->w->users[to].n_followers--;
    touch_user(c, from);
    touch_user(c, to);
}

static void unstar_counted(struct change *c, uint32_t user, uint32_t repo)
{
    if (!world_unstar(c->w, user, repo))
        return;
    c->w->repos[repo].n_stars--;
    touch_repo(c, repo);
}

static bool op_follow(struct change *c)
{
    uint32_t from, to;
    if (!person_at(c, "user", &from) || !user_at(c, "target", &to))
        return false;
    if (!world_follow(c->w, from, to))
        return fail(c, "target", "another account that is not followed yet");
    c->w->users[from].n_following++;
    c->w->users[to].n_followers++;
    touch_user(c, from);
    touch_user(c, to);
    return true;
}

static bool op_unfollow(struct change *c)
{
    uint32_t from, to;
    if (!person_at(c, "user", &from) || !user_at(c, "target", &to))
        return false;
    if (!index_has(&c->w->users[from].following, to))
        return fail(c, "target", "an account that is followed");
    unfollow_counted(c, from, to);
    return true;
}

static bool op_star(struct change *c)
{
    uint32_t user, repo;
    if (!person_at(c, "user", &user) || !repo_at(c, "repo", &repo))
        return false;
    if (c->w->repos[repo].is_private && c->w->repos[repo].owner != user)
        return fail(c, "repo", "a repository this user sees");
    /* Later than the user's last star, so that the newest comes first in the list. */
    const struct star_list *mine = &c->w->users[user].starred;
    int64_t at = mine->n ? later(c, mine->items[mine->n - 1].at) : c->now;
    if (!world_star(c->w, user, repo, at))
        return fail(c, "repo", "a repository not yet starred");
    c->w->repos[repo].n_stars++;
    touch_repo(c, repo);
    return true;
}

static bool op_unstar(struct change *c)
{
    uint32_t user, repo;
    if (!person_at(c, "user", &user) || !repo_at(c, "repo", &repo))
        return false;
    uint64_t before = c->w->n_stars;
    unstar_counted(c, user, repo);
    return c->w->n_stars < before || fail(c, "repo", "a starred repository");
}

/* Leaves a redirect from the name the repository has now. */
static void leave_name(struct change *c, uint32_t repo)
{
    char key[512];
    const struct repo *r = &c->w->repos[repo];
    snprintf(key, sizeof key, "%s/%s", c->w->users[r->owner].login, r->name);
    names_remove(&c->w->full_names, key);
    names_set(&c->w->old_full_names, key, repo);
}

static bool op_rename_user(struct change *c)
{
    uint32_t user;
    if (!user_at(c, "login", &user) || !free_login(c, "new_login"))
        return false;
    struct user *u = &c->w->users[user];
    for (uint32_t i = 0; i < u->repos.n; i++)
        leave_name(c, u->repos.items[i]);
    names_remove(&c->w->logins, u->login);
    u->login = world_dup(c->w, text(c, "new_login"));
    names_set(&c->w->logins, u->login, user);
    touch_user(c, user);
    for (uint32_t i = 0; i < u->repos.n; i++) {
        world_name_repo(c->w, u->repos.items[i]);
        touch_repo(c, u->repos.items[i]);
    }
    return true;
}

static uint32_t add_account(struct change *c, const char *login, enum account_type type)
{
    int64_t id = c->w->n_users ? c->w->users[c->w->n_users - 1].id : 0;
    struct user *u = world_add_user(c->w, id + 1 + rng_below(c->rng, 40), login);
    uint32_t user = c->w->n_users - 1;
    source_dress_user(c->w, user, c->rng);
    u->type = type;
    u->created_at = u->updated_at = c->now;
    if (type == TYPE_ORG) {
        u->hireable = -1;
        u->n_gists = 0;
    }
    return user;
}

static bool op_new_user(struct change *c)
{
    const char *type = text(c, "type");
    if (!free_login(c, "login"))
        return false;
    if (type && strcmp(type, "User") != 0 && strcmp(type, "Organization") != 0)
        return fail(c, "type", "User or Organization");
    add_account(c, text(c, "login"), type && *type == 'O' ? TYPE_ORG : TYPE_USER);
    return true;
}

/* A new account gets a login that is free again. */
static bool op_takeover(struct change *c)
{
    if (!free_login(c, "login"))
        return false;
    add_account(c, text(c, "login"), TYPE_USER);
    return true;
}

static bool op_new_repo(struct change *c)
{
    uint32_t owner, parent = NONE;
    if (!user_at(c, "owner", &owner) || !free_name(c, "name", owner))
        return false;
    if (json_object_get(c->op, "fork_of") && !repo_at(c, "fork_of", &parent))
        return false;
    int64_t id = c->w->n_repos ? c->w->repos[c->w->n_repos - 1].id : 0;
    struct repo *r = world_add_repo(c->w, id + 1 + rng_below(c->rng, 40), owner, text(c, "name"));
    uint32_t repo = c->w->n_repos - 1;
    source_dress_repo(c->w, repo, c->rng);
    r->created_at = r->updated_at = r->pushed_at = c->now;
    count_repo(c, owner, repo, 1);
    touch_user(c, owner);
    if (parent != NONE) {
        world_link_fork(c->w, repo, parent);
        c->w->repos[parent].n_forks++;
        c->w->repos[parent].n_network++;
        touch_repo(c, parent);
    }
    return true;
}

static bool op_rename_repo(struct change *c)
{
    uint32_t repo;
    if (!repo_at(c, "repo", &repo) || !free_name(c, "new_name", c->w->repos[repo].owner))
        return false;
    leave_name(c, repo);
    c->w->repos[repo].name = world_dup(c->w, text(c, "new_name"));
    world_name_repo(c->w, repo);
    touch_repo(c, repo);
    return true;
}

static bool op_transfer_repo(struct change *c)
{
    uint32_t repo, to;
    if (!repo_at(c, "repo", &repo) || !user_at(c, "new_owner", &to))
        return false;
    struct repo *r = &c->w->repos[repo];
    if (world_repo_by_name(c->w, c->w->users[to].login, r->name) != NONE)
        return fail(c, "new_owner", "an account without a repository of that name");
    leave_name(c, repo);
    index_remove(&c->w->users[r->owner].repos, repo);
    count_repo(c, r->owner, repo, -1);
    touch_user(c, r->owner);
    r->owner = to;
    index_add(&c->w->users[to].repos, repo);
    count_repo(c, to, repo, 1);
    touch_user(c, to);
    world_name_repo(c->w, repo);
    touch_repo(c, repo);
    return true;
}

/* Stars end with the visibility. GitHub has no private forks of public repositories. */
static bool op_set_private(struct change *c)
{
    uint32_t repo;
    json_t *value = json_object_get(c->op, "private");
    if (!repo_at(c, "repo", &repo))
        return false;
    struct repo *r = &c->w->repos[repo];
    if (!json_is_boolean(value) || json_is_true(value) == r->is_private)
        return fail(c, "private", "the other one of true and false");
    if (r->is_fork || r->forks.n)
        return fail(c, "repo", "a repository that is no fork and has none");
    while (r->stargazers.n)
        unstar_counted(c, r->stargazers.items[r->stargazers.n - 1].peer, repo);
    count_repo(c, r->owner, repo, -1);
    r->is_private = json_is_true(value);
    count_repo(c, r->owner, repo, 1);
    touch_user(c, r->owner);
    touch_repo(c, repo);
    return true;
}

static void remove_repo(struct change *c, uint32_t repo)
{
    char key[512];
    struct repo *r = &c->w->repos[repo];
    while (r->stargazers.n)
        world_unstar(c->w, r->stargazers.items[r->stargazers.n - 1].peer, repo);
    snprintf(key, sizeof key, "%s/%s", c->w->users[r->owner].login, r->name);
    names_remove(&c->w->full_names, key);
    index_remove(&c->w->users[r->owner].repos, repo);
    count_repo(c, r->owner, repo, -1);
    touch_user(c, r->owner);
    if (r->parent != NONE && index_remove(&c->w->repos[r->parent].forks, repo)) {
        c->w->repos[r->parent].n_forks--;
        c->w->repos[r->parent].n_network--;
        touch_repo(c, r->parent);
    }
    for (uint32_t i = 0; i < r->forks.n; i++)
        touch_repo(c, r->forks.items[i]);
    r->gone = true;
}

static bool op_delete_repo(struct change *c)
{
    uint32_t repo;
    if (!repo_at(c, "repo", &repo))
        return false;
    remove_repo(c, repo);
    return true;
}

/* Blocked: removed from every list like a deleted one, but its own address gives the reason. */
static bool op_block_repo(struct change *c)
{
    uint32_t repo;
    char key[512];
    const char *reason = text(c, "reason");
    if (!repo_at(c, "repo", &repo))
        return false;
    if (!reason || (strcmp(reason, "dmca") != 0 && strcmp(reason, "tos") != 0))
        return fail(c, "reason", "dmca or tos");
    remove_repo(c, repo);
    struct repo *r = &c->w->repos[repo];
    r->block = *reason == 'd' ? BLOCK_DMCA : BLOCK_TOS;
    r->blocked_at = c->now;
    snprintf(key, sizeof key, "%s/%s", c->w->users[r->owner].login, r->name);
    names_set(&c->w->old_full_names, key, repo);
    return true;
}

static void remove_own_edges(struct change *c, uint32_t user)
{
    struct user *u = &c->w->users[user];
    while (u->following.n)
        unfollow_counted(c, user, u->following.items[u->following.n - 1]);
    while (u->starred.n)
        unstar_counted(c, user, u->starred.items[u->starred.n - 1].peer);
}

static bool op_delete_user(struct change *c)
{
    uint32_t user;
    if (!user_at(c, "login", &user))
        return false;
    struct user *u = &c->w->users[user];
    remove_own_edges(c, user);
    while (u->followers.n)
        unfollow_counted(c, u->followers.items[u->followers.n - 1], user);
    while (u->repos.n)
        remove_repo(c, u->repos.items[u->repos.n - 1]);
    names_remove(&c->w->logins, u->login);
    u->gone = true;
    return true;
}

static bool op_user_to_org(struct change *c)
{
    uint32_t user;
    if (!person_at(c, "login", &user))
        return false;
    struct user *u = &c->w->users[user];
    remove_own_edges(c, user);
    u->type = TYPE_ORG;
    u->hireable = -1;
    u->n_gists = 0;
    touch_user(c, user);
    return true;
}

static bool op_edit_user(struct change *c)
{
    uint32_t user;
    const char *expected;
    if (!user_at(c, "login", &user))
        return false;
    if (!mutate_edit_user(c->w, &c->w->users[user], json_object_get(c->op, "set"), &expected))
        return fail(c, "set", expected);
    touch_user(c, user);
    return true;
}

static bool op_edit_repo(struct change *c)
{
    uint32_t repo;
    const char *expected;
    if (!repo_at(c, "repo", &repo))
        return false;
    if (!mutate_edit_repo(c->w, &c->w->repos[repo], json_object_get(c->op, "set"), &expected))
        return fail(c, "set", expected);
    touch_repo(c, repo);
    return true;
}

static const struct {
    const char *name;
    bool (*apply)(struct change *c);
} ops[] = {
    {"follow", op_follow},           {"unfollow", op_unfollow},           {"star", op_star},
    {"unstar", op_unstar},           {"rename_user", op_rename_user},     {"takeover", op_takeover},
    {"rename_repo", op_rename_repo}, {"transfer_repo", op_transfer_repo}, {"delete_user", op_delete_user},
    {"delete_repo", op_delete_repo}, {"new_user", op_new_user},           {"new_repo", op_new_repo},
    {"edit_user", op_edit_user},     {"edit_repo", op_edit_repo},         {"block_repo", op_block_repo},
    {"user_to_org", op_user_to_org}, {"set_private", op_set_private}};

bool mutate_apply(struct world *w, const json_t *op, int64_t now_s, struct rng *rng, char *err,
                  size_t err_size)
{
    struct change c = {w, op, now_s, rng, err, err_size};
    const char *name = text(&c, "op");
    for (size_t i = 0; name && i < sizeof ops / sizeof *ops; i++) {
        if (strcmp(ops[i].name, name) != 0)
            continue;
        bool ok = ops[i].apply(&c);
        w->generation += ok;
        return ok;
    }
    return fail(&c, "op", "one of the ops in docs/simulator.md");
}

bool mutate_by_client(struct world *w, const json_t *op, char *err, size_t err_size)
{
    int64_t now_s = time(NULL);
    uint64_t state = w->generation;
    struct rng rng = {state};
    bool ok = mutate_apply(w, op, now_s, &rng, err, err_size);
    if (ok)
        moves_keep(w->moves, op, now_s, state);
    return ok;
}

bool mutate_star(struct world *w, uint32_t user, uint32_t repo, bool add, char *err, size_t err_size)
{
    char full_name[512];
    const struct repo *r = &w->repos[repo];
    snprintf(full_name, sizeof full_name, "%s/%s", w->users[r->owner].login, r->name);
    json_t *op = json_pack("{s:s,s:s,s:s}", "op", add ? "star" : "unstar", "user", w->users[user].login,
                           "repo", full_name);
    bool ok = mutate_by_client(w, op, err, err_size);
    json_decref(op);
    return ok;
}
