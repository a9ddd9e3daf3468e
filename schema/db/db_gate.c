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

static void come_out(struct db_slots *slots)
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

static bool refuse(struct db_gate *gate, struct err *err)
{
    uint64_t why = gate->why;
    err_set(err, ERR_DB_DOWN, "the last connection attempt to the database failed");
    memcpy(err->sqlstate, &why, sizeof err->sqlstate);
    return false;
}

/* *wait_ms_out: for a connection. */
static bool come_in(struct db_gate *gate, int *wait_ms_out, struct err *err)
{
    struct db_slots *slots = gate->slots;
    int64_t now = clock_mono_ms();
    if (now < gate->closed_until_ms)
        return refuse(gate, err);
    int n_inside = atomic_fetch_add(&slots->n_inside, 1);
    bool beyond = n_inside >= slots->n;
    if (n_inside < slots->n_connections)
        slots->moved_ms = now;
    if (beyond && now - slots->moved_ms > STILL_MS) {
        come_out(slots);
        return err_set(err, ERR_DB_BUSY, "too many requests are waiting for the database");
    }
    *wait_ms_out = beyond ? BEYOND_WAIT_MS : WAIT_MS;
    return true;
}

/* Without a connection. Returns false. */
static bool turn_back(struct db_gate *gate, const struct err *err)
{
    come_out(gate->slots);
    if (err->code == ERR_DB_DOWN)
        close_gate(gate, err);
    return false;
}

bool db_gate_acquire(struct db_gate *gate, struct db **db_out, struct err *err)
{
    int wait_ms;
    if (!come_in(gate, &wait_ms, err))
        return false;
    if (!db_pool_acquire(gate->pool, wait_ms, db_out, err))
        return turn_back(gate, err);
    gate->slots->moved_ms = clock_mono_ms();
    return true;
}

void db_gate_release(struct db_gate *gate, struct db *db)
{
    db_pool_release(gate->pool, db);
    gate->slots->moved_ms = clock_mono_ms();
    come_out(gate->slots);
}

/* A connection that was idle may be lost without anybody's knowledge: the same handle opens a new one. */
static bool read_alone(struct db_gate *gate, const struct db_call *call, struct err *err)
{
    struct db *db;
    err_clear(err);
    if (!db_gate_acquire(gate, &db, err))
        return false;
    bool ok = db_run_args(db, call->q, call->args, call->n_args, call->rows_out, err);
    if (!ok && (err->code == ERR_DB_DOWN || err->code == ERR_DB_RETRY)) {
        err_clear(err);
        ok = db_run_args(db, call->q, call->args, call->n_args, call->rows_out, err);
    }
    db_gate_release(gate, db);
    return ok;
}

bool db_gate_read(struct db_gate *gate, const struct db_read *read, struct err *err)
{
    int wait_ms;
    if (!come_in(gate, &wait_ms, err))
        return false;
    enum db_outcome outcome = db_pool_read(gate->pool, wait_ms, read, err);
    if (outcome == DB_READ_REFUSED)
        return turn_back(gate, err);
    gate->slots->moved_ms = clock_mono_ms();
    come_out(gate->slots);
    return outcome == DB_READ_DONE || (outcome == DB_READ_AGAIN && read_alone(gate, &read->call, err));
}
