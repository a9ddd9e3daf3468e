#include "api/list.h"
#include "api/render.h"
#include "api/routes.h"

static void render_row(struct jw *w, struct request *rq, const struct db_rows *rows, int row, struct arena *a)
{
    struct repository_record record;
    repository_from_row(rows, row, a, &record);
    render_record(w, rq, SHAPE_REPOSITORY, ALL_FIELDS, &record);
}

bool handle_repositories(struct request *rq, struct response *rs, struct err *err)
{
    return list_answer(rq, rs, BROWSE_REPOSITORIES, render_row, err);
}

bool handle_repository(struct request *rq, struct response *rs, struct err *err)
{
    struct jw w;
    AUTO_ROWS rows = {0};
    int64_t github_id;
    bool is_id = record_id_parse(rq->args[0], RECORD_REPOSITORY, &github_id);
    if (is_id && !browse_repository(rq->db, github_id, &rows, err))
        return false;
    if (rows.n == 0) {
        reply_detail(rq, rs, 404, "Not found.");
        return true;
    }
    reply_json(rq, rs, &w);
    render_row(&w, rq, &rows, 0, rq->arena);
    return true;
}
