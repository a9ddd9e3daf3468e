#include "cli/args.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/process/stop.h"
#include "cli/run/demo.h"
#include "core/base/words.h"
#include "export/export.h"
#include "export/graph.h"
#include <stdio.h>
#include <unistd.h>

#define MAX_VALUES 100

struct wanted {
    const char *folder, *form, *only[MAX_VALUES], *logins[MAX_VALUES];
    size_t n_only, n_logins;
    struct export_request request;
    const char *seed, *depth, *edges; /* of a graph */
};

static int stop_fd = -1; /* from the first signal on readable */

static bool stopped(void)
{
    return stop_asked(stop_fd);
}

static int code_of(bool ok, struct err *err)
{
    if (ok || !stopped())
        return ok ? EXIT_DONE : exit_code_of(err);
    err_set(err, ERR_STOPPING, "interrupted: the files written so far were removed");
    return EXIT_INTERRUPTED;
}

/* Once the arguments are checked. */
static bool open_database(const struct command_call *call, struct db **db_out, struct err *err)
{
    call->warn_of_demo(call);
    return stop_open(&stop_fd, err) && database_open_checked(call->cfg, "gitomatic export", db_out, err);
}

static void tell(const char *table, int64_t rows, bool is_over)
{
    if (is_over)
        fprintf(stderr, "%s%-18s %12lld rows\n", isatty(STDERR_FILENO) ? "\r" : "", table, (long long)rows);
    else if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%-18s %12lld rows", table, (long long)rows);
}

static void tell_nothing_before(const char *first)
{
    fprintf(stderr, "nothing was known before %s, so there are no rows as of that time\n", first);
}

/* Splits values like "a,b" of a flag; in the arena. */
static bool split(struct arena *a, const char *flag, const char *const *values, size_t n, const char **out,
                  size_t *n_out, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        slice rest = slice_of(values[i]), head;
        while (slice_split(&rest, ',', &head)) {
            if (!slice_trim(head).len || *n_out == MAX_VALUES)
                return err_set(err, ERR_USAGE,
                               "%s: got \"%.60s\", expected 1 to %d names, separated by commas", flag,
                               values[i], MAX_VALUES);
            out[(*n_out)++] = arena_dup(a, slice_trim(head));
        }
    }
    return true;
}

static bool read_form(struct wanted *w, struct err *err)
{
    for (int i = 0; w->form && i < N_EXPORT_FORMS; i++)
        if (strcmp(w->form, export_form_names[i]) == 0) {
            w->request.form = (enum export_form)i;
            w->form = NULL;
        }
    if (w->form)
        return err_set(err, ERR_USAGE, "--format: got \"%.60s\", expected csv, jsonl or sqlite", w->form);
    return !(w->request.gzip && w->request.form == EXPORT_SQLITE) ||
           err_set(err, ERR_USAGE, "--gzip: got it with --format sqlite, expected csv or jsonl");
}

static bool check(struct arena *a, struct wanted *w, const char *const *only, size_t n_only,
                  const char *const *logins, size_t n_logins, struct err *err)
{
    if (!w->folder)
        return err_set(err, ERR_USAGE, "DIR is missing: expected a new or an empty folder");
    if (!read_form(w, err) || !split(a, "--only", only, n_only, w->only, &w->n_only, err) ||
        !split(a, "--where-login", logins, n_logins, w->logins, &w->n_logins, err))
        return false;
    for (size_t i = 0; i < w->n_only; i++)
        if (!snapshot_table_named(slice_of(w->only[i]))) {
            const char *names[MANIFEST_MAX_FILES];
            for (size_t t = 0; t < n_snapshot_tables; t++)
                names[t] = snapshot_tables[t].name;
            return args_unknown_word(w->only[i], "a table", names, n_snapshot_tables, err);
        }
    for (size_t i = 0; i < w->n_logins; i++) {
        char login[LOGIN_ARG_SIZE];
        if (!args_login(w->logins[i], login, sizeof login, err))
            return err_wrap(err, "--where-login");
        w->logins[i] = arena_strdup(a, login);
    }
    w->request.folder = w->folder;
    w->request.only = w->only;
    w->request.n_only = w->n_only;
    w->request.snapshot.logins = w->logins;
    w->request.snapshot.n_logins = w->n_logins;
    w->request.progress = tell;
    w->request.stopped = stopped;
    w->request.nothing_before = tell_nothing_before;
    return true;
}

/* ---- graphs ---- */

#define MAX_DEPTH 10

static bool read_graph(const struct wanted *w, const char *login, struct graph_request *out, struct err *err)
{
    slice rest = slice_of(w->edges ? w->edges : "follows"), head;
    int64_t depth = 1;
    if (w->depth && !slice_i64(slice_of(w->depth), 0, MAX_DEPTH, &depth))
        return err_set(err, ERR_USAGE, "--depth: got \"%.60s\", expected a number from 0 to %d", w->depth,
                       MAX_DEPTH);
    *out = (struct graph_request){.login = login, .depth = (int)depth};
    while (slice_split(&rest, ',', &head)) {
        bool is_follows = slice_eq(head, SLICE("follows"));
        if (!is_follows && !slice_eq(head, SLICE("stars")))
            return err_set(err, ERR_USAGE, "--edges: got \"%.60s\", expected follows, stars or follows,stars",
                           w->edges);
        *(is_follows ? &out->follows : &out->stars) = true;
    }
    return true;
}

static int run_graph(const struct command_call *call, const struct wanted *w, enum graph_form form,
                     struct err *err)
{
    struct graph_request request;
    char login[LOGIN_ARG_SIZE];
    int64_t nodes, edges;
    char words[2][WORDS_SIZE];
    struct db *db;
    if (!w->seed)
        err_set(err, ERR_USAGE, "--seed is missing: a graph begins with the login of a developer");
    else if (w->form || w->n_only || w->n_logins || w->request.gzip || w->request.snapshot.as_of)
        err_set(err, ERR_USAGE, "%.60s: a graph takes only --seed, --depth and --edges", w->folder);
    else if (!args_login(w->seed, login, sizeof login, err))
        err_wrap(err, "--seed");
    else if (read_graph(w, login, &request, err) && open_database(call, &db, err)) {
        bool ok = graph_export(db, w->folder, form, &request, demo_has_crawled(call->cfg, db), stopped,
                               &nodes, &edges, err);
        db_close(db);
        if (ok)
            printf("%s, %s\n", words_count(words[0], nodes, "node", "nodes"),
                   words_count(words[1], edges, "edge", "edges"));
        return code_of(ok, err);
    }
    return exit_code_of(err);
}

/* The shortest of the settings in effect. */
static int64_t kept_days(const struct config *cfg)
{
    const int64_t all[] = {cfg->keep_ended, cfg->keep_names, cfg->keep_counts};
    int64_t days = 0;
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (all[i] && (!days || all[i] < days))
            days = all[i];
    return days;
}

static int run_snapshot(const struct command_call *call, struct arena *a, struct wanted *w,
                        const char *const *only, const char *const *logins, struct err *err)
{
    struct db *db;
    char id[SHA256_HEX_SIZE];
    size_t n_only = w->n_only, n_logins = w->n_logins;
    w->n_only = w->n_logins = 0;
    w->request.snapshot.kept_days = kept_days(call->cfg);
    if (w->seed || w->depth || w->edges)
        err_set(err, ERR_USAGE, "%.60s: --seed, --depth and --edges go with FILE.gexf or FILE.graphml",
                w->folder ? w->folder : "DIR");
    else if (check(a, w, only, n_only, logins, n_logins, err) && open_database(call, &db, err)) {
        w->request.is_demo = demo_has_crawled(call->cfg, db);
        bool ok = export_run(db, &w->request, id, err);
        db_close(db);
        if (ok)
            printf("%s\n", id);
        return code_of(ok, err);
    }
    return exit_code_of(err);
}

int cmd_export(const struct command_call *call, struct err *err)
{
    struct wanted w = {0};
    const char *only[MAX_VALUES], *logins[MAX_VALUES];
    enum graph_form form;
    const struct arg_flag flags[] = {
        {.name = "--format", .values = &w.form, .max_values = 1},
        {.name = "--only", .values = only, .max_values = MAX_VALUES, .n_values = &w.n_only},
        {.name = "--where-login", .values = logins, .max_values = MAX_VALUES, .n_values = &w.n_logins},
        {.name = "--as-of", .values = &w.request.snapshot.as_of, .max_values = 1},
        {.name = "--gzip", .present = &w.request.gzip},
        {.name = "--seed", .values = &w.seed, .max_values = 1},
        {.name = "--depth", .values = &w.depth, .max_values = 1},
        {.name = "--edges", .values = &w.edges, .max_values = 1}};
    if (!args_parse(call->argc, call->argv, flags, ARRAY_LEN(flags), &w.folder, 1, NULL, err))
        return exit_code_of(err);
    AUTO_ARENA a = arena_create();
    int code = w.folder && graph_form_of(w.folder, &form) ? run_graph(call, &w, form, err)
                                                          : run_snapshot(call, a, &w, only, logins, err);
    return code;
}
