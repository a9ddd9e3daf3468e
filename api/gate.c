#include "api/gate.h"
#include "core/base/clock.h"

#define WAIT_MS   2000
#define CLOSED_MS 1000

bool gate_acquire(struct gate *gate, struct db **db_out, struct err *err)
{
    if (clock_mono_ms() < gate->closed_until_ms)
        return err_set(err, ERR_DB_DOWN, "no connection to the database a moment ago");
    if (db_pool_acquire(gate->pool, WAIT_MS, db_out, err))
        return true;
    if (err->code == ERR_DB_DOWN)
        gate->closed_until_ms = clock_mono_ms() + CLOSED_MS;
    return false;
}

void gate_release(struct gate *gate, struct db *db)
{
    db_pool_release(gate->pool, db);
}
