#include "schema/browse/names.h"
#include <stdlib.h>

static int compare_names(const void *a, const void *b)
{
    const struct name_entry *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return (x->github_id > y->github_id) - (x->github_id < y->github_id);
}

static bool read_names(struct db *db, struct arena *a, const int64_t *developers, size_t n_developers,
                       const int64_t *repositories, size_t n_repositories, struct names *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_names_read, &rows, err, DB_I64S(developers, n_developers),
                DB_I64S(repositories, n_repositories)))
        return err_wrap(err, "read names");
    out->n_names = (size_t)rows.n;
    out->names = arena_array(a, out->n_names, sizeof *out->names);
    for (int i = 0; i < rows.n; i++) {
        slice name = db_text(&rows, i, COL_names_read_login);
        out->names[i] = (struct name_entry){.kind = (enum record_kind)db_i64(&rows, i, COL_names_read_kind),
                                            .github_id = db_i64(&rows, i, COL_names_read_github_id),
                                            .name = arena_copy(a, name)};
    }
    if (out->n_names)
        qsort(out->names, out->n_names, sizeof *out->names, compare_names);
    return true;
}

static bool read_ended(struct db *db, struct arena *a, const struct edge_key *edges, size_t n_edges,
                       struct names *out, struct err *err)
{
    int64_t *ids[4];
    size_t n[2] = {0, 0};
    AUTO_ROWS rows = {0};
    if (n_edges == 0)
        return true;
    for (int i = 0; i < 4; i++)
        ids[i] = arena_array(a, n_edges, sizeof *ids[i]);
    for (size_t i = 0; i < n_edges; i++) {
        size_t position = n[edges[i].star]++;
        ids[edges[i].star ? 2 : 0][position] = edges[i].one;
        ids[edges[i].star ? 3 : 1][position] = edges[i].other;
    }
    if (!db_run(db, Q_names_ended, &rows, err, DB_I64S(ids[0], n[0]), DB_I64S(ids[1], n[0]),
                DB_I64S(ids[2], n[1]), DB_I64S(ids[3], n[1])))
        return err_wrap(err, "read ended edges");
    out->n_ended = (size_t)rows.n;
    out->ended = arena_array(a, out->n_ended, sizeof *out->ended);
    for (int i = 0; i < rows.n; i++)
        out->ended[i] = (struct ended_entry){.edge = {db_i64(&rows, i, COL_names_ended_kind) == 2,
                                                      db_i64(&rows, i, COL_names_ended_one),
                                                      db_i64(&rows, i, COL_names_ended_other)},
                                             .after_ms = db_time(&rows, i, COL_names_ended_gone_after),
                                             .before_ms = db_time(&rows, i, COL_names_ended_gone_before)};
    return true;
}

bool names_read(struct db *db, struct arena *a, const int64_t *developers, size_t n_developers,
                const int64_t *repositories, size_t n_repositories, const struct edge_key *edges,
                size_t n_edges, struct names *out, struct err *err)
{
    *out = (struct names){0};
    return read_names(db, a, developers, n_developers, repositories, n_repositories, out, err) &&
           read_ended(db, a, edges, n_edges, out, err);
}

slice names_get(const struct names *names, enum record_kind kind, int64_t github_id)
{
    const struct name_entry key = {.kind = kind, .github_id = github_id};
    const struct name_entry *found =
        names && names->n_names ? bsearch(&key, names->names, names->n_names, sizeof key, compare_names)
                                : NULL;
    return found ? found->name : (slice){NULL, 0};
}

const struct ended_entry *names_ended(const struct names *names, struct edge_key edge)
{
    for (size_t i = 0; names && i < names->n_ended; i++) {
        const struct edge_key *e = &names->ended[i].edge;
        if (e->star == edge.star && e->one == edge.one && e->other == edge.other)
            return &names->ended[i];
    }
    return NULL;
}
