#include "cli/args.h"
#include "cli/command.h"
#include "cli/database.h"
#include "core/base/clock.h"
#include "core/json/jw.h"
#include "core/model/names.h"
#include "schema/why.h"
#include <stdio.h>

/* ---- JSON ---- */

static void put_time(struct jw *w, const char *key, int64_t at_ms)
{
    jw_key(w, key);
    if (at_ms == 0 || at_ms == INT64_MAX)
        jw_null(w);
    else
        jw_time(w, at_ms);
}

static void put_count(struct jw *w, const char *key, int64_t count)
{
    jw_key(w, key);
    if (count < 0)
        jw_null(w);
    else
        jw_i64(w, count);
}

static void put_plan(struct jw *w, const struct why *y)
{
    jw_key(w, "plan");
    if (!y->planned) {
        jw_null(w);
        return;
    }
    jw_object(w);
    jw_kcstr(w, "reason", y->reason);
    put_time(w, "last_at", y->last_ms);
    put_time(w, "next_at", y->next_ms);
    jw_kbool(w, "due", y->due);
    jw_ki64(w, "walks", y->walks);
    jw_ki64(w, "changes", y->changes);
    put_count(w, "followers_count", y->counts[0]);
    put_count(w, "following_count", y->counts[1]);
    put_count(w, "public_repos", y->counts[2]);
    jw_end_object(w);
}

static void put_sync(struct jw *w, const struct why_sync *s)
{
    jw_object(w);
    jw_ki64(w, "job", s->job_id);
    jw_ki64(w, "task", s->task_id);
    jw_kcstr(w, "state", job_state_name(s->state));
    jw_kbool(w, "by_discovery", s->by_discovery);
    jw_kbool(w, "asked", s->asked);
    put_time(w, "created_at", s->created_ms);
    put_time(w, "started_at", s->started_ms);
    put_time(w, "finished_at", s->finished_ms);
    put_time(w, "run_at", s->run_ms);
    jw_kcstr(w, "note", s->note);
    jw_kcstr(w, "error", s->error);
    jw_ki64(w, "jobs", s->n_jobs);
    jw_ki64(w, "open_jobs", s->n_open);
    jw_ki64(w, "pages", s->pages);
    jw_ki64(w, "records", s->records);
    jw_ki64(w, "cost", s->cost);
    jw_kcstr(w, "lists", s->trouble);
    jw_ki64(w, "hydration_jobs_of_task", s->n_hydrations);
    jw_ki64(w, "hydration_cost_of_task", s->hydration_cost);
    jw_end_object(w);
}

static void print_json(const struct why *y)
{
    struct buf out;
    struct jw w;
    buf_init(&out, 0);
    jw_init(&w, &out, 2);
    jw_object(&w);
    jw_ki64(&w, "github_id", y->github_id);
    jw_kcstr(&w, "login", y->login);
    jw_kcstr(&w, "type", y->type);
    put_time(&w, "first_seen_at", y->first_seen_ms);
    put_time(&w, "synced_at", y->synced_ms);
    put_time(&w, "gone_at", y->gone_ms);
    jw_kcstr(&w, "gone_reason", y->gone_reason);
    jw_kcstr(&w, "met_through", y->met_through);
    put_plan(&w, y);
    jw_key(&w, "known");
    jw_object(&w);
    jw_ki64(&w, "followers", y->followers);
    jw_ki64(&w, "following", y->following);
    jw_ki64(&w, "stars", y->stars);
    jw_ki64(&w, "repositories", y->repositories);
    jw_end_object(&w);
    jw_key(&w, "syncs");
    jw_array(&w);
    for (size_t i = 0; i < y->n_syncs; i++)
        put_sync(&w, &y->syncs[i]);
    jw_end_array(&w);
    jw_end_object(&w);
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
    const char *login = NULL;
    bool json = false;
    struct db *db;
    struct why why;
    size_t n;
    const struct arg_flag flags[] = {{.name = "--json", .present = &json}};
    if (!args_parse(call->argc, call->argv, flags, ARRAY_LEN(flags), &login, 1, &n, err))
        return exit_code_of(err);
    if (!login || !login_plausible(slice_of(login))) {
        err_set(err, ERR_USAGE, "LOGIN: got \"%.60s\", expected a GitHub login", login ? login : "");
        return exit_code_of(err);
    }
    if (!database_open_checked(call->cfg, "gitomatic why", &db, err))
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
