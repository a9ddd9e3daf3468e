/* gql_mutation.c: addStar and removeStar, the smallest mutations that are visible in queries and in REST. */
#include "sim/graphql/gql_resolve.h"
#include "sim/world/mutate.h"
#include "sim/world/node_id.h"

static bool refuse(struct gql_run *run, const char *type, const char *message)
{
    gql_error(run, type, message);
    return false;
}

/* Starring twice, and removing a star that does not exist, are not errors. */
static bool change_star(struct gql_run *run, json_t *args, bool add, struct gql_object *out)
{
    const struct request *rq = run->rq;
    struct world *w = &rq->server->world;
    json_t *input = json_object_get(args, "input");
    const char *id_text = json_string_value(json_object_get(input, "starrableId"));
    int64_t id = 0;
    char message[200], err[300];
    uint32_t repo = id_text && node_id_read(id_text, &id) == NODE_REPO ? world_repo_by_id(w, id) : NONE;
    if (rq->view.self == NONE)
        return refuse(run, "FORBIDDEN", "Resource not accessible by integration");
    if (repo == NONE || !repo_visible(&w->repos[repo], &rq->view)) {
        snprintf(message, sizeof message, "Could not resolve to a node with the global id of '%.120s'",
                 id_text ? id_text : "");
        return refuse(run, "NOT_FOUND", message);
    }
    *out = (struct gql_object){.type = T_STAR_PAYLOAD,
                               .index = repo,
                               .text = json_string_value(json_object_get(input, "clientMutationId"))};
    return world_has_star(w, rq->view.self, repo) == add ||
           mutate_star(w, rq->view.self, repo, add, err, sizeof err) || refuse(run, "UNPROCESSABLE", err);
}

bool mutation_add_star(ARGS, struct gql_object *out)
{
    UNUSED;
    return change_star(run, args, true, out);
}

bool mutation_remove_star(ARGS, struct gql_object *out)
{
    UNUSED;
    return change_star(run, args, false, out);
}

bool payload_starrable(ARGS, struct gql_object *out)
{
    UNUSED;
    *out = (struct gql_object){.type = T_REPO, .index = o->index};
    return true;
}

void payload_client_id(ARGS, struct buf *out)
{
    UNUSED;
    buf_json(out, o->text);
}
