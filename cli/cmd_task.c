#include "cli/args.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/process/stop.h"
#include "core/base/clock.h"
#include "schema/queue/jobs.h"
#include "schema/queue/quota.h"
#include "schema/queue/tasks.h"
#include <stdio.h>

#define LOOK_EVERY_MS 1000

struct wanted {
    const char *name, *username, *repo_name;
    bool wait;
};

static void show(const struct task_progress *p)
{
    fprintf(stderr, "%lld jobs open, %lld done, %lld failed; %lld pages, %lld records, %lld units of quota",
            (long long)p->open, (long long)p->completed, (long long)p->failed, (long long)p->pages,
            (long long)p->records, (long long)p->cost);
    if (p->next_run_at_ms) {
        char at[CLOCK_ISO_SIZE];
        fprintf(stderr, "; some wait, the next until %s", clock_iso(p->next_run_at_ms, at));
    }
    if (*p->error)
        fprintf(stderr, "; %s", p->error);
    if (*p->note)
        fprintf(stderr, "; %s", p->note);
    fputc('\n', stderr);
}

/* Says once when nobody is there to do the work, and when somebody came. */
static bool tell_of_crawlers(struct db *db, bool *none, struct err *err)
{
    int64_t n;
    if (!quota_crawlers(db, &n, err))
        return false;
    if (n == 0 && !*none)
        fputs("no crawler runs: the task waits for one (gitomatic crawler, or gitomatic up)\n", stderr);
    if (n && *none)
        fputs("a crawler runs now\n", stderr);
    *none = n == 0;
    return true;
}

static int outcome_of(const struct task_progress *p, struct err *err)
{
    if (p->failed)
        err_set(err, ERR_UPSTREAM, "%lld of the task's jobs failed: %.160s", (long long)p->failed, p->error);
    else if (p->incomplete)
        err_set(err, ERR_UPSTREAM, "%lld of the task's jobs could not read all there is: %.160s",
                (long long)p->incomplete, p->missing);
    return p->failed || p->incomplete ? EXIT_FAILED : EXIT_DONE;
}

/* Until no job of the task is open. A lost database is waited for: the task goes on without us. */
static int wait_for_task(struct db *db, int64_t task_id, int stop_fd, struct err *err)
{
    struct task_progress now, shown = {.open = -1};
    bool none = false;
    do {
        if (!jobs_task_progress(db, task_id, &now, err) || (now.open && !tell_of_crawlers(db, &none, err))) {
            if (err_code_retry(err->code) == RETRY_NEVER)
                return exit_code_of(err);
            fprintf(stderr, "still waiting: %s\n", err->text);
            continue;
        }
        if (memcmp(&now, &shown, sizeof now) != 0)
            show(&now);
        shown = now;
        if (now.open == 0)
            return outcome_of(&now, err);
    } while (!stop_wait(stop_fd, LOOK_EVERY_MS));
    fprintf(stderr, "task %lld goes on without us; see gitomatic status\n", (long long)task_id);
    return EXIT_INTERRUPTED;
}

static int run(struct db *db, const struct wanted *wanted, struct err *err)
{
    int64_t job_id, task_id;
    int stop_fd = -1;
    if ((wanted->wait && !stop_open(&stop_fd, err)) ||
        !tasks_request(db, slice_of(wanted->name), slice_of(wanted->username), slice_of(wanted->repo_name),
                       PRIORITY_ASKED, &job_id, err) ||
        !tasks_of_job(db, job_id, &task_id, err))
        return exit_code_of(err);
    printf("job %lld of task %lld\n", (long long)job_id, (long long)task_id);
    return wanted->wait ? wait_for_task(db, task_id, stop_fd, err) : EXIT_DONE;
}

int cmd_task(const struct command_call *call, struct err *err)
{
    struct wanted wanted = {0};
    struct db *db;
    enum job_kind kind;
    const struct arg_flag flags[] = {{.name = "--username", .values = &wanted.username, .max_values = 1},
                                     {.name = "--repo-name", .values = &wanted.repo_name, .max_values = 1},
                                     {.name = "--wait", .present = &wanted.wait}};
    if (!args_parse(call->argc, call->argv, flags, ARRAY_LEN(flags), &wanted.name, 1, NULL, err) ||
        !task_check(slice_of(wanted.name), slice_of(wanted.username), slice_of(wanted.repo_name), &kind,
                    err) ||
        !database_open_checked(call->cfg, "gitomatic task", &db, err))
        return exit_code_of(err);
    int code = run(db, &wanted, err);
    db_close(db);
    return code;
}
