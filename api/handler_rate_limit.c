#include "api/list.h"
#include "api/render.h"
#include "api/routes.h"

static void render_row(struct jw *w, struct request *rq, const struct db_rows *rows, int row, struct arena *a)
{
    struct rate_limit_record record;
    (void)a;
    rate_limit_from_row(rows, row, &record);
    render_record(w, rq, SHAPE_RATE_LIMIT, ALL_FIELDS, &record);
}

bool handle_rate_limits(struct request *rq, struct response *rs, struct err *err)
{
    return list_answer(rq, rs, BROWSE_RATE_LIMITS, render_row, err);
}

bool handle_rate_limit(struct request *rq, struct response *rs, struct err *err)
{
    struct jw w;
    AUTO_ROWS rows = {0};
    int64_t number;
    bool is_number = slice_i64(rq->args[0], 1, 1000000, &number);
    if (is_number && !browse_page(rq->db, BROWSE_RATE_LIMITS, NULL, 0, 1, number - 1, &rows, err))
        return false;
    if (rows.n == 0) {
        reply_detail(rq, rs, 404, "Not found.");
        return true;
    }
    reply_json(rq, rs, &w);
    render_row(&w, rq, &rows, 0, rq->arena);
    return true;
}
