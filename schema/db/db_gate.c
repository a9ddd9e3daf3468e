#include "schema/db/db_gate.h"
#include "core/base/clock.h"
#include <string.h>

#define WAIT_MS        2000
#define BEYOND_WAIT_MS 300
#define STILL_MS       250
#define CLOSED_MS      1000

void db_slots_init(struct db_slots *slots, int n_connections, int n)
{
    *slots = (struct db_slots){.n_connections = n_connections, .n = n};
}

static void leave(struct db_slots *slots)
{
    atomic_fetch_sub(&slots->n_inside, 1);
}

static void close_gate(struct db_gate *gate, const struct err *err)
{
    uint64_t why = 0;
    memcpy(&why, err->sqlstate, sizeof err->sqlstate);
    gate->why = why;
    gate->closed_until_ms = clock_mono_ms() + CLOSED_MS;
}

static bool refuse_closed(struct db_gate *gate, struct err *err)
{
    uint64_t why = gate->why;
    err_set(err, ERR_DB_DOWN, "the last connection attempt to the database failed");
    memcpy(err->sqlstate, &why, sizeof err->sqlstate);
    return false;
}

/* *wait_ms_out: for a connection. *beyond_out: above the slots' n. */
static bool enter(struct db_gate *gate, int *wait_ms_out, bool *beyond_out, struct err *err)
{
    struct db_slots *slots = gate->slots;
    int64_t now = clock_mono_ms();
    if (now < gate->closed_until_ms)
        return refuse_closed(gate, err);
    int n_inside = atomic_fetch_add(&slots->n_inside, 1);
    bool beyond = n_inside >= slots->n;
    if (n_inside < slots->n_connections)
        slots->moved_ms = now;
    if (beyond && now - slots->moved_ms > STILL_MS) {
        leave(slots);
        return err_set(err, ERR_DB_BUSY, "too many requests are waiting for the database");
    }
    *wait_ms_out = beyond ? BEYOND_WAIT_MS : WAIT_MS;
    *beyond_out = beyond;
    return true;
}

/* Without a connection. Returns false. */
static bool leave_without(struct db_gate *gate, const struct err *err)
{
    leave(gate->slots);
    if (err->code == ERR_DB_DOWN)
        close_gate(gate, err);
    return false;
}

static bool acquire(struct db_gate *gate, int max_wait_ms, struct db **db_out, struct err *err)
{
    int wait_ms;
    bool beyond;
    if (!enter(gate, &wait_ms, &beyond, err))
        return false;
    if (!db_pool_acquire(gate->pool, wait_ms < max_wait_ms ? wait_ms : max_wait_ms, db_out, err))
        return leave_without(gate, err);
    gate->slots->moved_ms = clock_mono_ms();
    return true;
}

bool db_gate_acquire(struct db_gate *gate, struct db **db_out, struct err *err)
{
    return acquire(gate, WAIT_MS, db_out, err);
}

void db_gate_release(struct db_gate *gate, struct db *db)
{
    db_pool_release(gate->pool, db);
    gate->slots->moved_ms = clock_mono_ms();
    leave(gate->slots);
}

/* until_ms: nothing begins anew after it. *err: why the read was not answered together with others. */
static bool read_alone(struct db_gate *gate, int64_t until_ms, const struct db_call *call, struct err *err)
{
    struct db *db;
    int64_t left = until_ms - clock_mono_ms();
    if (db_may_pass(err) && left < 0)
        return false;
    if (err->code == ERR_TIMEOUT || left < 0)
        return err_set(err, ERR_DB_BUSY, "the database took too long for reads beside this one");
    err_clear(err);
    if (!acquire(gate, (int)left, &db, err))
        return false;
    bool ok = db_run_args(db, call->q, call->args, call->n_args, call->rows_out, err);
    if (!ok && db_may_pass(err) && clock_mono_ms() <= until_ms) {
        err_clear(err);
        ok = db_run_args(db, call->q, call->args, call->n_args, call->rows_out, err);
    }
    db_gate_release(gate, db);
    return ok;
}

bool db_gate_read(struct db_gate *gate, const struct db_read *read, struct err *err)
{
    int wait_ms;
    bool beyond;
    if (!enter(gate, &wait_ms, &beyond, err))
        return false;
    int64_t until_ms = clock_mono_ms() + wait_ms;
    enum db_outcome outcome = db_pool_read(gate->pool, wait_ms, !beyond, read, err);
    if (outcome == DB_READ_REFUSED)
        return leave_without(gate, err);
    gate->slots->moved_ms = clock_mono_ms();
    leave(gate->slots);
    return outcome == DB_READ_DONE ||
           (outcome == DB_READ_AGAIN && read_alone(gate, until_ms, &read->call, err));
}
