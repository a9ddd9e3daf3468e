/* GitHub's quota: a handful of rows, numbered in a fixed order. */
#include "api/resources/list.h"
#include "api/resources/stream.h"
#include "api/spec/filters.h"
#include "api/spec/routes.h"

static void render_row(struct jw *w, struct request *rq, field_set fields, const struct db_rows *rows,
                       int row)
{
    struct rate_limit_record record;
    rate_limit_from_row(rows, row, &record);
    render_record(w, rq, SHAPE_RATE_LIMIT, fields, &record);
}

static bool answer_page(struct request *rq, struct response *rs, const struct filters *filters,
                        field_set fields, struct paging *paging, struct err *err)
{
    AUTO_ROWS rows = {0};
    struct jw w;
    if (!browse_rate_limits_count(rq->db, filters->items, filters->n, &paging->count.n, err))
        return false;
    if (paging->last)
        paging_turn_to_last(paging);
    if (!paging_is_there(paging, 0)) {
        reply_detail(rq, rs, 404, "Invalid page.");
        return true;
    }
    if (paging->count.n && !browse_rate_limits(rq->db, filters->items, filters->n, paging->size,
                                               (paging->page - 1) * paging->size, &rows, err))
        return false;
    paging->has_next = paging->page * paging->size < paging->count.n;
    paging->has_previous = paging->page > 1;
    reply_json(rq, rs, &w);
    paging_begin(&w, rq, rs, paging);
    for (int i = 0; i < rows.n; i++)
        render_row(&w, rq, fields, &rows, i);
    paging_end(&w);
    return true;
}

/* All at once: they are a handful. */
static bool batch(struct stream *s, bool *over_out, struct err *err)
{
    const struct filters *filters = s->own;
    AUTO_ROWS rows = {0};
    *over_out = true;
    if (!browse_rate_limits(s->db, filters->items, filters->n, s->left, 0, &rows, err))
        return false;
    for (int i = 0; i < rows.n; i++) {
        struct rate_limit_record record;
        rate_limit_from_row(&rows, i, &record);
        stream_put(s, &record);
    }
    return true;
}

static bool answer_stream(struct request *rq, struct response *rs, const struct filters *filters,
                          field_set fields, struct err *err)
{
    struct stream *s = stream_begin(rq, rs, fields, err);
    if (!s)
        return err->code == ERR_NONE;
    struct filters *own = arena_alloc(s->keep, sizeof *own);
    *own = *filters; /* numbers and times: no pointers */
    stream_ready(s, rq, rs, batch, own);
    return true;
}

bool handle_rate_limits(struct request *rq, struct response *rs, struct err *err)
{
    struct filters *filters = arena_alloc(rq->arena, sizeof *filters);
    struct param_errors errors = {0};
    struct paging paging;
    struct param_list pages = params_with(rq->arena, &rq->params, SLICE("cursor"), (slice){NULL, 0});
    field_set fields = list_fields(rq, true, &errors);
    filters_parse(rq->arena, BROWSE_RATE_LIMITS, &rq->params, filters, &errors);
    if (errors.n)
        reply_param_errors(rq, rs, &errors);
    else if (stream_wanted(rq))
        return answer_stream(rq, rs, filters, fields, err);
    else if (!paging_read(&pages, &paging))
        reply_detail(rq, rs, 404, "Invalid page.");
    else
        return answer_page(rq, rs, filters, fields, &paging, err);
    return true;
}

bool handle_rate_limit(struct request *rq, struct response *rs, struct err *err)
{
    struct jw w;
    AUTO_ROWS rows = {0};
    int64_t number;
    bool is_number = slice_i64(rq->args[0], 1, 1000000, &number);
    if (is_number && !browse_rate_limits(rq->db, NULL, 0, 1, number - 1, &rows, err))
        return false;
    if (rows.n == 0) {
        reply_detail(rq, rs, 404, "Not found.");
        return true;
    }
    reply_json(rq, rs, &w);
    render_row(&w, rq, ALL_FIELDS, &rows, 0);
    return true;
}
