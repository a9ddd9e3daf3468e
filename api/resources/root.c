#include "api/html/sign_in.h"
#include "api/html/views/dashboard.h"
#include "api/resources/render.h"
#include "api/spec/routes.h"

bool handle_home(struct request *rq, struct response *rs, struct err *err)
{
    slice prefix = page_prefix(rq);
    if (rq->page && page_may_read(rq))
        return dashboard(rq, rs, err);
    if (rq->page) {
        sign_in_page(rq, rs, 200, (slice){NULL, 0}, SLICE("/"), (slice){NULL, 0});
        return true;
    }
    rs->status = 302;
    rs->content_type = "text/html; charset=utf-8";
    response_header(rs, "Location", arena_printf(rq->arena, "%.*s/github/", SLICE_ARG(prefix)));
    return true;
}

bool handle_root(struct request *rq, struct response *rs, struct err *err)
{
    struct jw w;
    (void)err;
    reply_json(rq, rs, &w);
    render_record(&w, rq, SHAPE_ROOT, ALL_FIELDS, "");
    return true;
}
