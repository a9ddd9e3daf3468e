#include "cli/args.h"
#include "cli/command.h"
#include "cli/database.h"
#include "core/base/clock.h"
#include "core/base/words.h"
#include "core/json/jw.h"
#include "schema/queue/tasks.h"
#include "schema/report/why.h"
#include <stdio.h>

static void print_json(const struct why *y)
{
    AUTO_BUF out = {0};
    struct jw w;
    jw_init(&w, &out, 2);
    why_write(&w, y);
    buf_putc(&out, '\n');
    fwrite(out.ptr, 1, out.len, stdout);
}

/* ---- text ---- */

static const char *count_or(int64_t count, char out[24])
{
    if (count < 0)
        return "?";
    snprintf(out, 24, "%lld", (long long)count);
    return out;
}

static void print_plan(const struct why *y)
{
    char at[CLOCK_ISO_SIZE], one[24], two[24], three[24], walks[WORDS_SIZE], changes[WORDS_SIZE];
    if (!y->planned) {
        puts("plan          none: discovery does not know this developer");
        return;
    }
    printf("reason        %s\n", y->reason);
    if (y->last_ms)
        printf("lists         synced %s, last %s; followers %s, following %s, repositories %s then; counts "
               "had changed %s\n",
               words_count(walks, y->walks, "time", "times"), clock_iso(y->last_ms, at),
               count_or(y->counts[0], one), count_or(y->counts[1], two), count_or(y->counts[2], three),
               words_count(changes, y->changes, "time", "times"));
    else
        puts("lists         never synced");
    if (y->due)
        printf("next          due since %s, when discovery gets to it\n", clock_iso(y->next_ms, at));
    else
        printf("next          %s\n", clock_iso_or(y->next_ms, "not until something changes", at));
}

/* "requested by ada"; by: as jobs.asked_by, NULL or "": not known. */
static const char *requested(struct buf *room, const char *by)
{
    buf_reset(room);
    if (!by || !*by)
        buf_puts(room, "requested");
    else if (strcmp(by, ASKED_BY_SEED) == 0)
        buf_puts(room, "requested with --seed");
    else if (strcmp(by, ASKED_BY_COMMAND) == 0)
        buf_puts(room, "requested on the command line");
    else if (strcmp(by, ASKED_BY_DEMO) == 0)
        buf_puts(room, "requested by the demo");
    else
        buf_printf(room, "requested by %s", by);
    buf_putc(room, '\0');
    return room->ptr;
}

static void print_sync(const struct why_sync *s)
{
    char at[CLOCK_ISO_SIZE], until[CLOCK_ISO_SIZE];
    char units[WORDS_SIZE], pages[WORDS_SIZE], records[WORDS_SIZE], jobs[WORDS_SIZE];
    AUTO_BUF by = {0};
    printf("sync          job %lld of task %lld, %s: %s %s", (long long)s->job_id, (long long)s->task_id,
           s->by_discovery && s->asked ? "picked by discovery and requested"
           : s->by_discovery           ? "picked by discovery"
                                       : requested(&by, s->requested_by),
           job_state_name(s->state), clock_iso(s->finished_ms ? s->finished_ms : s->created_ms, at));
    if (s->state == JOB_SCHEDULED)
        printf(", continues %s", clock_iso(s->run_ms, until));
    printf("\n                %s of quota, %s, %s in %s%s\n", words_count(units, s->cost, "unit", "units"),
           words_count(pages, s->pages, "page", "pages"),
           words_count(records, s->records, "record", "records"), words_count(jobs, s->n_jobs, "job", "jobs"),
           s->n_open ? ", some still open" : "");
    if (s->n_hydrations)
        printf("                hydration for the whole task: %s in %s\n",
               words_count(units, s->hydration_cost, "unit", "units"),
               words_count(jobs, s->n_hydrations, "job", "jobs"));
    if (s->note || s->error)
        printf("                %s\n", s->error ? s->error : s->note);
    if (s->trouble)
        printf("                %s\n", s->trouble);
}

static void print_text(const struct why *y)
{
    char at[CLOCK_ISO_SIZE], followers[WORDS_SIZE], stars[WORDS_SIZE], repositories[WORDS_SIZE];
    AUTO_BUF by = {0};
    printf("%s, GitHub id %lld, %s\n", y->login, (long long)y->github_id,
           y->type ? y->type : "of unknown type");
    if (y->first_requested_by)
        printf("first seen    %s, %s\n", clock_iso(y->first_seen_ms, at),
               requested(&by, y->first_requested_by));
    else
        printf("first seen    %s%s%s\n", clock_iso(y->first_seen_ms, at),
               y->met_through ? ", followed by " : "", y->met_through ? y->met_through : "");
    printf("detail        %s\n", clock_iso_or(y->synced_ms, "not fetched yet: a stub", at));
    if (y->gone_ms)
        printf("gone          %s: %s\n", clock_iso(y->gone_ms, at), y->gone_reason ? y->gone_reason : "");
    print_plan(y);
    printf("known here    %s, %lld following, %s, %s\n",
           words_count(followers, y->followers, "follower", "followers"), (long long)y->following,
           words_count(stars, y->stars, "star", "stars"),
           words_count(repositories, y->repositories, "repository", "repositories"));
    for (size_t i = 0; i < y->n_syncs; i++)
        print_sync(&y->syncs[i]);
    if (!y->n_syncs)
        puts("sync          no job is stored");
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
    AUTO_ARENA a = arena_create();
    bool ok = why_read(db, login, a, &why, err);
    if (ok && !why.known)
        ok = err_set(err, ERR_NOT_FOUND,
                     "no developer called \"%s\" is known here: request the profile with gitomatic task "
                     "full_profile_sync --username %s",
                     login, login);
    if (ok && json)
        print_json(&why);
    else if (ok)
        print_text(&why);
    db_close(db);
    return ok ? EXIT_DONE : exit_code_of(err);
}
