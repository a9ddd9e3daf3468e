/* gql_query.c: the entry points of a query, and rateLimit. */
#include "sim/graphql/gql_resolve.h"
#include "sim/world/node_id.h"

static void limit_number(struct gql_run *run, struct buf *out, int which)
{
    const struct quota *q = &run->rq->answer.quota;
    int64_t values[] = {q->limit, run->cost, q->remaining, q->used, run->node_count};
    buf_i64(out, values[which]);
}

void limit_limit(ARGS, struct buf *out)
{
    UNUSED;
    limit_number(run, out, 0);
}

void limit_cost(ARGS, struct buf *out)
{
    UNUSED;
    limit_number(run, out, 1);
}

void limit_remaining(ARGS, struct buf *out)
{
    UNUSED;
    limit_number(run, out, 2);
}

void limit_used(ARGS, struct buf *out)
{
    UNUSED;
    limit_number(run, out, 3);
}

void limit_nodes(ARGS, struct buf *out)
{
    UNUSED;
    limit_number(run, out, 4);
}

void limit_reset(ARGS, struct buf *out)
{
    UNUSED;
    buf_time(out, run->rq->answer.quota.reset_at);
}

bool rate_limit(ARGS, struct gql_object *out)
{
    UNUSED;
    *out = (struct gql_object){.type = T_RATE_LIMIT};
    return true;
}

static bool resolve_node(const struct gql_run *run, const char *id_text, struct gql_object *out)
{
    int64_t id = 0;
    enum node_kind kind = id_text ? node_id_read(id_text, &id) : NODE_NONE;
    if (kind == NODE_REPO) {
        *out = (struct gql_object){.type = T_REPO, .index = world_repo_by_id(run->world, id)};
        return out->index != NONE && repo_visible(&run->world->repos[out->index], &run->rq->view) &&
               !fault_denies_repo(run->rq->server, out->index);
    }
    uint32_t user = kind == NODE_NONE ? NONE : world_user_by_id(run->world, id);
    if (user == NONE || kind != user_node_kind(&run->world->users[user]) ||
        fault_denies_user(run->rq->server, user))
        return false;
    *out = account(run->world, user);
    return true;
}

static void no_node(struct gql_run *run, const char *id)
{
    char message[200];
    snprintf(message, sizeof message, "Could not resolve to a node with the global id of '%.120s'",
             id ? id : "");
    gql_error(run, "NOT_FOUND", message);
}

bool query_node(ARGS, struct gql_object *out)
{
    UNUSED;
    const char *id = json_string_value(json_object_get(args, "id"));
    bool ok = resolve_node(run, id, out);
    if (!ok)
        no_node(run, id);
    return ok;
}

uint32_t query_nodes(ARGS, struct gql_object **out)
{
    UNUSED;
    json_t *ids = json_object_get(args, "ids"), *one;
    size_t i, n = json_array_size(ids);
    struct gql_object *nodes = xalloc((n + 1) * sizeof *nodes);
    json_array_foreach(ids, i, one)
    {
        struct gql_path here = {.up = run->path, .index = (uint32_t)i};
        nodes[i].type = T_SCALAR; /* shown as null */
        if (resolve_node(run, json_string_value(one), &nodes[i]))
            continue;
        nodes[i].type = T_SCALAR;
        run->path = &here;
        no_node(run, json_string_value(one));
        run->path = here.up;
    }
    *out = nodes;
    return (uint32_t)n;
}

static bool by_login(struct gql_run *run, json_t *args, bool org, struct gql_object *out)
{
    const char *login = json_string_value(json_object_get(args, "login"));
    uint32_t user = login ? world_user_by_login(run->world, login) : NONE;
    if (user != NONE && (run->world->users[user].type == TYPE_ORG) == org &&
        !fault_denies_user(run->rq->server, user)) {
        *out = account(run->world, user);
        return true;
    }
    char message[160];
    snprintf(message, sizeof message, "Could not resolve to %s with the login of '%.80s'.",
             org ? "an Organization" : "a User", login ? login : "");
    gql_error(run, "NOT_FOUND", message);
    return false;
}

bool query_user(ARGS, struct gql_object *out)
{
    UNUSED;
    return by_login(run, args, false, out);
}

bool query_organization(ARGS, struct gql_object *out)
{
    UNUSED;
    return by_login(run, args, true, out);
}

bool query_repository(ARGS, struct gql_object *out)
{
    UNUSED;
    const char *owner = json_string_value(json_object_get(args, "owner"));
    const char *repo_name = json_string_value(json_object_get(args, "name"));
    char key[512];
    snprintf(key, sizeof key, "%s/%s", owner ? owner : "", repo_name ? repo_name : "");
    uint32_t repo = names_get(&run->world->full_names, key);
    if (repo == NONE) /* renames are followed here, without a redirect */
        repo = names_get(&run->world->old_full_names, key);
    *out = (struct gql_object){.type = T_REPO, .index = repo};
    if (repo != NONE && !run->world->repos[repo].gone &&
        repo_visible(&run->world->repos[repo], &run->rq->view) && !fault_denies_repo(run->rq->server, repo))
        return true;
    char message[600];
    snprintf(message, sizeof message, "Could not resolve to a Repository with the name '%s'.", key);
    gql_error(run, "NOT_FOUND", message);
    return false;
}

bool query_viewer(ARGS, struct gql_object *out)
{
    UNUSED;
    if (run->rq->view.self == NONE)
        return false;
    *out = account(run->world, run->rq->view.self);
    return true;
}
