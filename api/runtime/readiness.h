/* readiness: whether the database answers and has this program's schema. A thread of its own checks, so that callers wait
 * for at most a second even if the database hangs. Thread-safe. */
#pragma once
#include "core/base/err.h"

struct api;
struct readiness;

enum fault {
    READY,
    DATABASE_DOWN,
    DATABASE_RESTARTS,
    DATABASE_REFUSES,
    DATABASE_EXHAUSTED,
    DATABASE_BUSY,
    SCHEMA_WRONG,
    N_FAULTS
};
const char *fault_name(enum fault fault);
/* Whether the database gives no answers at all. */
static inline bool fault_is_of_database(enum fault fault)
{
    return fault != READY && fault != SCHEMA_WRONG;
}

/* Needs api->write and api->read until it is destroyed. */
MUST_CHECK bool readiness_start(struct api *api, struct readiness **out, struct err *err);
void readiness_stop(struct readiness *r); /* NULL is fine */
/* The present state. DATABASE_BUSY: no answer within a second. */
enum fault readiness_ask(struct readiness *r);
