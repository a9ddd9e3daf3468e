#include "api/request/request_log.h"
#include "core/base/clock.h"
#include "core/log/log.h"
#include "core/log/log_limit.h"
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
    response_header(rs, "WWW-Authenticate",
                    request_is_for_a_page(rq) ? "Bearer realm=\"gitomatic\"" : "Basic realm=\"gitomatic\"");
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

/* There may be as many as there are requests. */
static void note_refused(enum log_level level, const char *event, const struct request *rq,
                         const char *sqlstate, const char *why)
{
    static struct log_limit limit = LOG_LIMIT_INIT;
    int64_t n_held;
    const char *route = request_log_route(rq);
    if (!log_limit_passes(&limit, route, why, clock_mono_ms(), &n_held))
        level = LOG_DEBUG;
    LOG_AT(level, event, L_STR("route", route), L_STR("sqlstate", sqlstate), L_STR("why", why),
           L_I64("more_before", n_held));
}

void reply_shed(struct request *rq, struct response *rs, const char *why)
{
    note_refused(LOG_WARN, "api.overloaded", rq, "", why);
    response_header(rs, "Retry-After", "2");
    reply_detail(rq, rs, 503, why);
    rs->shed = true;
}

/* For people who wait or repair: what is wrong with the database. */
static const char *why_unavailable(const struct err *err)
{
    switch (db_trouble_of(err)) {
    case DB_NO_SCHEMA:
        return "The database's schema is missing or is not this program's. Run `gitomatic migrate`; the "
               "server then "
               "continues without a restart.";
    case DB_READ_ONLY:
        return "The database is read-only: it is a standby, or was set so. What only reads still works. Try "
               "again.";
    case DB_EXHAUSTED:
        return "The database is out of disk space, memory or connections. Try again later.";
    case DB_RESTARTING:
        return "The database is starting or stopping, or it ended the connection. Try again.";
    case DB_REFUSES:
        return "The database refuses the server's login. See the server's log.";
    case DB_NO_TROUBLE:
        break;
    }
    return err->code == ERR_TIMEOUT    ? "The database took too long to answer. Request less, or try again."
           : err->code == ERR_DB_BUSY  ? "All connections to the database are in use. Try again."
           : err->code == ERR_DB_RETRY ? "The database could not do this beside other work. Try again."
                                       : "The database is unreachable. Try again.";
}

void reply_error(struct request *rq, struct response *rs, const struct err *err)
{
    /* A statement that reached its deadline is a temporary failure, like an unavailable database. So is a missing schema: dispatch
     * makes ERR_SCHEMA of it. */
    bool late = err->code == ERR_TIMEOUT || err->code == ERR_SCHEMA;
    int status = late ? 503 : err_code_http(err->code);
    note_refused(status == 503 ? LOG_WARN : LOG_ERROR, status == 503 ? "api.unavailable" : "api.failed", rq,
                 err->sqlstate, err->text);
    reply_detail(rq, rs, status,
                 status == 503 ? why_unavailable(err) : "Internal error. See the server's log.");
}
