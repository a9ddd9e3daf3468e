/* Lists and relations as streams: the cursor gives the edges, their records are read by id. */
#include "api/resources/list.h"
#include "api/spec/routes.h"
#include "schema/browse/stream.h"

#define LISTS_A_BATCH 20 /* relations of a thousand each: some 2 MB written */

void list_edge_record(enum shape shape, const struct relation_edge *edge, const struct db_rows *rows, int row,
                      struct arena *a, union edge_record *out)
{
    if (shape == SHAPE_STARRED || shape == SHAPE_REPOSITORY) {
        out->repository = (struct repository_edge){.starred_at = edge->starred_at,
                                                   .first_seen_at = edge->first_seen_at,
                                                   .gone_after = edge->gone_after,
                                                   .gone_before = edge->gone_before};
        repository_from_row(rows, row, a, &out->repository.repository);
        return;
    }
    out->developer = (struct developer_edge){.starred_at = edge->starred_at,
                                             .first_seen_at = edge->first_seen_at,
                                             .gone_after = edge->gone_after,
                                             .gone_before = edge->gone_before};
    developer_from_row(rows, row, a, &out->developer.developer);
}

static size_t batch_size(const struct stream *s)
{
    unsigned lists = (unsigned)__builtin_popcount(list_relations(s->rq.route->shape, s->fields));
    return lists ? LISTS_A_BATCH / lists : BROWSE_STREAM_BATCH;
}

bool list_stream_batch(struct stream *s, bool *over_out, struct err *err)
{
    struct relation_edge edges[BROWSE_STREAM_BATCH];
    int64_t ids[BROWSE_STREAM_BATCH];
    size_t n, at = 0, size = batch_size(s);
    union edge_record record;
    AUTO_ROWS rows = {0};
    if (!browse_stream_next(s->db, size, edges, &n, err))
        return false;
    *over_out = n < size;
    for (size_t i = 0; i < n; i++)
        ids[i] = edges[i].id;
    if (n && !list_records(&s->rq, ids, n, s->fields, &rows, err))
        return false;
    for (int i = 0; i < rows.n; i++) {
        while (edges[at].id != db_i64(&rows, i, 0)) /* some have no record */
            at++;
        list_edge_record(s->rq.route->shape, &edges[at++], &rows, i, s->rq.arena, &record);
        stream_put(s, &record);
    }
    return true;
}
