#include "cli/args.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/process/stop.h"
#include "core/base/clock.h"
#include "schema/graph/erasure.h"
#include "schema/mirror.h"
#include <stdio.h>

struct wanted {
    const char *login, *id, *undo;
    char login_room[LOGIN_ARG_SIZE];
    bool list;
    int64_t github_id; /* of --id and --undo */
};

static void show(const struct erased *e)
{
    const struct {
        int64_t n;
        const char *one, *many;
    } lines[] = {
        {e->developers, "developer", "developers"},
        {e->logins, "former login", "former logins"},
        {e->follows, "follow, both directions", "follows, both directions"},
        {e->stars, "star given", "stars given"},
        {e->ended, "ended follow or star", "ended follows and stars"},
        {e->days, "day of counts", "days of counts"},
        {e->repositories, "repository", "repositories"},
        {e->stars_received, "star of these", "stars of these"},
        {e->jobs, "open job cancelled", "open jobs cancelled"},
        {e->pages, "remembered page of others that named this developer",
         "remembered pages of others that named this developer"},
        {e->forks, "fork that named these repositories", "forks that named these repositories"},
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        if (lines[i].n)
            printf("  %8lld %s\n", (long long)lines[i].n, lines[i].n == 1 ? lines[i].one : lines[i].many);
}

/* GitHub's answers are stored compressed, so those that name the person cannot be found: all are removed. */
static bool empty_mirror(struct db *db, struct err *err)
{
    int64_t n;
    return mirror_purge(db, SLICE("*"), &n, err) && mirror_sweep(db, &n, err) &&
           mirror_users_prune(db, 0, err) && mirror_writes_prune(db, 0, err);
}

static bool forget(struct db *db, const struct wanted *wanted, struct arena *a, struct err *err)
{
    int64_t id = wanted->github_id;
    const char *login = NULL;
    struct erased erased;
    if (wanted->login && !erasure_find(db, wanted->login, a, &id, &login, err))
        return false;
    if (!id)
        return err_set(err, ERR_NOT_FOUND,
                       "no developer called \"%s\" is known here: they can still be excluded by id, "
                       "with gitomatic forget --id N",
                       wanted->login);
    if (login && strcasecmp(login, wanted->login) != 0)
        return err_set(err, ERR_NOT_FOUND,
                       "\"%s\" is now called \"%s\" (GitHub id %lld): use that login, or --id", wanted->login,
                       login, (long long)id);
    struct err of_mirror;
    static char left[100]; /* the login is not known any more once the removal has begun */
    snprintf(left, sizeof left, "complete the removal with gitomatic forget --id %lld", (long long)id);
    stop_says(left);
    bool done = erasure_forget(db, id, &erased, err);
    bool emptied = empty_mirror(db, done ? err : &of_mirror);
    if (!done || !emptied)
        return done ? err_wrap(err, "%s", left) : false;
    printf("%s%sGitHub id %lld is forgotten%s\n", login ? login : "", login ? ", " : "", (long long)id,
           erased.developers ? ", with" : "; nothing was known of it");
    show(&erased);
    printf(
        "later syncs do not restore it; undo with gitomatic forget --undo %lld (the id is stored nowhere)\n",
        (long long)id);
    return true;
}

static bool undo(struct db *db, int64_t github_id, struct err *err)
{
    char since[CLOCK_ISO_SIZE];
    bool found;
    int64_t forgotten_ms;
    if (!erasure_undo(db, github_id, &found, &forgotten_ms, err))
        return false;
    if (!found)
        return err_set(err, ERR_NOT_FOUND, "GitHub id %lld was not forgotten", (long long)github_id);
    printf("GitHub id %lld, forgotten since %s, may be stored again; its data returns only with a new sync\n",
           (long long)github_id, clock_iso(forgotten_ms, since));
    return true;
}

static bool list(struct db *db, struct arena *a, struct err *err)
{
    struct tombstone *items;
    size_t n = 0;
    if (!erasure_list(db, a, &items, &n, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        char since[CLOCK_ISO_SIZE];
        printf("%s  %s\n", items[i].hash, clock_iso(items[i].forgotten_at_ms, since));
    }
    if (!n)
        fputs("no developer was forgotten\n", stderr);
    return true;
}

static bool check(struct wanted *wanted, struct err *err)
{
    const char *number = wanted->id ? wanted->id : wanted->undo;
    if ((wanted->login != NULL) + (wanted->id != NULL) + (wanted->undo != NULL) + wanted->list != 1)
        return err_set(err, ERR_USAGE, "expected exactly one of LOGIN, --id N, --list, --undo N");
    if (wanted->login && !args_login(wanted->login, wanted->login_room, sizeof wanted->login_room, err))
        return false;
    if (wanted->login)
        wanted->login = wanted->login_room;
    if (number && !slice_i64(slice_of(number), 1, INT64_MAX / 2, &wanted->github_id))
        return err_set(err, ERR_USAGE,
                       "%s: got \"%.60s\", expected a GitHub id, a number as gitomatic forget printed it",
                       wanted->id ? "--id" : "--undo", number);
    return true;
}

int cmd_forget(const struct command_call *call, struct err *err)
{
    struct wanted wanted = {0};
    struct db *db;
    const struct arg_flag flags[] = {{.name = "--id", .values = &wanted.id, .max_values = 1},
                                     {.name = "--undo", .values = &wanted.undo, .max_values = 1},
                                     {.name = "--list", .present = &wanted.list}};
    size_t n;
    if (!args_parse(call->argc, call->argv, flags, ARRAY_LEN(flags), &wanted.login, 1, &n, err) ||
        !check(&wanted, err) ||
        !stop_ends_command(call->name, wanted.undo ? "run the same command again" : "nothing was changed",
                           err) ||
        !database_open_checked(call->cfg, "gitomatic forget", &db, err))
        return exit_code_of(err);
    AUTO_ARENA a = arena_create();
    bool ok = wanted.list   ? list(db, a, err)
              : wanted.undo ? undo(db, wanted.github_id, err)
                            : forget(db, &wanted, a, err);
    db_close(db);
    return ok ? EXIT_DONE : exit_code_of(err);
}
