#include "api/request/request_log.h"
#include "core/log/log.h"
#include <assert.h>

void response_header(struct response *rs, const char *name, const char *value)
{
    assert(rs->n_headers < ARRAY_LEN(rs->headers));
    rs->headers[rs->n_headers++] = (struct response_header){name, value};
}

void response_replace(struct response *rs, const char *name, const char *value)
{
    for (size_t i = 0; i < rs->n_headers; i++) {
        if (strcmp(rs->headers[i].name, name) == 0) {
            rs->headers[i].value = value;
            return;
        }
    }
    response_header(rs, name, value);
}

const char *response_get(const struct response *rs, const char *name)
{
    for (size_t i = 0; i < rs->n_headers; i++)
        if (slice_eq_nocase(slice_of(rs->headers[i].name), slice_of(name)))
            return rs->headers[i].value;
    return NULL;
}

void response_vary(struct request *rq, struct response *rs, const char *name)
{
    for (size_t i = 0; i < rs->n_headers; i++) {
        if (strcmp(rs->headers[i].name, "Vary") == 0) {
            rs->headers[i].value = arena_printf(rq->arena, "%s, %s", rs->headers[i].value, name);
            return;
        }
    }
    response_header(rs, "Vary", name);
}

void reply_json(struct request *rq, struct response *rs, struct jw *w)
{
    rs->status = 200;
    rs->content_type = "application/json";
    buf_reset(&rs->body);
    jw_init(w, &rs->body, rq->indent);
}

void reply_text(struct response *rs, const char *content_type)
{
    rs->status = 200;
    rs->content_type = content_type;
    buf_reset(&rs->body);
}

void reply_unauthorized(struct request *rq, struct response *rs)
{
    response_header(rs, "WWW-Authenticate", "Basic realm=\"gitomatic\"");
    reply_detail(rq, rs, 401, "Authentication credentials were not provided.");
}

void reply_detail(struct request *rq, struct response *rs, int status, const char *text)
{
    struct jw w;
    reply_json(rq, rs, &w);
    rs->status = status;
    jw_object(&w);
    jw_kcstr(&w, "detail", text);
    jw_end_object(&w);
}

void reply_see_other(struct response *rs, const char *address)
{
    buf_reset(&rs->body);
    rs->status = 303;
    rs->content_type = "text/html; charset=utf-8";
    response_header(rs, "Location", address);
}

void reply_shed(struct request *rq, struct response *rs, const char *why)
{
    response_header(rs, "Retry-After", "2");
    reply_detail(rq, rs, 503, why);
    rs->shed = true;
}

void reply_error(struct request *rq, struct response *rs, const struct err *err)
{
    /* A statement that reached its deadline is a temporary failure, like an unavailable database. */
    bool late = err->code == ERR_TIMEOUT;
    int status = late ? 503 : err_code_http(err->code);
    if (status == 503)
        log_warn("api.unavailable", L_STR("route", request_log_route(rq)), L_STR("why", err->text));
    else
        log_error("api.failed", L_STR("route", request_log_route(rq)), L_STR("sqlstate", err->sqlstate),
                  L_STR("why", err->text));
    reply_detail(rq, rs, status,
                 late            ? "The database took too long to answer. Request less, or try again."
                 : status == 503 ? "The database is unreachable. Try again."
                                 : "Internal error. See the server's log.");
}
