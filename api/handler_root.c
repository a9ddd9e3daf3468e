#include "api/render.h"
#include "api/routes.h"

bool handle_home(struct request *rq, struct response *rs, struct err *err)
{
    (void)rq, (void)err;
    rs->status = 302;
    rs->content_type = "text/html; charset=utf-8";
    response_header(rs, "Location", "/github/");
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
