#include "cli/args.h"
#include "cli/cluster/addresses.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/process/stop.h"
#include "cli/terminal/trend.h"
#include "core/base/clock.h"
#include "core/base/words.h"
#include "core/model/sample.h"
#include "schema/queue/jobs.h"
#include "schema/queue/quota.h"
#include "schema/queue/samples.h"
#include "schema/queue/tasks.h"
#include <stdio.h>
#include <unistd.h>

#define LOOK_EVERY_MS 1000
#define PACE_OVER_MS  (10 * 60000)
#define END_SHARE     128 /* at most this part of the time: about once a minute where it takes half a second */
#define LONG_WAIT_MS  60000 /* longer than that of a retry */

/* What `census --wait` shows beside the progress of any task. */
struct census_view {
    bool known;
    struct census_left left;
    int64_t threshold;       /* RATE_LIMIT_STOP_THRESHOLD */
    int64_t to, to_until_ms; /* of tasks_census_end; monotonic */
    struct trend pages, work;
};

static bool look_at_census(struct db *db, const struct task *task, int64_t task_id,
                           const struct task_progress *p, struct census_view *view, struct err *err)
{
    int64_t now = clock_mono_ms();
    if (now >= view->to_until_ms) {
        if (!tasks_census_end(db, &task->census, &view->to, err))
            return false;
        view->to_until_ms = now + END_SHARE * (clock_mono_ms() - now);
    }
    if (!tasks_census_left(db, task_id, view->to, view->threshold, &view->known, &view->left, err))
        return false;
    trend_count(&view->pages, now, p->pages, PACE_OVER_MS);
    if (view->known)
        trend_add(&view->work, now, view->left.pages, PACE_OVER_MS);
    return true;
}

/* At the pace so far or that of the quota, whichever is slower, and after a wait for the quota. */
static void show_census(const struct census_view *view, int64_t next_run_at_ms)
{
    char pages[WORDS_SIZE], units[WORDS_SIZE], time[WORDS_SIZE];
    int64_t rate = trend_a_minute(&view->pages), ms = trend_left_ms(&view->work),
            wait = next_run_at_ms - clock_wall_ms();
    if (view->left.quota_ms > ms)
        ms = view->left.quota_ms;
    if (wait > LONG_WAIT_MS && wait > ms)
        ms = wait;
    fprintf(stderr, "; %lld %% of the ids up to %lld", (long long)view->left.share_pc,
            (long long)view->left.to);
    if (rate >= 0)
        fprintf(stderr, ", %s a minute", words_count(pages, rate, "page", "pages"));
    fprintf(stderr, ", about %s", words_count(units, view->left.units, "unit", "units"));
    if (ms > 0)
        fprintf(stderr, " and %s", words_duration(time, ms));
    fputs(" left", stderr);
}

static void show(const struct task_progress *p, const struct census_view *census)
{
    char open[WORDS_SIZE], pages[WORDS_SIZE], records[WORDS_SIZE], units[WORDS_SIZE];
    fprintf(stderr, "%s open, %lld done, %lld failed; %s, %s, %s of quota",
            words_count(open, p->open, "job", "jobs"), (long long)p->completed, (long long)p->failed,
            words_count(pages, p->pages, "page", "pages"),
            words_count(records, p->records, "record", "records"),
            words_count(units, p->cost, "unit", "units"));
    if (census->known && p->open)
        show_census(census, p->next_run_at_ms);
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

/* Prints once that no crawler runs, and once that one has started. */
static bool tell_of_crawlers(struct db *db, bool *none, struct err *err)
{
    int64_t n;
    if (!quota_crawlers(db, &n, err))
        return false;
    if (n == 0 && !*none)
        fputs("no crawler is running: the task waits for one (gitomatic crawler, or gitomatic up)\n", stderr);
    if (n && *none)
        fputs("a crawler is running now\n", stderr);
    *none = n == 0;
    return true;
}

/* Whether GitHub knows the target, by the note of the requested job. */
static bool target_was_found(const struct task *task, const char *note, struct err *err)
{
    const char *what = task->kind == JOB_FULL_REPOSITORY_SYNC ? "repository" : "user";
    if (strncmp(note, "gone", 4) == 0)
        return err_set(err, ERR_NOT_FOUND,
                       "GitHub knows no %s \"%s\": check the spelling; it may have been "
                       "renamed, deleted or made private",
                       what, task->subject);
    if (strncmp(note, "blocked", 7) == 0)
        return err_set(err, ERR_NOT_FOUND, "GitHub blocks access to the %s \"%s\"", what, task->subject);
    if (strncmp(note, "restricted", 10) == 0)
        return err_set(err, ERR_NOT_FOUND, "GitHub does not show the %s \"%s\" to this credential", what,
                       task->subject);
    return true;
}

/* Names the incomplete lists, for any exit code: GitHub may refuse a list, or show a part of it. */
static bool tell_what_lacks(struct db *db, int64_t task_id, struct err *err)
{
    struct task_lacking lacking;
    char more[WORDS_SIZE];
    if (!tasks_lacking(db, task_id, &lacking, err))
        return false;
    for (size_t i = 0; i < lacking.n; i++)
        fprintf(stderr, "warning: %s of %s is not complete: %s\n", lacking.items[i].kind,
                lacking.items[i].subject, lacking.items[i].why);
    if ((size_t)lacking.n_all > lacking.n)
        fprintf(stderr, "warning: %s more not complete either\n",
                words_count(more, lacking.n_all - (int64_t)lacking.n, "list is", "lists are"));
    return true;
}

/* What the sample found so far, for any exit code. The numbers are those of its page. */
static bool tell_of_sample(struct db *db, const struct sample_request *request, struct err *err)
{
    char name[SAMPLE_NAME_MAX + 1], ids[WORDS_SIZE];
    struct sample s;
    AUTO_ROWS rows = {0};
    if (!samples_list(db, slice_of(samples_name(request, name)), 1, 0, &rows, err))
        return false;
    if (rows.n == 0) /* deleted meanwhile */
        return true;
    sample_from_row(&rows, 0, &s);
    if (s.asked == 0)
        return true;
    struct sample_share share = sample_estimate(s.asked, s.found, s.frame_to);
    fprintf(stderr,
            "found %lld of %s: %.1f %% exist (95 %% interval %.1f to %.1f %%); its page is "
            "/github/samples/%s/, its members are /github/samples/%s/%s/\n",
            (long long)s.found, words_count(ids, s.asked, "id", "ids"), 100 * share.share, 100 * share.low,
            100 * share.high, name, name, s.kind == RECORD_DEVELOPER ? "developers" : "repositories");
    return true;
}

/* For a task without open jobs. */
static bool ended_well(struct db *db, const struct task *task, int64_t task_id, int64_t job_id,
                       const struct task_progress *p, struct err *err)
{
    struct task_end end;
    char jobs[WORDS_SIZE];
    if ((task->kind == JOB_SAMPLE && !tell_of_sample(db, &task->sample, err)) ||
        !tell_what_lacks(db, task_id, err))
        return false;
    if (p->failed)
        return err_set(err, ERR_UPSTREAM, "%s of the task failed: %.150s",
                       words_count(jobs, p->failed, "job", "jobs"), p->error);
    if (!tasks_end(db, task_id, job_id, &end, err))
        return false;
    if (end.cancelled)
        return err_set(err, ERR_UPSTREAM, "%s of the task %s cancelled: request the task again",
                       words_count(jobs, end.cancelled, "job", "jobs"), end.cancelled == 1 ? "was" : "were");
    if (!target_was_found(task, end.note, err))
        return false;
    if (p->incomplete)
        return err_set(err, ERR_UPSTREAM, "%s of the task could not read everything: %.150s",
                       words_count(jobs, p->incomplete, "job", "jobs"), p->missing);
    return true;
}

/* Waits until no job of the task is open. It waits for a lost database: the task continues meanwhile. */
static int wait_for_task(const struct config *cfg, struct db *db, const struct task *task, int64_t task_id,
                         int64_t job_id, int stop_fd, struct err *err)
{
    struct task_progress now, shown = {.open = -1};
    struct census_view census = {.threshold = cfg->rate_limit_stop_threshold};
    bool none = false;
    do {
        if (!jobs_task_progress(db, task_id, &now, err) ||
            (task->kind == JOB_CENSUS && !look_at_census(db, task, task_id, &now, &census, err)) ||
            (now.open && !tell_of_crawlers(db, &none, err))) {
            if (err_code_retry(err->code) == RETRY_NEVER)
                return exit_code_of(err);
            fprintf(stderr, "still waiting: %s\n", err->text);
            continue;
        }
        if (memcmp(&now, &shown, sizeof now) != 0)
            show(&now, &census);
        shown = now;
        if (now.open == 0)
            return ended_well(db, task, task_id, job_id, &now, err) ? EXIT_DONE : EXIT_FAILED;
    } while (!stop_wait(stop_fd, LOOK_EVERY_MS));
    fprintf(stderr, "task %lld continues without this command; see gitomatic status\n", (long long)task_id);
    return EXIT_INTERRUPTED;
}

/* The page that shows what the task brings: below the address of the pages, if that is known. Only to a terminal: programs read the
 * line before. */
static void print_page(const struct config *cfg, const struct task *task, int64_t job_id)
{
    struct addresses found = {.pages = ""};
    char name[SAMPLE_NAME_MAX + 1];
    if (!isatty(STDOUT_FILENO))
        return;
    if (cfg->public_url)
        address_of(cfg->public_url, false, "", found.pages);
    else if (!database_is_given(cfg))
        addresses_read(cfg->data_dir, &found); /* without them only the path is known */
    if (task->kind == JOB_SAMPLE)
        printf("page %s/github/samples/%s/\n", found.pages, samples_name(&task->sample, name));
    else
        printf("page %s/github/jobs/%lld/\n", found.pages, (long long)job_id);
}

/* Says that a sample is smaller than requested. */
static bool tell_if_cut(struct db *db, const struct task *task, struct err *err)
{
    char note[SAMPLE_NOTE_SIZE];
    if (task->kind != JOB_SAMPLE)
        return true;
    if (!samples_note(db, &task->sample, note, err))
        return false;
    if (*note)
        fprintf(stderr, "note: %s\n", note);
    return true;
}

static int request(const struct config *cfg, struct db *db, const struct task *task, bool wait,
                   struct err *err)
{
    int64_t job_id, task_id;
    int stop_fd = -1;
    if ((wait && !stop_open(&stop_fd, err)) ||
        !tasks_request(db, task, PRIORITY_ASKED, ASKED_BY_COMMAND, &job_id, err))
        return exit_code_of(err);
    if (!tasks_of_job(db, job_id, &task_id, err))
        return exit_code_of(err);
    printf("job %lld of task %lld\n", (long long)job_id, (long long)task_id);
    print_page(cfg, task, job_id);
    fflush(stdout); /* before it waits */
    if (!tell_if_cut(db, task, err))
        return exit_code_of(err);
    return wait ? wait_for_task(cfg, db, task, task_id, job_id, stop_fd, err) : EXIT_DONE;
}

static int tell_cost(const struct config *cfg, struct db *db, const struct task *task, struct err *err)
{
    struct task_estimate e;
    char at[CLOCK_ISO_SIZE];
    if (!tasks_estimate(db, task, cfg, &e, err) || !tell_if_cut(db, task, err))
        return exit_code_of(err);
    printf("core     %lld to %lld units\ngraphql  %lld to %lld points\n", (long long)e.core.low,
           (long long)e.core.high, (long long)e.graphql.low, (long long)e.graphql.high);
    if (e.has_end)
        printf("ends     %s, if nothing else is requested\n", clock_iso(e.ends_at_ms, at));
    else
        puts("ends     unknown: no crawler has reported its quota yet, none of it may be spent "
             "(RATE_LIMIT_STOP_THRESHOLD), or a census has no known id");
    return EXIT_DONE;
}

/* ---- arguments ---- */

/* The API calls the same values by its own names. */
static const struct {
    const char *field, *flag;
} fields[] = {{"username", "--username"}, {"repo_name", "--repo-name"}, {"n", "--n"},  {"seed", "--seed"},
              {"sample_name", "--name"},  {"from", "--from"},           {"to", "--to"}};

/* "repo_name: got …" becomes "--repo-name: got …". */
static void name_flag(struct err *err)
{
    const struct err was = *err;
    size_t length = strcspn(was.text, ":");
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (strlen(fields[i].field) == length && strncmp(fields[i].field, was.text, length) == 0)
            err_set(err, was.code, "%s%s", fields[i].flag, was.text + length);
}

static bool check_name(const char *name, struct err *err)
{
    const char *names[JOB_N_KINDS];
    size_t n = 0;
    enum job_kind kind;
    for (size_t i = 0; job_task_name(i); i++)
        if (job_kind_parse(slice_of(job_task_name(i)), &kind) && kind != JOB_SAMPLE && kind != JOB_CENSUS)
            names[n++] = job_task_name(i);
    if (!name || !*name)
        return args_missing_word("the task's name", names, n, err);
    if (strcmp(name, "sample") == 0 || strcmp(name, "census") == 0)
        return err_set(err, ERR_USAGE, "%s has a command of its own: gitomatic %s --help", name, name);
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return args_unknown_word(name, "a task", names, n, err);
}

static bool check_target(const struct task_input *input, struct err *err)
{
    static const char expected[] = "expected OWNER/NAME, or a name with --username LOGIN";
    slice owner, name;
    if (slice_eq(input->name, SLICE("full_profile_sync")))
        return input->username.len ||
               err_set(err, ERR_USAGE, "--username is missing: expected " LOGIN_EXPECTED);
    if (!slice_eq(input->name, SLICE("full_repository_sync")))
        return true;
    if (input->repo_name.len == 0)
        return repo_read(input->username, &owner, &name) ||
               err_set(err, ERR_USAGE, "--repo-name is missing: %s", expected);
    return input->username.len || slice_find(input->repo_name, '/') >= 0 ||
           err_set(err, ERR_USAGE, "--repo-name: got \"%.60s\", %s", input->repo_name.ptr, expected);
}

/* Of a sample or a census. */
static bool check_kind(const char *kind, struct err *err)
{
    static const char *const kinds[] = {"users", "repositories"};
    enum record_kind read;
    if (!kind || !*kind)
        return args_missing_word("the kind of records", kinds, ARRAY_LEN(kinds), err);
    return record_kind_read(slice_of(kind), &read) ||
           args_unknown_word(kind, "a kind of records", kinds, ARRAY_LEN(kinds), err);
}

/* ---- commands ---- */

static int task_command(const struct command_call *call, const struct task_input *input, bool wait,
                        bool dry_run, struct err *err)
{
    struct task task;
    struct db *db;
    if (!task_read(input, &task, err)) {
        name_flag(err);
        return exit_code_of(err);
    }
    if (!database_open_checked(call->cfg, "gitomatic task", &db, err))
        return exit_code_of(err);
    int code = dry_run ? tell_cost(call->cfg, db, &task, err) : request(call->cfg, db, &task, wait, err);
    db_close(db);
    return code;
}

int cmd_task(const struct command_call *call, struct err *err)
{
    bool wait = false, dry_run = false;
    const char *name = NULL, *username = NULL, *repo_name = NULL;
    const struct arg_flag flags[] = {{.name = "--username", .values = &username, .max_values = 1},
                                     {.name = "--repo-name", .values = &repo_name, .max_values = 1},
                                     {.name = "--dry-run", .present = &dry_run},
                                     {.name = "--wait", .present = &wait}};
    if (!args_parse(call->argc, call->argv, flags, ARRAY_LEN(flags), &name, 1, NULL, err))
        return exit_code_of(err);
    const struct task_input input = {
        .name = slice_of(name), .username = slice_of(username), .repo_name = slice_of(repo_name)};
    if (!check_name(name, err) || !check_target(&input, err))
        return exit_code_of(err);
    return task_command(call, &input, wait, dry_run, err);
}

int cmd_sample(const struct command_call *call, struct err *err)
{
    bool wait = false, dry_run = false;
    const char *kind = NULL, *n = NULL, *seed = NULL, *name = NULL;
    const struct arg_flag flags[] = {{.name = "--n", .values = &n, .max_values = 1},
                                     {.name = "--seed", .values = &seed, .max_values = 1},
                                     {.name = "--name", .values = &name, .max_values = 1},
                                     {.name = "--dry-run", .present = &dry_run},
                                     {.name = "--wait", .present = &wait}};
    if (!args_parse(call->argc, call->argv, flags, ARRAY_LEN(flags), &kind, 1, NULL, err) ||
        !check_kind(kind, err))
        return exit_code_of(err);
    if (!n || !*n) {
        err_set(err, ERR_USAGE, "--n is missing: expected how many ids to draw, such as 10000");
        return exit_code_of(err);
    }
    const struct task_input input = {.name = SLICE("sample"),
                                     .kind = slice_of(kind),
                                     .n = slice_of(n),
                                     .seed = slice_of(seed),
                                     .sample_name = slice_of(name)};
    return task_command(call, &input, wait, dry_run, err);
}

int cmd_census(const struct command_call *call, struct err *err)
{
    bool wait = false, dry_run = false;
    const char *kind = NULL, *from = NULL, *to = NULL;
    const struct arg_flag flags[] = {{.name = "--from", .values = &from, .max_values = 1},
                                     {.name = "--to", .values = &to, .max_values = 1},
                                     {.name = "--dry-run", .present = &dry_run},
                                     {.name = "--wait", .present = &wait}};
    if (!args_parse(call->argc, call->argv, flags, ARRAY_LEN(flags), &kind, 1, NULL, err) ||
        !check_kind(kind, err))
        return exit_code_of(err);
    const struct task_input input = {
        .name = SLICE("census"), .kind = slice_of(kind), .from = slice_of(from), .to = slice_of(to)};
    return task_command(call, &input, wait, dry_run, err);
}
