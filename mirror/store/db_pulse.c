#include "mirror/store/db_pulse.h"
#include "core/base/clock.h"
#include "core/base/limits.h"
#include "core/base/memory.h"
#include "schema/db/db.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define EVERY_MS    1000
#define LOOK_MS     100 /* how soon it notices a stop */
#define PATIENCE_MS 2000
#define SLOW_MS     10000 /* the server's timeout: a statement that it ends was answered */

struct pulse {
    const char *database_url;
    void (*on_hang)(void *owner, const char *why);
    void *owner;
    pthread_t thread;
    bool has_thread;
    struct db *db; /* the thread's */
    _Atomic bool hangs, stopping;
};

static bool beats(struct pulse *p, struct err *err)
{
    const struct db_options options = {.url = p->database_url,
                                       .application = "gitomatic mirror pulse",
                                       .statement_timeout_ms = SLOW_MS,
                                       .patience_ms = PATIENCE_MS,
                                       .connect_ms = PATIENCE_MS,
                                       .abandon = &p->stopping};
    return (p->db || db_open(&options, &p->db, err)) && db_script(p->db, "select 1", err);
}

static void *run(void *arg)
{
    struct pulse *p = arg;
    for (int64_t next_ms = 0; !p->stopping; clock_sleep_ms(LOOK_MS)) {
        struct err err;
        int64_t begun = clock_mono_ms();
        if (begun < next_ms)
            continue;
        bool well = beats(p, &err), hangs = !well && clock_mono_ms() - begun >= PATIENCE_MS - LOOK_MS;
        bool before = atomic_exchange(&p->hangs, hangs);
        if (hangs && !before)
            p->on_hang(p->owner, err.text);
        next_ms = clock_mono_ms() + EVERY_MS;
    }
    db_close(p->db);
    return NULL;
}

const _Atomic bool *pulse_hangs(const struct pulse *p)
{
    return &p->hangs;
}

bool pulse_start(const char *database_url, void (*on_hang)(void *owner, const char *why), void *owner,
                 struct pulse **out, struct err *err)
{
    struct pulse *p = xcalloc(1, sizeof *p);
    *out = p;
    p->database_url = database_url;
    p->on_hang = on_hang;
    p->owner = owner;
    p->has_thread = thread_start(&p->thread, run, p, err);
    return p->has_thread;
}

/* Ends the thread; pulse_hangs stays readable until pulse_destroy. */
static void pulse_stop(struct pulse *p)
{
    if (!p || !p->has_thread)
        return;
    p->stopping = true;
    pthread_join(p->thread, NULL);
    p->has_thread = false;
}

void pulse_destroy(struct pulse *p)
{
    pulse_stop(p);
    free(p);
}
