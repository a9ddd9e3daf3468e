#include "api/link.h"
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
    static const char *const names[] = {"developers", "repositories", "rate_limit", "tasks"};
    struct jw w;
    (void)err;
    reply_json(rq, rs, &w);
    jw_object(&w);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        jw_key(&w, names[i]);
        link_put(&w, rq, arena_printf(rq->arena, "/github/%s/", names[i]));
    }
    jw_end_object(&w);
    return true;
}

bool handle_health(struct request *rq, struct response *rs, struct err *err)
{
    (void)rq, (void)err;
    rs->status = 200;
    rs->content_type = "text/plain; charset=utf-8";
    buf_puts(&rs->body, "ok");
    return true;
}
