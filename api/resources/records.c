/* Records: developers and repositories, in lists and one by one, by id and by name. */
#include "api/html/views/records.h"
#include "api/html/frame.h"
#include "api/resources/list.h"
#include "api/spec/routes.h"

bool handle_developers(struct request *rq, struct response *rs, struct err *err)
{
    return list_answer(rq, rs, err);
}

bool handle_repositories(struct request *rq, struct response *rs, struct err *err)
{
    return list_answer(rq, rs, err);
}

static bool is_of_developer(const struct request *rq)
{
    return rq->route->shape == SHAPE_DEVELOPER;
}

static bool read_one(struct request *rq, int64_t github_id, field_set fields, struct db_rows *rows_out,
                     struct err *err)
{
    unsigned relations = list_relations(rq->route->shape, fields);
    request_end_db(rq); /* another request may be waiting for the connection */
    return is_of_developer(rq) ? browse_developer(rq->gate, github_id, relations, rows_out, err)
                               : browse_repository(rq->gate, github_id, relations, rows_out, err);
}

/* github_id 0: no such record. */
static bool answer_one(struct request *rq, struct response *rs, int64_t github_id, struct err *err)
{
    struct jw w;
    struct param_errors errors = {0};
    AUTO_ROWS rows = {0};
    field_set fields = list_fields(rq, true, &errors);
    if (errors.n) {
        reply_param_errors(rq, rs, &errors);
        return true;
    }
    if (github_id && rq->view)
        return request_begin_db(rq, err) && (is_of_developer(rq) ? developer_page(rq, rs, github_id, err)
                                                                 : repository_page(rq, rs, github_id, err));
    if (github_id && !read_one(rq, github_id, fields, &rows, err))
        return false;
    if (rows.n == 0) {
        reply_detail(rq, rs, 404, "Not found.");
        return true;
    }
    reply_json(rq, rs, &w);
    list_render_row(&w, rq, fields, &rows, 0, rq->arena);
    return true;
}

static bool answer_id(struct request *rq, struct response *rs, enum record_kind kind, struct err *err)
{
    int64_t github_id;
    if (!record_id_parse(rq->args[0], kind, &github_id))
        github_id = 0;
    return answer_one(rq, rs, github_id, err);
}

bool handle_developer(struct request *rq, struct response *rs, struct err *err)
{
    return answer_id(rq, rs, RECORD_DEVELOPER, err);
}

bool handle_repository(struct request *rq, struct response *rs, struct err *err)
{
    return answer_id(rq, rs, RECORD_REPOSITORY, err);
}

/* A former name redirects to the record, as GitHub does for repositories. */
static bool answer_named(struct request *rq, struct response *rs, enum record_kind kind,
                         const struct browse_named *named, struct err *err)
{
    char id[UUID_TEXT_SIZE];
    slice prefix = page_prefix(rq);
    if (!named->found || !named->former)
        return answer_one(rq, rs, named->found ? named->github_id : 0, err);
    rs->status = 301;
    rs->content_type = "text/html; charset=utf-8";
    const char *list = kind == RECORD_DEVELOPER ? "developers" : "repositories";
    response_header(rs, "Location",
                    arena_printf(rq->arena, "%.*s/github/%s/%s/%s%.*s", SLICE_ARG(prefix), list,
                                 record_id_format(kind, named->github_id, id), rq->query.len ? "?" : "",
                                 SLICE_ARG(rq->query)));
    return true;
}

bool handle_developer_by_login(struct request *rq, struct response *rs, struct err *err)
{
    struct browse_named named;
    return browse_by_login_joined(rq->gate, rq->args[0], &named, err) &&
           answer_named(rq, rs, RECORD_DEVELOPER, &named, err);
}

bool handle_repository_by_name(struct request *rq, struct response *rs, struct err *err)
{
    struct browse_named named;
    slice full_name =
        slice_of(arena_printf(rq->arena, "%.*s/%.*s", SLICE_ARG(rq->args[0]), SLICE_ARG(rq->args[1])));
    return browse_by_full_name_joined(rq->gate, full_name, &named, err) &&
           answer_named(rq, rs, RECORD_REPOSITORY, &named, err);
}
