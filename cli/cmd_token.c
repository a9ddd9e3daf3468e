#include "api/request/value.h"
#include "cli/args.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/terminal/empty.h"
#include "core/base/clock.h"
#include "schema/access/tokens.h"
#include "schema/access/users.h"
#include <stdio.h>

struct wanted {
    const char *action, *name, *user, *expires;
    bool read_only;
    int64_t expires_at_ms; /* 0: never */
};

/* "30d", "12h", "8w" from now, or a date. */
static bool parse_expiry(const char *text, int64_t *at_ms_out, struct err *err)
{
    static const struct {
        char unit;
        int64_t ms;
    } units[] = {{'h', 3600000}, {'d', 86400000}, {'w', 7 * 86400000}};
    slice all = slice_of(text);
    int64_t number, now = clock_wall_ms();
    bool fraction, found = value_time(all, at_ms_out, &fraction);
    for (size_t i = 0; !found && all.len && i < ARRAY_LEN(units); i++) {
        if (all.ptr[all.len - 1] == units[i].unit &&
            slice_i64(slice_from(all.ptr, all.len - 1), 1, 100000, &number)) {
            *at_ms_out = now + number * units[i].ms;
            found = true;
        }
    }
    if (!found)
        return err_set(
            err, ERR_USAGE,
            "--expires: got \"%.60s\", expected a time from now (12h, 30d, 8w) or a date (2027-01-31)", text);
    return *at_ms_out > now ||
           err_set(err, ERR_USAGE, "--expires: got \"%.60s\", expected a time in the future", text);
}

static bool add(struct db *db, const struct wanted *wanted, struct err *err)
{
    char token[TOKEN_SIZE], until[CLOCK_ISO_SIZE];
    enum token_added added;
    token_make(token);
    if (!tokens_add(db, wanted->name, token, wanted->user, wanted->read_only, wanted->expires_at_ms, &added,
                    err))
        return false;
    if (added == TOKEN_NAME_TAKEN)
        return err_set(err, ERR_USAGE,
                       "there is a token \"%.100s\" already: remove it, or choose another name",
                       wanted->name);
    if (added == TOKEN_NO_SUCH_USER)
        return err_set(err, ERR_NOT_FOUND,
                       "there is no user \"%.100s\": gitomatic user list shows those that exist",
                       wanted->user);
    printf("token %s added%s%s%s%s%s\n", wanted->name, wanted->user ? " for " : "",
           wanted->user ? wanted->user : "", wanted->read_only ? " (read-only)" : "",
           wanted->expires_at_ms ? ", until " : "",
           wanted->expires_at_ms ? clock_iso(wanted->expires_at_ms, until) : "");
    printf("token: %s\n", token);
    return true;
}

static bool list(struct db *db, struct err *err)
{
    AUTO_ARENA a = arena_create();
    struct api_token *tokens;
    size_t n = 0;
    bool ok = tokens_list(db, a, &tokens, &n, err);
    for (size_t i = 0; ok && i < n; i++) {
        char created[CLOCK_ISO_SIZE], expires[CLOCK_ISO_SIZE], used[CLOCK_ISO_SIZE];
        printf("%-24s %-10s user %-16s since %s, expires %s, last used %s\n", tokens[i].name,
               tokens[i].read_only ? "read-only" : "", tokens[i].user ? tokens[i].user : "-",
               clock_iso(tokens[i].created_at_ms, created),
               clock_iso_or(tokens[i].expires_at_ms, "never", expires),
               clock_iso_or(tokens[i].last_used_at_ms, "never", used));
    }
    if (ok)
        say_empty(n, "tokens");
    return ok;
}

static bool remove_token(struct db *db, const char *name, struct err *err)
{
    bool found;
    if (!tokens_remove(db, name, &found, err))
        return false;
    if (!found)
        return err_set(err, ERR_NOT_FOUND,
                       "there is no token \"%.100s\": gitomatic token list shows those that exist", name);
    printf("token %s removed\n", name);
    return true;
}

static bool run(struct db *db, const struct wanted *wanted, struct err *err)
{
    if (strcmp(wanted->action, "add") == 0)
        return add(db, wanted, err);
    if (strcmp(wanted->action, "remove") == 0)
        return remove_token(db, wanted->name, err);
    return list(db, err);
}

/* All checks that need no database. */
static bool check(struct wanted *wanted, struct err *err)
{
    static const char *const actions[] = {"add", "list", "remove"};
    if (!wanted->action)
        return err_set(err, ERR_USAGE, "an action is missing: expected add, list or remove");
    bool adds = strcmp(wanted->action, "add") == 0, lists = strcmp(wanted->action, "list") == 0;
    if (!adds && !lists && strcmp(wanted->action, "remove") != 0)
        return args_unknown_word(wanted->action, "an action", actions, ARRAY_LEN(actions), err);
    if (!adds && (wanted->user || wanted->expires || wanted->read_only))
        return err_set(err, ERR_USAGE, "%s is valid with add only",
                       wanted->user      ? "--user"
                       : wanted->expires ? "--expires"
                                         : "--read-only");
    if (lists && wanted->name)
        return err_set(err, ERR_USAGE, "\"%.60s\" is not understood: expected nothing after list",
                       wanted->name);
    if (!lists && !wanted->name)
        return err_set(err, ERR_USAGE, "a name is missing: expected gitomatic token %s NAME", wanted->action);
    if (adds && !user_name_ok(slice_of(wanted->name)))
        return err_set(
            err, ERR_USAGE,
            "name: got \"%.60s\", expected 1 to %d characters without colons and control characters",
            wanted->name, TOKEN_NAME_MAX);
    return !wanted->expires || parse_expiry(wanted->expires, &wanted->expires_at_ms, err);
}

int cmd_token(const struct command_call *call, struct err *err)
{
    const char *operands[2] = {NULL, NULL};
    size_t n = 0;
    struct wanted wanted = {0};
    struct db *db;
    const struct arg_flag flags[] = {{.name = "--read-only", .present = &wanted.read_only},
                                     {.name = "--user", .values = &wanted.user, .max_values = 1},
                                     {.name = "--expires", .values = &wanted.expires, .max_values = 1}};
    if (!args_parse(call->argc, call->argv, flags, ARRAY_LEN(flags), operands, ARRAY_LEN(operands), &n, err))
        return exit_code_of(err);
    wanted.action = operands[0];
    wanted.name = operands[1];
    if (!check(&wanted, err) || !database_open_checked(call->cfg, "gitomatic token", &db, err))
        return exit_code_of(err);
    bool ok = run(db, &wanted, err);
    db_close(db);
    return ok ? EXIT_DONE : exit_code_of(err);
}
