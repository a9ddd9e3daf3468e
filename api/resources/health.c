/* /health/ says that the process answers, /health/ready whether it should be sent requests. */
#include "api/spec/routes.h"
#include "core/base/clock.h"
#include "schema/migrate.h"

bool handle_health(struct request *rq, struct response *rs, struct err *err)
{
    (void)rq, (void)err;
    rs->status = 200;
    rs->content_type = "text/plain; charset=utf-8";
    buf_puts(&rs->body, "ok");
    return true;
}

enum fault { READY, DATABASE_DOWN, DATABASE_BUSY, SCHEMA_WRONG };

static const struct {
    const char *database, *schema, *detail; /* detail NULL: all is well */
} words[] = {
    [READY] = {"ok", "ok", NULL},
    [DATABASE_DOWN] = {"unreachable", "unknown", "The database can't be reached."},
    [DATABASE_BUSY] = {"busy", "unknown",
                       "No connection to the database is free, or it does not answer in time."},
    [SCHEMA_WRONG] = {"ok", "wrong",
                      "The database's schema is not this program's: see gitomatic migrate --status."},
};

static enum fault fault_of(const struct err *err)
{
    return err->code == ERR_SCHEMA || err->code == ERR_DB         ? SCHEMA_WRONG
           : err->code == ERR_DB_BUSY || err->code == ERR_TIMEOUT ? DATABASE_BUSY
                                                                  : DATABASE_DOWN;
}

static enum fault look(struct db_gate *gate)
{
    struct err err = {0};
    struct db *db;
    if (!db_gate_acquire(gate, &db, &err))
        return fault_of(&err);
    bool ok = schema_check(db, &err) || (err.code == ERR_DB_DOWN && schema_check(db, &err));
    db_gate_release(gate, db);
    return ok ? READY : fault_of(&err);
}

bool handle_ready(struct request *rq, struct response *rs, struct err *err)
{
    struct api *api = rq->api;
    struct jw w;
    (void)err;
    enum fault fault = look(api->write);
    if (fault == READY && api->read != api->write)
        fault = look(api->read);
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
