/* The network around a developer: JSON, GEXF and GraphML. */
#include "schema/browse/network.h"
#include "api/charts/network_xml.h"
#include "api/charts/subject.h"
#include "api/request/link.h"
#include "api/request/param_errors.h"
#include "api/request/value.h"
#include "api/resources/list.h"
#include "api/runtime/large_answers.h"
#include "api/spec/words.h"

#define DEFAULT_LIMIT 500
#define SMALL_LIMIT   100 /* nodes, up to which a network needs no slot of a large answer */
#define NODE_BYTES    300 /* of JSON; a picture of it as GraphML is as large */
#define EDGE_BYTES    200
#define NO_ROOM       "The server is building too many large responses. Try again, or with a smaller ?limit=."

static int64_t read_number(struct request *rq, const char *name, int64_t max, int64_t otherwise,
                           struct param_errors *errors)
{
    slice text = slice_trim(params_get(&rq->params, name));
    int64_t number = otherwise;
    if (text.len && !value_whole(text, 1, max, &number))
        param_errors_add(errors, slice_of(name),
                         arena_printf(rq->arena, "Enter a whole number from 1 to %lld.", (long long)max));
    return number;
}

static void read_edges(struct request *rq, struct network_query *query, struct param_errors *errors)
{
    slice rest = params_get(&rq->params, "edges"), one;
    bool any = false, known = true;
    while (slice_split(&rest, ',', &one)) {
        one = slice_trim(one);
        bool follows = slice_eq(one, SLICE("follows")), stars = slice_eq(one, SLICE("stars"));
        query->follows |= follows;
        query->stars |= stars;
        any |= one.len > 0;
        known &= follows || stars || one.len == 0;
    }
    if (!known)
        param_errors_add(errors, SLICE("edges"), "Choose from: follows, stars.");
    if (!any)
        query->follows = query->stars = true;
}

static void put_node(struct jw *w, const struct request *rq, const struct network_node *node)
{
    char id[UUID_TEXT_SIZE];
    jw_object(w);
    jw_kcstr(w, "id", record_id_format(node->kind, node->github_id, id));
    jw_key(w, "url");
    link_put_below(w, rq, node->kind, node->github_id, "");
    jw_kcstr(w, "kind", words_item(WORDS_NODE_KIND, node->kind == RECORD_REPOSITORY));
    jw_kstr(w, "name", node->name);
    jw_ki64(w, "depth", node->depth);
    render_number(w, "followers_count", node->followers_count);
    jw_end_object(w);
}

static void put_edge(struct jw *w, const struct network_edge *edge)
{
    char id[UUID_TEXT_SIZE];
    jw_object(w);
    jw_kcstr(w, "source", record_id_format(RECORD_DEVELOPER, edge->source, id));
    jw_kcstr(w, "target",
             record_id_format(edge->star ? RECORD_REPOSITORY : RECORD_DEVELOPER, edge->target, id));
    jw_kcstr(w, "kind", words_item(WORDS_EDGE_KIND, edge->star));
    jw_end_object(w);
}

static void put_json(struct request *rq, struct response *rs, const struct network *network, int64_t limit)
{
    struct jw w;
    reply_json(rq, rs, &w);
    jw_object(&w);
    jw_karray(&w, "nodes");
    for (size_t i = 0; i < network->n_nodes; i++)
        put_node(&w, rq, &network->nodes[i]);
    jw_end_array(&w);
    jw_karray(&w, "edges");
    for (size_t i = 0; i < network->n_edges; i++)
        put_edge(&w, &network->edges[i]);
    jw_end_array(&w);
    jw_kbool(&w, "complete", network->complete);
    jw_ki64(&w, "limit", limit);
    jw_end_object(&w);
}

/* *room_out false: there is no free slot. */
static bool read_network(struct request *rq, const struct network_query *query, struct network *out,
                         bool *room_out, struct err *err)
{
    bool large = query->limit > SMALL_LIMIT;
    if (large && !list_take_slot(rq, room_out, err))
        return false;
    if (!*room_out)
        return true;
    if (!network_read(rq->db, rq->arena, query, out, err))
        return false;
    request_end_db(rq);
    *room_out = !large || large_answers_reserve(rq, out->n_nodes * NODE_BYTES + out->n_edges * EDGE_BYTES);
    return true;
}

bool handle_network(struct request *rq, struct response *rs, struct err *err)
{
    struct param_errors errors = {0};
    struct network_query query = {0};
    struct network network = {0};
    bool answered, room = true;
    query.depth = (int)read_number(rq, "depth", NETWORK_MAX_DEPTH, 1, &errors);
    query.limit = read_number(rq, "limit", NETWORK_MAX_LIMIT, DEFAULT_LIMIT, &errors);
    read_edges(rq, &query, &errors);
    if (errors.n) {
        reply_param_errors(rq, rs, &errors);
        return true;
    }
    if (!subject_find(rq, rs, &query.github_id, &answered, err))
        return false;
    if (!answered && query.github_id && !read_network(rq, &query, &network, &room, err))
        return list_took_too_long(rq, rs, err);
    request_end_db(rq);
    if (answered)
        return true;
    if (!room)
        reply_shed(rq, rs, NO_ROOM);
    else if (!network.found)
        reply_detail(rq, rs, 404, "Not found.");
    else if (rq->form == FORM_GEXF)
        network_gexf(rs, rq->base, &network);
    else if (rq->form == FORM_GRAPHML)
        network_graphml(rs, rq->base, &network);
    else
        put_json(rq, rs, &network, query.limit);
    return true;
}
