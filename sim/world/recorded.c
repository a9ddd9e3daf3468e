/* recorded.c: reads a world from files of real answers, one JSON object a line.
 *
 * Keys without a member in a struct are functions of the login or name, and are computed when shown.
 * The star file has pairs without times: the first line gets the latest time and each later line a
 * minute less, so that every star has its own, deterministic, starred_at. */
#include "sim/world/node_id.h"
#include "sim/world/source.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zlib.h>

#define LAST_STAR_AT 1601800000 /* the data is of early October 2020 */
#define MAX_LINE     (1 << 22)

struct reader {
    struct world *w;
    const char *dir;
    char *err;
    size_t err_size;
};

static bool fail(struct reader *rd, const char *file, const char *why)
{
    snprintf(rd->err, rd->err_size, "%s/%s: %s", rd->dir, file, why);
    return false;
}

static gzFile open_file(struct reader *rd, const char *file)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", rd->dir, file);
    gzFile gz = gzopen(path, "rb");
    if (!gz)
        fail(rd, file, "cannot be opened");
    return gz;
}

static int by_id(const void *a, const void *b)
{
    int64_t x = json_integer_value(json_object_get(*(json_t *const *)a, "id"));
    int64_t y = json_integer_value(json_object_get(*(json_t *const *)b, "id"));
    return (x > y) - (x < y);
}

/* All objects of a file in id order, as a malloc'ed array; NULL on failure. */
static json_t **read_objects(struct reader *rd, const char *file, size_t *n_out)
{
    gzFile gz = open_file(rd, file);
    if (!gz)
        return NULL;
    char *line = xalloc(MAX_LINE);
    json_t **items = xalloc(sizeof *items);
    size_t n = 0;
    bool ok = true;
    while (ok && gzgets(gz, line, MAX_LINE)) {
        json_t *object = json_loads(line, JSON_ALLOW_NUL, NULL);
        ok = json_is_integer(json_object_get(object, "id"));
        items = xrealloc(items, (n + 1) * sizeof *items);
        items[n++] = object;
    }
    gzclose(gz);
    free(line);
    if (!ok) {
        fail(rd, file, "a line is not a JSON object with an integer id");
        for (size_t i = 0; i < n; i++)
            json_decref(items[i]);
        free(items);
        return NULL;
    }
    qsort(items, n, sizeof *items, by_id);
    *n_out = n;
    return items;
}

static const char *text(struct reader *rd, const json_t *o, const char *key)
{
    return world_dup(rd->w, json_string_value(json_object_get(o, key)));
}

static int32_t count(const json_t *o, const char *key)
{
    return (int32_t)json_integer_value(json_object_get(o, key));
}

static bool flag(const json_t *o, const char *key)
{
    return json_is_true(json_object_get(o, key));
}

static int64_t when(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    struct tm tm = {0};
    return s && strptime(s, "%Y-%m-%dT%H:%M:%SZ", &tm) ? (int64_t)timegm(&tm) : 0;
}

static bool is_legacy(const json_t *o)
{
    const char *s = json_string_value(json_object_get(o, "node_id"));
    return s && strncmp(s, "MD", 2) == 0;
}

static void add_user(struct reader *rd, const json_t *o)
{
    struct user *u = world_add_user(rd->w, json_integer_value(json_object_get(o, "id")),
                                    json_string_value(json_object_get(o, "login")));
    const char *type = json_string_value(json_object_get(o, "type"));
    u->type = type && !strcmp(type, "Organization") ? TYPE_ORG
              : type && !strcmp(type, "Bot")        ? TYPE_BOT
                                                    : TYPE_USER;
    u->name = text(rd, o, "name");
    u->company = text(rd, o, "company");
    u->location = text(rd, o, "location");
    u->email = text(rd, o, "email");
    u->bio = text(rd, o, "bio");
    u->twitter = text(rd, o, "twitter_username");
    u->blog = text(rd, o, "blog");
    u->avatar_url = text(rd, o, "avatar_url");
    const json_t *hireable = json_object_get(o, "hireable");
    u->hireable = json_is_boolean(hireable) ? (signed char)json_is_true(hireable) : -1;
    u->site_admin = flag(o, "site_admin");
    u->legacy_node = is_legacy(o);
    u->n_followers = count(o, "followers");
    u->n_following = count(o, "following");
    u->n_repos = count(o, "public_repos");
    u->n_gists = count(o, "public_gists");
    u->created_at = when(o, "created_at");
    u->updated_at = when(o, "updated_at");
}

static const char *raw(struct reader *rd, const json_t *o, const char *key)
{
    const json_t *value = json_object_get(o, key);
    if (!json_is_object(value))
        return NULL;
    char *dump = json_dumps(value, JSON_COMPACT);
    const char *kept = world_dup(rd->w, dump);
    free(dump);
    return kept;
}

static const struct license *license_of(struct reader *rd, const json_t *o)
{
    const json_t *l = json_object_get(o, "license");
    if (!json_is_object(l))
        return NULL;
    return world_license(rd->w, (struct license){json_string_value(json_object_get(l, "key")),
                                                 json_string_value(json_object_get(l, "name")),
                                                 json_string_value(json_object_get(l, "spdx_id")),
                                                 json_string_value(json_object_get(l, "url")),
                                                 json_string_value(json_object_get(l, "node_id"))});
}

static void fill_flags(struct repo *r, const json_t *o)
{
    r->is_fork = flag(o, "fork");
    r->archived = flag(o, "archived");
    r->disabled = flag(o, "disabled");
    r->has_issues = flag(o, "has_issues");
    r->has_projects = flag(o, "has_projects");
    r->has_downloads = flag(o, "has_downloads");
    r->has_wiki = flag(o, "has_wiki");
    r->has_pages = flag(o, "has_pages");
    r->legacy_node = is_legacy(o);
}

static bool add_repo(struct reader *rd, const json_t *o)
{
    const char *login = json_string_value(json_object_get(json_object_get(o, "owner"), "login"));
    const char *name = json_string_value(json_object_get(o, "name"));
    uint32_t owner = login ? world_user_by_login(rd->w, login) : NONE;
    if (owner == NONE || !name)
        return false;
    struct repo *r = world_add_repo(rd->w, json_integer_value(json_object_get(o, "id")), owner, name);
    r->description = text(rd, o, "description");
    r->homepage = text(rd, o, "homepage");
    r->language = text(rd, o, "language");
    r->mirror_url = text(rd, o, "mirror_url");
    r->default_branch = text(rd, o, "default_branch");
    r->license = license_of(rd, o);
    r->parent_raw = raw(rd, o, "parent");
    r->source_raw = raw(rd, o, "source");
    r->size_kib = count(o, "size");
    r->n_stars = count(o, "stargazers_count");
    r->n_forks = count(o, "forks_count");
    r->n_open_issues = count(o, "open_issues_count");
    r->n_subscribers = count(o, "subscribers_count");
    r->n_network = count(o, "network_count");
    r->created_at = when(o, "created_at");
    r->updated_at = when(o, "updated_at");
    r->pushed_at = when(o, "pushed_at");
    fill_flags(r, o);
    return true;
}

static void link_ancestors(struct world *w, uint32_t fork, const json_t *o)
{
    int64_t parent_id = json_integer_value(json_object_get(json_object_get(o, "parent"), "id"));
    int64_t source_id = json_integer_value(json_object_get(json_object_get(o, "source"), "id"));
    uint32_t parent = world_repo_by_id(w, parent_id);
    if (parent != NONE)
        world_link_fork(w, fork, parent);
    w->repos[fork].source = world_repo_by_id(w, source_id);
}

/* Calls edge() for each tab-separated line. */
static bool read_pairs(struct reader *rd, const char *file,
                       bool (*edge)(struct world *, const char *, const char *, uint32_t line))
{
    gzFile gz = open_file(rd, file);
    if (!gz)
        return false;
    char line[1024];
    bool ok = true;
    for (uint32_t n = 0; ok && gzgets(gz, line, sizeof line); n++) {
        line[strcspn(line, "\r\n")] = '\0';
        char *tab = strchr(line, '\t');
        ok = tab != NULL;
        if (ok) {
            *tab = '\0';
            ok = edge(rd->w, line, tab + 1, n);
        }
    }
    gzclose(gz);
    return ok || fail(rd, file, "a line names an unknown account or repository");
}

static bool follow_line(struct world *w, const char *a, const char *b, uint32_t line)
{
    (void)line;
    uint32_t from = world_user_by_login(w, a), to = world_user_by_login(w, b);
    if (from == NONE || to == NONE)
        return false;
    world_follow(w, from, to);
    return true;
}

static bool star_line(struct world *w, const char *login, const char *full_name, uint32_t line)
{
    uint32_t user = world_user_by_login(w, login), repo = names_get(&w->full_names, full_name);
    if (user == NONE || repo == NONE)
        return false;
    world_star(w, user, repo, LAST_STAR_AT - 60 * (int64_t)line);
    return true;
}

bool source_recorded(struct world *w, const char *dir, char *err, size_t err_size)
{
    struct reader rd = {w, dir, err, err_size};
    size_t n = 0, n_repos = 0;
    json_t **users = read_objects(&rd, "users.jsonl.gz", &n);
    if (!users)
        return false;
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        ok = ok && json_is_string(json_object_get(users[i], "login"));
        if (ok)
            add_user(&rd, users[i]);
        json_decref(users[i]);
    }
    free(users);
    if (!ok)
        return fail(&rd, "users.jsonl.gz", "an object has no login");
    json_t **repos = read_objects(&rd, "repos.jsonl.gz", &n_repos);
    if (!repos)
        return false;
    for (size_t i = 0; i < n_repos; i++)
        ok = ok && add_repo(&rd, repos[i]);
    for (size_t i = 0; i < n_repos; i++) {
        if (ok)
            link_ancestors(w, (uint32_t)i, repos[i]);
        json_decref(repos[i]);
    }
    free(repos);
    if (!ok)
        return fail(&rd, "repos.jsonl.gz", "an object has no name or its owner is no known account");
    return read_pairs(&rd, "follows.tsv.gz", follow_line) && read_pairs(&rd, "stars.tsv.gz", star_line);
}
