/* gitomatic webhook: receivers of changes. The API delivers to them (api/push/deliver.h). */
#include "cli/args.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/terminal/empty.h"
#include "core/base/clock.h"
#include "core/base/rnd.h"
#include "outbound/post.h"
#include "schema/graph/webhook_request.h"
#include "schema/report/webhook_json.h"
#include <stdio.h>

struct given {
    const char *action, *operand, *types, *filters[WEBHOOK_MAX_FILTERS];
    size_t n_filters;
    bool secret_stdin, json;
    int64_t id;
};

/* ---- add ---- */

static bool make_secret(const struct given *given, char *out, size_t size, struct err *err)
{
    if (!given->secret_stdin) {
        rnd_word(out, WEBHOOK_SECRET_CHARS);
        return true;
    }
    if (!fgets(out, (int)size, stdin))
        out[0] = '\0';
    out[strcspn(out, "\r\n")] = '\0';
    return webhook_secret_fits(slice_of(out)) ||
           err_set(err, ERR_USAGE,
                   "--secret-stdin: expected a line of %d to %d characters of UTF-8 on the standard input, "
                   "without control characters; got %zu%s",
                   WEBHOOK_SECRET_MIN, WEBHOOK_SECRET_MAX, slice_utf8_length(slice_of(out)),
                   strlen(out) + 1 == size ? " or more" : "");
}

static void print_added(const struct webhook_added *added, const char *url)
{
    long long id = (long long)added->id;
    if (added->is_new)
        printf("webhook %lld added: changes from now on are sent to %s\n", id, url);
    else if (strcmp(added->state, "active") == 0)
        printf("webhook %lld exists already (state active): changes are sent to %s\n", id, url);
    else
        printf("webhook %lld exists already (state %s): see gitomatic webhook resume %lld\n", id,
               added->state, id);
}

static bool add(const struct config *cfg, struct db *db, const struct given *given, struct err *err)
{
    char secret[4 * WEBHOOK_SECRET_MAX + 2]; /* too long a secret is noticed */
    struct webhook_request wanted = {.n_types = 0};
    AUTO_ARENA a = arena_create();
    bool ok = (post_check_url(given->operand, cfg->webhook_private_addresses, err) || err_wrap(err, "url")) &&
              (webhook_request_types(&wanted, slice_of(given->types), err) || err_wrap(err, "--types")) &&
              make_secret(given, secret, sizeof secret, err);
    for (size_t i = 0; ok && i < given->n_filters; i++)
        ok = webhook_request_filter(&wanted, db, a, slice_of(given->filters[i]), err) ||
             err_wrap(err, "--filter");
    struct webhook_added added;
    const struct webhook_new hook = webhook_requested(&wanted, given->operand, secret);
    ok = ok && webhooks_add(db, &hook, INT64_MAX, a, &added, err);
    if (ok)
        print_added(&added, given->operand);
    if (ok && !given->secret_stdin)
        printf("secret: %s\n", secret);
    return ok;
}

/* ---- list ---- */

static bool put_json(struct jw *w, struct db *db, struct arena *a, const struct webhook *hook,
                     struct err *err)
{
    jw_object(w);
    jw_ki64(w, "id", hook->id);
    webhook_put_members(w, a, hook);
    bool ok = webhook_put_dead(w, db, hook->id, a, err);
    jw_end_object(w);
    return ok;
}

static void print_one(const struct webhook *hook)
{
    char at[CLOCK_ISO_SIZE];
    printf("%-4lld %-7s %s\n", (long long)hook->id, hook->state, hook->url);
    printf("     delivered %lld%s%s; dead letters %lld\n", (long long)hook->delivered,
           hook->delivered_at_ms ? ", last " : "",
           hook->delivered_at_ms ? clock_iso(hook->delivered_at_ms, at) : "", (long long)hook->dead_letters);
    if (hook->attempt)
        printf("     failing: %lld attempts, next %s: %s\n", (long long)hook->attempt,
               clock_iso(hook->next_at_ms, at), hook->last_error ? hook->last_error : "");
}

static bool list(struct db *db, bool json, struct err *err)
{
    AUTO_ARENA a = arena_create();
    struct webhook *hooks;
    AUTO_BUF out = {0};
    struct jw w;
    size_t n;
    bool ok = webhooks_list(db, 0, INT32_MAX, 0, a, &hooks, &n, err);
    jw_init(&w, &out, 2);
    jw_array(&w);
    for (size_t i = 0; ok && i < n; i++) {
        if (json)
            ok = put_json(&w, db, a, &hooks[i], err);
        else
            print_one(&hooks[i]);
    }
    jw_end_array(&w);
    if (ok && json)
        printf("%.*s\n", SLICE_ARG(buf_slice(&out)));
    else if (ok)
        say_empty(n, "webhooks");
    return ok;
}

/* ---- selection ---- */

static bool change_one(struct db *db, const struct given *given, struct err *err)
{
    bool found, removes = strcmp(given->action, "remove") == 0;
    if (!(removes ? webhooks_remove(db, given->id, &found, err)
                  : webhooks_resume(db, given->id, &found, err)))
        return false;
    if (!found)
        return err_set(err, ERR_NOT_FOUND,
                       "there is no webhook %lld: gitomatic webhook list shows those that exist",
                       (long long)given->id);
    printf("webhook %lld %s\n", (long long)given->id, removes ? "removed" : "resumed");
    return true;
}

static bool check(struct given *given, struct err *err)
{
    static const char *const actions[] = {"add", "list", "remove", "resume"};
    if (!given->action)
        return err_set(err, ERR_USAGE, "an action is missing: expected add, list, remove or resume");
    bool adds = strcmp(given->action, "add") == 0, lists = strcmp(given->action, "list") == 0;
    bool by_id = strcmp(given->action, "remove") == 0 || strcmp(given->action, "resume") == 0;
    if (!adds && !lists && !by_id)
        return args_unknown_word(given->action, "an action", actions, ARRAY_LEN(actions), err);
    if (!adds && (given->types || given->n_filters || given->secret_stdin))
        return err_set(err, ERR_USAGE, "--types, --filter and --secret-stdin are valid with add only");
    if (!lists && given->json)
        return err_set(err, ERR_USAGE, "--json is valid with list only");
    if (lists && given->operand)
        return err_set(err, ERR_USAGE, "\"%.60s\" is not understood: expected nothing after list",
                       given->operand);
    if (given->types && !*given->types) /* an unset variable must not choose all types */
        return err_set(
            err, ERR_USAGE,
            "--types: expected types of changes separated by commas, got nothing: omit it for all");
    if (adds && !given->operand)
        return err_set(err, ERR_USAGE, "the URL is missing: expected gitomatic webhook add URL");
    if (by_id && (!given->operand || !slice_i64(slice_of(given->operand), 1, INT32_MAX, &given->id)))
        return err_set(err, ERR_USAGE, "got \"%.60s\", expected the number of a webhook, as list shows it",
                       given->operand ? given->operand : "");
    return true;
}

int cmd_webhook(const struct command_call *call, struct err *err)
{
    const char *operands[2] = {NULL, NULL};
    size_t n = 0;
    struct given given = {0};
    struct db *db;
    const struct arg_flag flags[] = {{.name = "--types", .values = &given.types, .max_values = 1},
                                     {.name = "--filter",
                                      .values = given.filters,
                                      .max_values = WEBHOOK_MAX_FILTERS,
                                      .n_values = &given.n_filters},
                                     {.name = "--secret-stdin", .present = &given.secret_stdin},
                                     {.name = "--json", .present = &given.json}};
    if (!args_parse(call->argc, call->argv, flags, ARRAY_LEN(flags), operands, ARRAY_LEN(operands), &n, err))
        return exit_code_of(err);
    given.action = operands[0];
    given.operand = operands[1];
    if (!check(&given, err) || !database_open_checked(call->cfg, "gitomatic webhook", &db, err))
        return exit_code_of(err);
    bool ok = strcmp(given.action, "add") == 0    ? add(call->cfg, db, &given, err)
              : strcmp(given.action, "list") == 0 ? list(db, given.json, err)
                                                  : change_one(db, &given, err);
    db_close(db);
    if (!ok && err->code == ERR_BAD_PARAM)
        err->code = ERR_USAGE;
    return ok ? EXIT_DONE : exit_code_of(err);
}
