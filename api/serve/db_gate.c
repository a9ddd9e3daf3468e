#include "api/serve/db_gate.h"
#include "core/base/clock.h"

#define WAIT_MS        2000
#define BEYOND_WAIT_MS 300
#define STILL_MS       250
#define CLOSED_MS      1000

void gate_places_init(struct gate_places *places, int n_connections, int n)
{
    *places = (struct gate_places){.n_connections = n_connections, .n = n};
}

static void come_out(struct gate_places *places)
{
    atomic_fetch_sub(&places->n_inside, 1);
}

bool gate_acquire(struct gate *gate, struct db **db_out, struct err *err)
{
    struct gate_places *places = gate->places;
    int64_t now = clock_mono_ms();
    if (now < gate->closed_until_ms)
        return err_set(err, ERR_DB_DOWN, "no connection to the database a moment ago");
    int n_inside = atomic_fetch_add(&places->n_inside, 1);
    bool beyond = n_inside >= places->n;
    if (n_inside < places->n_connections)
        places->moved_ms = now;
    if (beyond && now - places->moved_ms > STILL_MS) {
        come_out(places);
        return err_set(err, ERR_DB_BUSY, "too many wait for the database");
    }
    if (db_pool_acquire(gate->pool, beyond ? BEYOND_WAIT_MS : WAIT_MS, db_out, err)) {
        places->moved_ms = clock_mono_ms();
        return true;
    }
    come_out(places);
    if (err->code == ERR_DB_DOWN)
        gate->closed_until_ms = clock_mono_ms() + CLOSED_MS;
    return false;
}

void gate_release(struct gate *gate, struct db *db)
{
    db_pool_release(gate->pool, db);
    gate->places->moved_ms = clock_mono_ms();
    come_out(gate->places);
}
