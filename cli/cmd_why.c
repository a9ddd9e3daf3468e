#include "cli/args.h"
#include "cli/command.h"
#include "cli/database.h"
#include "core/base/clock.h"
#include "core/json/jw.h"
#include "schema/report/why.h"
#include <stdio.h>

static void print_json(const struct why *y)
{
    struct buf out;
    struct jw w;
    buf_init(&out, 0);
    jw_init(&w, &out, 2);
    why_write(&w, y);
    buf_putc(&out, '\n');
    fwrite(out.ptr, 1, out.len, stdout);
    buf_finish(&out);
}

/* ---- text ---- */

static const char *time_or(int64_t at_ms, const char *otherwise, char out[CLOCK_ISO_SIZE])
{
    return at_ms == 0 || at_ms == INT64_MAX ? otherwise : clock_iso(at_ms, out);
}

static const char *count_or(int64_t count, char out[24])
{
    if (count < 0)
        return "?";
    snprintf(out, 24, "%lld", (long long)count);
    return out;
}

static void print_plan(const struct why *y)
{
    char at[CLOCK_ISO_SIZE], one[24], two[24], three[24];
    if (!y->planned) {
        puts("plan          none: discovery does not know of it");
        return;
    }
    printf("reason        %s\n", y->reason);
    if (y->last_ms)
        printf("lists         walked %lld times, last %s with %s followers, %s following, %s repositories; "
               "counts had changed %lld times\n",
               (long long)y->walks, clock_iso(y->last_ms, at), count_or(y->counts[0], one),
               count_or(y->counts[1], two), count_or(y->counts[2], three), (long long)y->changes);
    else
        puts("lists         never walked");
    if (y->due)
        printf("next          due since %s, when discovery gets to it\n", clock_iso(y->next_ms, at));
    else
        printf("next          %s\n", time_or(y->next_ms, "not until something changes", at));
}

static void print_sync(const struct why_sync *s)
{
    char at[CLOCK_ISO_SIZE], until[CLOCK_ISO_SIZE];
    printf("sync          job %lld of task %lld, %s: %s %s", (long long)s->job_id, (long long)s->task_id,
           s->by_discovery && s->asked ? "picked by discovery and asked for"
           : s->by_discovery           ? "picked by discovery"
                                       : "asked for",
           job_state_name(s->state), clock_iso(s->finished_ms ? s->finished_ms : s->created_ms, at));
    if (s->state == JOB_SCHEDULED)
        printf(", goes on %s", clock_iso(s->run_ms, until));
    printf("\n                %lld units of quota, %lld pages, %lld records in %lld jobs%s\n",
           (long long)s->cost, (long long)s->pages, (long long)s->records, (long long)s->n_jobs,
           s->n_open ? ", some still open" : "");
    if (s->n_hydrations)
        printf("                hydration for the whole task: %lld units in %lld jobs\n",
               (long long)s->hydration_cost, (long long)s->n_hydrations);
    if (s->note || s->error)
        printf("                %s\n", s->error ? s->error : s->note);
    if (s->trouble)
        printf("                %s\n", s->trouble);
}

static void print_text(const struct why *y)
{
    char at[CLOCK_ISO_SIZE];
    printf("%s, GitHub id %lld, %s\n", y->login, (long long)y->github_id,
           y->type ? y->type : "of unknown type");
    printf("first seen    %s%s%s\n", clock_iso(y->first_seen_ms, at), y->met_through ? ", followed by " : "",
           y->met_through ? y->met_through : "");
    printf("detail        %s\n", time_or(y->synced_ms, "not fetched yet: a stub", at));
    if (y->gone_ms)
        printf("gone          %s: %s\n", clock_iso(y->gone_ms, at), y->gone_reason ? y->gone_reason : "");
    print_plan(y);
    printf("known here    %lld followers, %lld following, %lld stars, %lld repositories\n",
           (long long)y->followers, (long long)y->following, (long long)y->stars, (long long)y->repositories);
    for (size_t i = 0; i < y->n_syncs; i++)
        print_sync(&y->syncs[i]);
    if (!y->n_syncs)
        puts("sync          none is kept in the queue");
}

int cmd_why(const struct command_call *call, struct err *err)
{
    const char *arg = NULL;
    char login[LOGIN_ARG_SIZE];
    bool json = false;
    struct db *db;
    struct why why;
    size_t n;
    const struct arg_flag flags[] = {{.name = "--json", .present = &json}};
    if (!args_parse(call->argc, call->argv, flags, ARRAY_LEN(flags), &arg, 1, &n, err))
        return exit_code_of(err);
    if (!args_login(arg, login, sizeof login, err) ||
        !database_open_checked(call->cfg, "gitomatic why", &db, err))
        return exit_code_of(err);
    struct arena *a = arena_create();
    bool ok = why_read(db, login, a, &why, err);
    if (ok && !why.known)
        ok = err_set(err, ERR_NOT_FOUND, "nobody called \"%s\" is known here", login);
    if (ok && json)
        print_json(&why);
    else if (ok)
        print_text(&why);
    arena_destroy(a);
    db_close(db);
    return ok ? EXIT_DONE : exit_code_of(err);
}
