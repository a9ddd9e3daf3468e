#include "core/config/reload.h"
#include "core/base/limits.h"
#include "core/base/manager.h"
#include "core/base/memory.h"
#include "core/log/target.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

/* Settings that were in use are kept, as threads may still read their strings; equal ones are kept once. */
struct generation {
    struct config cfg;
    struct generation *next;
};

static struct reload_source source;
static struct generation *generations;
static const struct config *running;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards what follows */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static uint64_t n_requested, n_reopened, n_read;
static reload_fn *attending;
static void *attending_owner;
static bool busy;
static _Atomic bool refused;

/* Owns *cfg from here on. */
static const struct config *keep(struct config *cfg)
{
    if (config_same(cfg, source.running)) {
        config_finish(cfg);
        return source.running;
    }
    for (struct generation *g = generations; g; g = g->next)
        if (config_same(cfg, &g->cfg)) {
            config_finish(cfg);
            return &g->cfg;
        }
    struct generation *g = xcalloc(1, sizeof *g);
    g->cfg = *cfg;
    g->next = generations;
    generations = g;
    return &g->cfg;
}

static const struct config *read_again(struct buf *restart, struct err *err)
{
    struct config fresh, renewed;
    if (!config_load_again(&fresh, source.argc, source.argv, err))
        return NULL;
    if (source.adapt)
        source.adapt(&fresh);
    bool ok = !source.check || source.check(&fresh, err);
    if (ok)
        config_renew(source.running, &fresh, &renewed, restart);
    config_finish(&fresh);
    return ok ? keep(&renewed) : NULL;
}

static void take_over(reload_fn *take, void *owner)
{
    struct err err = {0};
    AUTO_BUF restart = {0};
    manager_reloading();
    const struct config *fresh = read_again(&restart, &err);
    if (fresh && take(owner, fresh, &err)) {
        log_set_level((enum log_level)fresh->log_level);
        log_info("config.reloaded", L_STR("changed", fresh == running ? "no" : "yes"));
        if (restart.len)
            log_warn("config.needs_restart", L_SLICE("settings", buf_slice(&restart)),
                     L_STR("note", "the values before stay in use until then"));
        running = fresh;
        refused = false;
    } else {
        refused = true;
        log_error("config.refused", L_STR("error", err.text),
                  L_STR("note", "the settings before stay in use"));
    }
    manager_reloaded();
}

static void reopen_log(void)
{
    struct err err;
    if (!log_target_reopen(&err))
        log_error("log.reopen", L_STR("error", err.text));
}

static void *run(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    for (;;) {
        if (n_reopened != n_requested) {
            n_reopened = n_requested;
            pthread_mutex_unlock(&lock);
            reopen_log();
            pthread_mutex_lock(&lock);
        } else if (n_read != n_requested && attending && source.argv) {
            reload_fn *take = attending;
            void *owner = attending_owner;
            n_read = n_requested;
            busy = true;
            pthread_mutex_unlock(&lock);
            take_over(take, owner);
            pthread_mutex_lock(&lock);
            busy = false;
            pthread_cond_broadcast(&changed);
        } else {
            pthread_cond_wait(&changed, &lock);
        }
    }
    return NULL;
}

bool reload_start(const struct reload_source *from, struct err *err)
{
    pthread_t thread;
    source = *from;
    running = from->running;
    if (!thread_start(&thread, run, NULL, err))
        return false;
    pthread_detach(thread);
    return true;
}

void reload_request(void)
{
    pthread_mutex_lock(&lock);
    n_requested++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

bool reload_was_refused(void)
{
    return refused;
}

void reload_failed(const struct config *cfg, const struct config *before, const struct err *err)
{
    log_error("config.refused", L_STR("error", err->text), L_STR("note", "the settings before stay in use"));
    pthread_mutex_lock(&lock);
    while (busy)
        pthread_cond_wait(&changed, &lock);
    if (running == cfg) {
        running = before;
        refused = true;
        log_set_level((enum log_level)before->log_level);
    }
    pthread_mutex_unlock(&lock);
}

uint64_t reload_count(void)
{
    pthread_mutex_lock(&lock);
    uint64_t n = n_requested;
    pthread_mutex_unlock(&lock);
    return n;
}

void reload_attend(reload_fn *take, void *owner)
{
    pthread_mutex_lock(&lock);
    attending = take;
    attending_owner = owner;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

void reload_leave(void)
{
    pthread_mutex_lock(&lock);
    attending = NULL;
    while (busy)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}
