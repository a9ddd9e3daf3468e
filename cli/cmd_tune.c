/* gitomatic tune: indexes that lists can do without (schema/tune.h). */
#include "cli/args.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/process/stop.h"
#include "core/base/clock.h"
#include "core/base/limits.h"
#include "schema/migrate.h"
#include "schema/tune.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define APPLICATION "gitomatic tune"
#define LOOK_MS     100
/* More than what tune_interrupt waits for; a second signal ends the process at once. */
#define CLEAN_UP_MS 60000

enum action { LIST, BUILD, DROP };

struct tuning {
    const struct config *cfg;
    enum action action;
    bool chosen[TUNE_MAX_INDEXES];
    struct db *db;
    /* ---- an interruption ---- */
    int stop_fd;
    atomic_bool stopped, done;
};

/* ---- what to do ---- */

static bool choose(struct tuning *t, const char *name, struct err *err)
{
    const char *names[TUNE_MAX_INDEXES + 1] = {"all"};
    size_t n;
    const struct tune_index *indexes = tune_indexes(&n);
    bool all = strcmp(name, "all") == 0, found = all;
    for (size_t i = 0; i < n; i++) {
        names[i + 1] = indexes[i].name;
        bool it = all || strcmp(name, indexes[i].name) == 0;
        t->chosen[i] |= it;
        found |= it;
    }
    return found || args_unknown_word(name, "an optional index", names, n + 1, err);
}

static bool read_arguments(struct tuning *t, const struct command_call *call, struct err *err)
{
    static const char *const actions[] = {"list", "build", "drop"};
    const char *operands[TUNE_MAX_INDEXES + 1];
    size_t n = 0;
    if (!args_parse(call->argc, call->argv, NULL, 0, operands, ARRAY_LEN(operands), &n, err))
        return false;
    for (t->action = LIST; n && t->action <= DROP; t->action++)
        if (strcmp(operands[0], actions[t->action]) == 0)
            break;
    if (t->action > DROP)
        return args_unknown_word(operands[0], "an action", actions, ARRAY_LEN(actions), err);
    if (t->action == LIST && n > 1)
        return err_set(err, ERR_USAGE, "\"%.60s\" is not understood: expected nothing after list",
                       operands[1]);
    if (t->action != LIST && n == 1)
        return err_set(err, ERR_USAGE,
                       "an index is missing: expected gitomatic tune %s all, or names from "
                       "gitomatic tune list",
                       operands[0]);
    for (size_t i = 1; i < n; i++)
        if (!choose(t, operands[i], err))
            return false;
    return true;
}

/* ---- doing it ---- */

static void put_size(char out[32], int64_t bytes)
{
    snprintf(out, 32, "%.1f MB", (double)bytes / 1e6);
}

static bool list(struct db *db, struct err *err)
{
    static const char *const states[] = {[TUNE_ABSENT] = "absent",
                                         [TUNE_BUILT] = "built",
                                         [TUNE_BUILDING] = "being built",
                                         [TUNE_UNFINISHED] = "unfinished: build or drop it"};
    struct tune_found found[TUNE_MAX_INDEXES];
    size_t n;
    const struct tune_index *indexes = tune_indexes(&n);
    if (!tune_read(db, found, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        char size[32] = "";
        if (found[i].state == TUNE_BUILT)
            put_size(size, found[i].bytes);
        printf("%-34s %-12s %10s  %s by %s\n", indexes[i].name, states[found[i].state], size,
               indexes[i].table, indexes[i].serves);
    }
    return true;
}

static bool build(struct tuning *t, const struct tune_index *index, size_t number, struct err *err)
{
    struct tune_found found[TUNE_MAX_INDEXES];
    char size[32];
    int64_t begun_ms = clock_mono_ms();
    if (!tune_read(t->db, found, err))
        return false;
    if (found[number].state == TUNE_BUILT) {
        printf("%s is built already\n", index->name);
        return true;
    }
    if (!tune_build(t->db, number, err) || !tune_read(t->db, found, err))
        return false;
    put_size(size, found[number].bytes);
    printf("%s built in %.1f s, %s\n", index->name, (double)(clock_mono_ms() - begun_ms) / 1000, size);
    return true;
}

static bool drop(struct tuning *t, const struct tune_index *index, size_t number, struct err *err)
{
    struct tune_found found[TUNE_MAX_INDEXES];
    if (!tune_read(t->db, found, err) || !tune_drop(t->db, number, err))
        return false;
    printf(found[number].state == TUNE_ABSENT ? "%s is absent\n" : "%s dropped\n", index->name);
    return true;
}

/* ---- an interruption ---- */

static void *watch(void *context)
{
    struct tuning *t = context;
    while (!atomic_load(&t->done) && !atomic_load(&t->stopped))
        if (stop_wait(t->stop_fd, LOOK_MS))
            atomic_store(&t->stopped, true);
    return NULL;
}

/* The server would continue building for a client that is gone. */
static bool clean_up(const struct tuning *t, int64_t pid, size_t number, struct err *err)
{
    size_t n;
    struct db *other;
    const char *name = tune_indexes(&n)[number].name;
    if (t->action != BUILD)
        return err_set(err, ERR_STOPPING, "interrupted: the server is still dropping %s", name);
    db_give_up_after(CLEAN_UP_MS);
    if (!database_open(t->cfg, APPLICATION, &other, err))
        return false;
    bool ok = tune_interrupt(other, pid, number, err);
    db_close(other);
    return ok && err_set(err, ERR_STOPPING, "interrupted: %s was not built", name);
}

static bool change(struct tuning *t, struct err *err)
{
    size_t n;
    int64_t pid;
    const struct tune_index *indexes = tune_indexes(&n);
    if (!tune_begin(t->db, &pid, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!t->chosen[i])
            continue;
        bool ok = t->action == BUILD ? build(t, &indexes[i], i, err) : drop(t, &indexes[i], i, err);
        fflush(stdout);
        if (!ok)
            return atomic_load(&t->stopped) && clean_up(t, pid, i, err);
        if (atomic_load(&t->stopped))
            return err_set(err, ERR_STOPPING, "interrupted after %s", indexes[i].name);
    }
    return true;
}

static bool change_until_stopped(struct tuning *t, struct err *err)
{
    pthread_t watcher;
    if (!thread_start(&watcher, watch, t, err))
        return false;
    bool ok = change(t, err);
    atomic_store(&t->done, true);
    pthread_join(watcher, NULL);
    return ok;
}

int cmd_tune(const struct command_call *call, struct err *err)
{
    struct tuning t = {.cfg = call->cfg};
    if (!read_arguments(&t, call, err) || !stop_open(&t.stop_fd, err) ||
        !database_open_until(call->cfg, APPLICATION, &t.stopped, &t.db, err))
        return exit_code_of(err);
    bool ok = schema_check(t.db, err) && (t.action == LIST ? list(t.db, err) : change_until_stopped(&t, err));
    db_close(t.db);
    return ok ? EXIT_DONE : atomic_load(&t.stopped) ? EXIT_INTERRUPTED : exit_code_of(err);
}
