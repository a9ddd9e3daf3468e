/* /health/ shows that the process answers, /health/ready whether it should receive requests. */
#include "api/runtime/readiness.h"
#include "api/spec/routes.h"

bool handle_health(struct request *rq, struct response *rs, struct err *err)
{
    (void)rq, (void)err;
    rs->status = 200;
    rs->content_type = "text/plain; charset=utf-8";
    buf_puts(&rs->body, "ok");
    return true;
}

static const struct {
    const char *database, *schema, *detail; /* detail NULL: no problem */
} words[] = {
    [READY] = {"ok", "ok", NULL},
    [DATABASE_DOWN] = {"unreachable", "unknown", "The database is unreachable."},
    [DATABASE_RESTARTS] = {"restarting", "unknown", "The database is starting or stopping."},
    [DATABASE_REFUSES] = {"refused", "unknown",
                          "The database refuses the login. See the server's log for the error message."},
    [DATABASE_EXHAUSTED] = {"exhausted", "unknown",
                            "The database is out of connections, disk space or memory."},
    [DATABASE_BUSY] = {"busy", "unknown",
                       "No connection to the database is free, or it does not answer in time."},
    [SCHEMA_WRONG] = {"ok", "wrong",
                      "The database's schema is missing or is not this program's: run `gitomatic migrate`."},
};

bool handle_ready(struct request *rq, struct response *rs, struct err *err)
{
    struct jw w;
    (void)err;
    enum fault fault = readiness_ask(rq->api->readiness);
    /* A thread busy with a request does not serve its other connections: the next check should use a new one. */
    response_header(rs, "Connection", "close");
    reply_json(rq, rs, &w);
    if (fault != READY)
        rs->status = 503;
    jw_object(&w);
    jw_kcstr(&w, "database", words[fault].database);
    jw_kcstr(&w, "schema", words[fault].schema);
    if (words[fault].detail)
        jw_kcstr(&w, "detail", words[fault].detail);
    jw_end_object(&w);
    return true;
}
