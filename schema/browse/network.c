#include "schema/browse/network.h"

/* Ids of one kind, in the order in which they were found: those of a step are consecutive. */
struct id_list {
    int64_t *items;
    size_t n;
};
struct walk {
    struct id_list ids[RECORD_REPOSITORY + 1]; /* by kind */
    size_t stepped[RECORD_REPOSITORY + 1];     /* how many were there before the last step */
    int8_t *depths[RECORD_REPOSITORY + 1];
    size_t n;
};

static void add(struct walk *w, enum record_kind kind, int64_t github_id, int depth)
{
    struct id_list *list = &w->ids[kind];
    w->depths[kind][list->n] = (int8_t)depth;
    list->items[list->n++] = github_id;
    w->n++;
}

static bool step(struct db *db, struct walk *w, const struct network_query *query, int depth, bool *cut,
                 struct err *err)
{
    AUTO_ROWS rows = {0};
    const struct id_list *people = &w->ids[RECORD_DEVELOPER], *things = &w->ids[RECORD_REPOSITORY];
    size_t from = w->stepped[RECORD_DEVELOPER], from_things = w->stepped[RECORD_REPOSITORY];
    int64_t room = query->limit - (int64_t)w->n;
    if (!db_run(db, Q_network_step, &rows, err, DB_I64S(people->items + from, people->n - from),
                DB_I64S(things->items + from_things, things->n - from_things),
                DB_I64S(people->items, people->n), DB_I64S(things->items, things->n), DB_BOOL(query->follows),
                DB_BOOL(query->stars), DB_I64(room + 1),
                DB_I64(depth == 1 ? NETWORK_EDGES_EACH : NETWORK_EDGES_EACH / 10)))
        return false;
    w->stepped[RECORD_DEVELOPER] = people->n;
    w->stepped[RECORD_REPOSITORY] = things->n;
    *cut |= db_bool(&rows, 0, COL_network_step_cut) || db_i64(&rows, 0, COL_network_step_n) > room;
    for (int i = 0; i < rows.n && i < room && !db_is_null(&rows, i, COL_network_step_id); i++)
        add(w, (enum record_kind)db_i64(&rows, i, COL_network_step_kind),
            db_i64(&rows, i, COL_network_step_id), depth);
    return true;
}

/* Nearer ones first. Ids without a row, which only manual changes leave, are omitted. */
static bool name_nodes(struct db *db, struct arena *a, const struct walk *w, struct network *out,
                       struct err *err)
{
    AUTO_ROWS rows = {0};
    const struct id_list *people = &w->ids[RECORD_DEVELOPER], *things = &w->ids[RECORD_REPOSITORY];
    if (!db_run(db, Q_network_nodes, &rows, err, DB_I64S(people->items, people->n),
                DB_I64S(things->items, things->n)))
        return false;
    out->nodes = arena_array(a, (size_t)rows.n, sizeof *out->nodes);
    for (int depth = 0; depth <= NETWORK_MAX_DEPTH; depth++) {
        for (int i = 0; i < rows.n; i++) {
            int64_t kind = db_i64(&rows, i, COL_network_nodes_kind),
                    place = db_i64(&rows, i, COL_network_nodes_place);
            slice name = db_text(&rows, i, COL_network_nodes_login);
            if (w->depths[kind][place - 1] != depth)
                continue;
            out->nodes[out->n_nodes++] = (struct network_node){
                .kind = (enum record_kind)kind,
                .github_id = db_i64(&rows, i, COL_network_nodes_github_id),
                .name = arena_copy(a, name),
                .depth = depth,
                .followers_count = maybe_number(&rows, i, COL_network_nodes_followers_count),
            };
        }
    }
    return true;
}

static bool read_edges(struct db *db, struct arena *a, const struct walk *w,
                       const struct network_query *query, struct network *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    const struct id_list *people = &w->ids[RECORD_DEVELOPER], *things = &w->ids[RECORD_REPOSITORY];
    if (!db_run(db, Q_network_edges, &rows, err, DB_I64S(people->items, people->n),
                DB_I64S(things->items, things->n), DB_BOOL(query->follows), DB_BOOL(query->stars),
                DB_I64(NETWORK_MAX_EDGES)))
        return false;
    out->complete &= rows.n <= NETWORK_MAX_EDGES;
    out->n_edges = (size_t)(rows.n < NETWORK_MAX_EDGES ? rows.n : NETWORK_MAX_EDGES);
    out->edges = arena_array(a, out->n_edges, sizeof *out->edges);
    for (int i = 0; (size_t)i < out->n_edges; i++)
        out->edges[i] = (struct network_edge){db_i64(&rows, i, COL_network_edges_source),
                                              db_i64(&rows, i, COL_network_edges_target),
                                              db_bool(&rows, i, COL_network_edges_star)};
    return true;
}

bool network_read(struct db *db, struct arena *a, const struct network_query *query, struct network *out,
                  struct err *err)
{
    struct walk w = {0};
    bool cut = false;
    *out = (struct network){0};
    for (int kind = RECORD_DEVELOPER; kind <= RECORD_REPOSITORY; kind++) {
        w.ids[kind].items = arena_array(a, (size_t)query->limit + 1, sizeof *w.ids[kind].items);
        w.depths[kind] = arena_array(a, (size_t)query->limit + 1, sizeof *w.depths[kind]);
    }
    add(&w, RECORD_DEVELOPER, query->github_id, 0);
    for (int depth = 1; depth <= query->depth; depth++)
        if (!step(db, &w, query, depth, &cut, err))
            return false;
    if (!name_nodes(db, a, &w, out, err))
        return false;
    out->found = out->n_nodes > 0 && out->nodes[0].depth == 0;
    out->complete = !cut;
    return !out->found || read_edges(db, a, &w, query, out, err);
}
