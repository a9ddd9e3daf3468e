#include "cli/progress.h"
#include "core/base/clock.h"
#include "schema/report/status.h"
#include <stdio.h>
#include <stdlib.h>

#define EVERY_MS 10000
#define FIRST_MS 3000

struct progress {
    const char *url;
    struct db *db;
    struct arena *arena;
    struct status_progress shown;
    bool any_shown;
    int64_t look_at_ms;
};

struct progress *progress_create(const char *url)
{
    struct progress *p = calloc(1, sizeof *p);
    if (!p)
        abort();
    p->url = url;
    p->arena = arena_create();
    p->look_at_ms = clock_mono_ms() + FIRST_MS;
    return p;
}

void progress_destroy(struct progress *p)
{
    if (!p)
        return;
    db_close(p->db);
    arena_destroy(p->arena);
    free(p);
}

static void show(const struct status_progress *now)
{
    const struct status_counts *c = &now->counts;
    char at[CLOCK_ISO_SIZE], quota[64] = "not known yet";
    if (now->has_quota)
        snprintf(quota, sizeof quota, "%lld of %lld left", (long long)now->rate_remaining,
                 (long long)now->rate_limit);
    printf("%.8s  developers %lld (%lld synced), repositories %lld (%lld synced), follows %lld, stars %lld, "
           "jobs open %lld, quota %s\n",
           clock_iso(clock_wall_ms(), at) + sizeof "YYYY-MM-DD", (long long)c->developers_known,
           (long long)c->developers_synced, (long long)c->repositories_known,
           (long long)c->repositories_synced, (long long)c->follows, (long long)c->stars,
           (long long)now->open_jobs, quota);
}

static bool same(const struct status_progress *a, const struct status_progress *b)
{
    return memcmp(&a->counts, &b->counts, sizeof a->counts) == 0 && a->open_jobs == b->open_jobs &&
           a->has_quota == b->has_quota && a->rate_limit == b->rate_limit &&
           a->rate_remaining == b->rate_remaining;
}

void progress_look(struct progress *p)
{
    struct status_progress now;
    struct err ignored;
    const struct db_options options = {
        .url = p->url, .application = "gitomatic up", .statement_timeout_ms = 10000};
    if (clock_mono_ms() < p->look_at_ms)
        return;
    p->look_at_ms = clock_mono_ms() + EVERY_MS;
    arena_reset(p->arena);
    if ((!p->db && !db_open(&options, &p->db, &ignored)) || !status_progress(p->db, p->arena, &now, &ignored))
        return;
    if (!p->any_shown || !same(&now, &p->shown))
        show(&now);
    p->shown = now;
    p->any_shown = true;
}
