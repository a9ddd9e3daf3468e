#include "cli/args.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/terminal/empty.h"
#include "core/base/clock.h"
#include "core/base/rnd.h"
#include "schema/access/sessions.h"
#include "schema/access/users.h"
#include <stdio.h>

#define RANDOM_PASSWORD_CHARS 20

/* The first line of stdin, without its line end. */
static bool read_password(char *out, size_t size, size_t *length_out, struct err *err)
{
    size_t n = fread(out, 1, size, stdin);
    const char *end = memchr(out, '\n', n);
    if (!end && n == size)
        return err_set(err, ERR_USAGE, "password: expected a line of at most %d bytes on the standard input",
                       USER_PASSWORD_MAX);
    *length_out = end ? (size_t)(end - out) : n;
    if (*length_out && out[*length_out - 1] == '\r')
        (*length_out)--;
    return true;
}

static bool add(struct db *db, const char *name, bool from_stdin, bool read_only, struct err *err)
{
    char password[USER_PASSWORD_MAX + 8] = "";
    size_t length = RANDOM_PASSWORD_CHARS;
    bool inserted;
    if (!from_stdin)
        rnd_word(password, RANDOM_PASSWORD_CHARS);
    else if (!read_password(password, sizeof password, &length, err))
        return false;
    if (!users_add(db, name, slice_from(password, length), read_only, &inserted, err))
        return false;
    printf("user %s %s%s\n", name, inserted ? "added" : "changed", read_only ? " (read-only)" : "");
    if (!from_stdin)
        printf("password: %s\n", password);
    return true;
}

static bool list(struct db *db, struct err *err)
{
    AUTO_ARENA a = arena_create();
    struct api_user *users;
    size_t n = 0;
    bool ok = users_list(db, a, &users, &n, err);
    for (size_t i = 0; ok && i < n; i++) {
        char created[CLOCK_ISO_SIZE];
        printf("%-24s %-10s since %s\n", users[i].name, users[i].read_only ? "read-only" : "",
               clock_iso(users[i].created_at_ms, created));
    }
    if (ok)
        say_empty(n, "users");
    return ok;
}

static bool remove_user(struct db *db, const char *name, struct err *err)
{
    bool found;
    if (!users_remove(db, name, &found, err))
        return false;
    if (!found)
        return err_set(err, ERR_NOT_FOUND,
                       "there is no user \"%.100s\": gitomatic user list shows those that exist", name);
    printf("user %s removed\n", name);
    return true;
}

static bool sign_out(struct db *db, const char *name, struct err *err)
{
    int64_t n;
    if (!sessions_remove_of(db, name, &n, err))
        return false;
    printf("%lld session%s of user %s ended\n", (long long)n, n == 1 ? "" : "s", name);
    return true;
}

static bool run(struct db *db, const char *action, const char *name, bool from_stdin, bool read_only,
                struct err *err)
{
    if (strcmp(action, "add") == 0)
        return add(db, name, from_stdin, read_only, err);
    if (strcmp(action, "remove") == 0)
        return remove_user(db, name, err);
    if (strcmp(action, "sign-out") == 0)
        return sign_out(db, name, err);
    return list(db, err);
}

/* All checks that need no database. */
static bool check(const char *const *operands, size_t n, bool from_stdin, bool read_only, struct err *err)
{
    static const char *const actions[] = {"add", "list", "remove", "sign-out"};
    if (n == 0)
        return err_set(err, ERR_USAGE, "an action is missing: expected add, list, remove or sign-out");
    bool adds = strcmp(operands[0], "add") == 0, lists = strcmp(operands[0], "list") == 0;
    if (!adds && !lists && strcmp(operands[0], "remove") != 0 && strcmp(operands[0], "sign-out") != 0)
        return args_unknown_word(operands[0], "an action", actions, ARRAY_LEN(actions), err);
    if (!adds && (from_stdin || read_only))
        return err_set(err, ERR_USAGE, "%s is valid with add only",
                       from_stdin ? "--password-stdin" : "--read-only");
    if (lists && n > 1)
        return err_set(err, ERR_USAGE, "\"%.60s\" is not understood: expected nothing after list",
                       operands[1]);
    if (!lists && n == 1)
        return err_set(err, ERR_USAGE, "a name is missing: expected gitomatic user %s NAME", operands[0]);
    if (adds && !user_name_ok(slice_of(operands[1])))
        return err_set(
            err, ERR_USAGE,
            "name: got \"%.60s\", expected 1 to %d characters without colons and control characters",
            operands[1], USER_NAME_MAX);
    return true;
}

int cmd_user(const struct command_call *call, struct err *err)
{
    const char *operands[2] = {NULL, NULL};
    size_t n = 0;
    bool from_stdin = false, read_only = false;
    struct db *db;
    const struct arg_flag flags[] = {{.name = "--password-stdin", .present = &from_stdin},
                                     {.name = "--read-only", .present = &read_only}};
    if (!args_parse(call->argc, call->argv, flags, ARRAY_LEN(flags), operands, ARRAY_LEN(operands), &n,
                    err) ||
        !check(operands, n, from_stdin, read_only, err) ||
        !database_open_checked(call->cfg, "gitomatic user", &db, err))
        return exit_code_of(err);
    bool ok = run(db, operands[0], operands[1], from_stdin, read_only, err);
    db_close(db);
    return ok ? EXIT_DONE : exit_code_of(err);
}
