/* gql_repo.c: fields of repositories and their parts: licence, topics, counts. */
#include "sim/graphql/gql_resolve.h"

#include <stdlib.h>

void repo_database_id(ARGS, struct buf *out)
{
    UNUSED;
    put_database_id(out, repo_of(run, o)->id);
}

void repo_node_id(ARGS, struct buf *out)
{
    UNUSED;
    BUF_LIT(out, "\"");
    render_repo_node_id(out, repo_of(run, o), run->new_ids);
    BUF_LIT(out, "\"");
}

void repo_full_name(ARGS, struct buf *out)
{
    UNUSED;
    const struct repo *r = repo_of(run, o);
    buf_printf(out, "\"%s/%s\"", run->world->users[r->owner].login, r->name);
}

void repo_url(ARGS, struct buf *out)
{
    UNUSED;
    const struct repo *r = repo_of(run, o);
    buf_printf(out, "\"https://github.com/%s/%s\"", run->world->users[r->owner].login, r->name);
}

void repo_is_empty(ARGS, struct buf *out)
{
    UNUSED;
    buf_bool(out, repo_of(run, o)->size_kib == 0);
}

void repo_visibility(ARGS, struct buf *out)
{
    UNUSED;
    buf_str(out, run->world->repos[o->index].is_private ? "\"PRIVATE\"" : "\"PUBLIC\"");
}

void repo_starred_by_viewer(ARGS, struct buf *out)
{
    UNUSED;
    buf_bool(out, run->rq->view.self != NONE && world_has_star(run->world, run->rq->view.self, o->index));
}

void repo_in_org(ARGS, struct buf *out)
{
    UNUSED;
    buf_bool(out, run->world->users[repo_of(run, o)->owner].type == TYPE_ORG);
}

bool count_watchers(ARGS, struct gql_object *out)
{
    UNUSED;
    return to_count(out, repo_of(run, o)->n_subscribers);
}

bool count_stargazers(ARGS, struct gql_object *out)
{
    UNUSED;
    if (run->rq->server->options.settings.stargazers != STARGAZERS_OPEN) {
        gql_error(run, "FORBIDDEN", "You do not have permission to view the stargazers of this repository");
        return false;
    }
    return to_count(out, repo_of(run, o)->n_stars);
}

/* Without `states` all count; only open ones exist here. */
static bool wants_open(json_t *args)
{
    json_t *states = json_object_get(args, "states"), *one;
    size_t i;
    if (!states || json_is_null(states))
        return true;
    if (json_is_string(states))
        return strcmp(json_string_value(states), "OPEN") == 0;
    json_array_foreach(states, i, one) if (json_is_string(one) &&
                                           strcmp(json_string_value(one), "OPEN") == 0) return true;
    return false;
}

/* REST counts both together: here a third are pull requests. */
bool count_issues(ARGS, struct gql_object *out)
{
    int32_t n = repo_of(run, o)->n_open_issues;
    return to_count(out, wants_open(args) ? n - n / 3 : 0);
}

bool count_pulls(ARGS, struct gql_object *out)
{
    return to_count(out, wants_open(args) ? repo_of(run, o)->n_open_issues / 3 : 0);
}

bool count_forks(ARGS, struct gql_object *out)
{
    UNUSED;
    return to_count(out, repo_of(run, o)->n_forks);
}

bool repo_language(ARGS, struct gql_object *out)
{
    UNUSED;
    *out = (struct gql_object){.type = T_LANGUAGE, .text = repo_of(run, o)->language};
    return out->text != NULL;
}

bool repo_license(ARGS, struct gql_object *out)
{
    UNUSED;
    *out = (struct gql_object){.type = T_LICENSE, .index = o->index};
    return repo_of(run, o)->license != NULL;
}

bool repo_branch(ARGS, struct gql_object *out)
{
    UNUSED;
    *out = (struct gql_object){.type = T_REF, .text = repo_of(run, o)->default_branch};
    return repo_of(run, o)->size_kib != 0 && out->text;
}

bool repo_owner(ARGS, struct gql_object *out)
{
    UNUSED;
    *out = account(run->world, repo_of(run, o)->owner);
    return true;
}

bool repo_parent(ARGS, struct gql_object *out)
{
    UNUSED;
    const struct repo *r = repo_of(run, o);
    bool known = r->parent != NONE && !run->world->repos[r->parent].gone;
    *out =
        (struct gql_object){.type = known ? T_REPO : T_FOREIGN_REPO, .index = known ? r->parent : o->index};
    return known || r->parent_raw;
}

bool nothing(ARGS, struct gql_object *out)
{
    UNUSED;
    *out = (struct gql_object){0};
    return false;
}

/* A recorded parent that is not in this world: only its identity is known. */
static void foreign(const struct repo *fork, const char *key, struct buf *out)
{
    json_t *parent = json_loads(fork->parent_raw, 0, NULL);
    const json_t *v = json_object_get(parent, key);
    if (json_is_integer(v))
        buf_i64(out, json_integer_value(v));
    else
        buf_json(out, json_string_value(v));
    json_decref(parent);
}

void foreign_id(ARGS, struct buf *out)
{
    UNUSED;
    foreign(repo_of(run, o), "node_id", out);
}

void foreign_database_id(ARGS, struct buf *out)
{
    UNUSED;
    foreign(repo_of(run, o), "id", out);
}

void foreign_full_name(ARGS, struct buf *out)
{
    UNUSED;
    foreign(repo_of(run, o), "full_name", out);
}

void license_key(ARGS, struct buf *out)
{
    UNUSED;
    buf_json(out, repo_of(run, o)->license->key);
}

void license_name(ARGS, struct buf *out)
{
    UNUSED;
    buf_json(out, repo_of(run, o)->license->name);
}

void license_spdx(ARGS, struct buf *out)
{
    UNUSED;
    const char *spdx = repo_of(run, o)->license->spdx_id;
    buf_json(out, spdx && strcmp(spdx, "NOASSERTION") != 0 ? spdx : NULL);
}

void license_url(ARGS, struct buf *out)
{
    UNUSED;
    buf_json(out, repo_of(run, o)->license->url);
}

void license_id(ARGS, struct buf *out)
{
    UNUSED;
    buf_json(out, repo_of(run, o)->license->node_id);
}

void object_text(ARGS, struct buf *out)
{
    UNUSED;
    buf_json(out, o->text);
}

void total_count(ARGS, struct buf *out)
{
    UNUSED;
    buf_i64(out, o->count);
}

bool repo_topics(ARGS, struct gql_object *out)
{
    UNUSED;
    int64_t first = json_integer_value(json_object_get(args, "first"));
    *out = (struct gql_object){.type = T_TOPICS, .index = o->index, .count = first};
    return true;
}

uint32_t topic_nodes(ARGS, struct gql_object **out)
{
    UNUSED;
    uint32_t n = 0;
    struct gql_object *nodes = NULL;
    for (const char *p = repo_of(run, o)->topics; *p && n < o->count; p += strcspn(p, ","), p += *p == ',') {
        nodes = xrealloc(nodes, (n + 1) * sizeof *nodes);
        nodes[n++] = (struct gql_object){.type = T_TOPIC_NODE, .text = p};
    }
    *out = nodes;
    return n;
}

void topics_count(ARGS, struct buf *out)
{
    UNUSED;
    int64_t n = 0;
    for (const char *p = repo_of(run, o)->topics; *p; p++)
        n += *p == ',' || !p[1];
    buf_i64(out, n);
}

bool topic(ARGS, struct gql_object *out)
{
    UNUSED;
    *out = (struct gql_object){.type = T_TOPIC, .text = o->text};
    return true;
}

void topic_name(ARGS, struct buf *out)
{
    UNUSED;
    BUF_LIT(out, "\"");
    buf_add(out, o->text, strcspn(o->text, ","));
    BUF_LIT(out, "\"");
}
