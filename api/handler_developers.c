#include "api/list.h"
#include "api/render.h"
#include "api/routes.h"

static void render_row(struct jw *w, struct request *rq, const struct db_rows *rows, int row, struct arena *a)
{
    struct developer_record record;
    developer_from_row(rows, row, a, &record);
    render_record(w, rq, SHAPE_DEVELOPER, ALL_FIELDS, &record);
}

bool handle_developers(struct request *rq, struct response *rs, struct err *err)
{
    return list_answer(rq, rs, BROWSE_DEVELOPERS, render_row, err);
}

bool handle_developer(struct request *rq, struct response *rs, struct err *err)
{
    struct jw w;
    AUTO_ROWS rows = {0};
    int64_t github_id;
    bool is_id = record_id_parse(rq->args[0], RECORD_DEVELOPER, &github_id);
    if (is_id && !browse_developer(rq->db, github_id, &rows, err))
        return false;
    if (rows.n == 0) {
        reply_detail(rq, rs, 404, "Not found.");
        return true;
    }
    reply_json(rq, rs, &w);
    render_row(&w, rq, &rows, 0, rq->arena);
    return true;
}
