/* gitomatic up: everything on one machine, in the order of the start: settings, database, schema, first user, (simulator,) services,
 * seeds; then supervises them until a signal; then stops in reverse order. */
#include "api/api.h"
#include "cli/args.h"
#include "cli/cluster/addresses.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/process/child.h"
#include "cli/process/service.h"
#include "cli/process/stop.h"
#include "cli/process/supervise.h"
#include "cli/run/demo.h"
#include "cli/run/fixed_settings.h"
#include "cli/run/progress.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/manager.h"
#include "core/base/rnd.h"
#include "core/base/shell.h"
#include "core/config/conf_file.h"
#include "core/config/reload.h"
#include "core/log/log.h"
#include "core/model/names.h"
#include "github/tls.h"
#include "http/listen.h"
#include "mirror/mirror.h"
#include "schema/access/users.h"
#include "schema/migrate.h"
#include "schema/queue/jobs.h"
#include "schema/queue/tasks.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_SEEDS      100
#define LOOK_EVERY_MS  200
#define API_START_MS   15000
#define FIRST_USER     "admin"
#define PASSWORD_CHARS 20

struct up {
    struct config cfg; /* a copy: strings borrow from the caller's, or live as long as the process */
    const char *seeds[MAX_SEEDS];
    size_t n_seeds;
    bool demo, mixes_demo;      /* it crawls GitHub itself into a demo's records */
    struct addresses addresses; /* its demo's: once that has started */
    int addresses_fd;           /* -1: not published */
    int stop_fd;
    struct console *console;
    struct embedded *embedded; /* NULL: another server */
    const char *url;           /* NULL: PG* variables */
    struct db *db;             /* for the start only */
    struct supervisor services;
    char exe[PATH_MAX], api_listen[280], mirror_listen[280] /* "": none */,
        password[PASSWORD_CHARS + 1] /* "": not a new one */;
    uint64_t n_reloads;    /* passed on so far */
    bool no_user;          /* no user exists, and a new password would stay in the manager's log */
    bool password_to_show; /* it has not been printed yet */
    const char *user;      /* who can log in; NULL: a user with another name */
    char why_no_mirror[ERR_TEXT_SIZE];               /* when there is none */
    int64_t database_start_at_ms, database_pause_ms; /* after it died: see look_after_database */
};

/* ---- settings ---- */

static bool read_seed(const char *seed, struct task *out, struct err *err)
{
    return task_read(&(struct task_input){.name = SLICE("full_profile_sync"), .username = slice_of(seed)},
                     out, err) ||
           err_wrap(err, "--seed");
}

static bool check_seeds(const struct up *up, struct err *err)
{
    struct task task;
    for (size_t i = 0; i < up->n_seeds; i++)
        if (!read_seed(up->seeds[i], &task, err))
            return false;
    return true;
}

/* The port of a service must be free; port 0 becomes a free one, so that the URL can be printed. It stays bound as long as `up` runs, so
 * that no other program gets it before the service listens, or while that restarts. A listening socket may be bound beside one that
 * does not listen. */
static bool reserve_listen(const char *name, const char *listen_text, char *out, size_t size, struct err *err)
{
    struct listener listener;
    if (config_socket_path(listen_text)) { /* the service creates it */
        snprintf(out, size, "%s", listen_text);
        return true;
    }
    if (!listen_bind(name, listen_text, &listener, err)) /* the socket stays open as long as `up` runs */
        return false;
    snprintf(out, size, strchr(listener.host, ':') ? "[%s]:%d" : "%s:%d", listener.host, listener.port);
    return conf_file_override(name, out, err);
}

/* The mirror's default port is optional: if another program has it, everything but the mirror runs. */
static bool check_listen(struct up *up, struct err *err)
{
    bool asked = getenv("MIRROR_LISTEN") != NULL;
    if (!database_is_given(&up->cfg) && addresses_awaited(up->cfg.data_dir)) /* it has the ports as well */
        return addresses_taken(up->cfg.data_dir, err);
    if (!reserve_listen("API_LISTEN", up->cfg.api_listen, up->api_listen, sizeof up->api_listen, err))
        return false;
    if (reserve_listen("MIRROR_LISTEN", up->cfg.mirror_listen, up->mirror_listen, sizeof up->mirror_listen,
                       err))
        return true;
    up->mirror_listen[0] = '\0';
    if (asked)
        return false;
    snprintf(up->why_no_mirror, sizeof up->why_no_mirror, "%s", err->text);
    err_clear(err);
    return true;
}

/* Checks that the services would fail, before the database and the password, which is shown only once, are created. */
static bool check_services(const struct up *up, struct err *err)
{
    return service_check_files("up", err) && api_check(&up->cfg, err) && mirror_check(&up->cfg, err) &&
           gh_tls_check(up->cfg.github_ca_file, err);
}

static bool find_ourselves(struct up *up, struct err *err)
{
    ssize_t n = readlink("/proc/self/exe", up->exe, sizeof up->exe - 1);
    if (n < 0)
        return err_errno(err, "/proc/self/exe");
    up->exe[n] = '\0';
    return true;
}

/* ---- database ---- */

static bool start_database(struct up *up, struct err *err)
{
    if (database_is_given(&up->cfg)) {
        up->url = up->cfg.database_url;
        if (up->demo)
            log_warn("demo.database",
                     L_STR("note", "the made-up records go into the database DATABASE_URL names; the "
                                   "simulated GitHub starts over each time, so known follows end"));
    } else {
        if (!embedded_start(up->cfg.data_dir, up->stop_fd, &up->embedded, err))
            return false;
        up->url = embedded_url(up->embedded);
        if (!conf_file_override("DATABASE_URL", up->url, err))
            return false;
    }
    const struct db_options options = {.url = up->url, .application = "gitomatic up"};
    return (up->embedded || db_check_session(&options, err)) && db_open(&options, &up->db, err);
}

static bool make_first_user(struct up *up, struct err *err)
{
    AUTO_ARENA a = arena_create();
    struct api_user *users;
    size_t n;
    bool inserted, ok = users_list(up->db, a, &users, &n, err);
    for (size_t i = 0; ok && i < n; i++)
        if (strcmp(users[i].name, FIRST_USER) == 0)
            up->user = FIRST_USER;
    up->no_user = ok && n == 0 && manager_is_there();
    if (ok && n == 0 && !up->no_user) {
        rnd_word(up->password, PASSWORD_CHARS);
        up->user = FIRST_USER;
        ok = users_add(up->db, FIRST_USER, slice_of(up->password), false, &inserted, err);
        up->password_to_show = ok;
    }
    return ok;
}

static bool prepare_database(struct up *up, struct err *err)
{
    int n;
    if (!schema_migrate(up->db, &n, err))
        return false;
    if (n)
        log_info("schema.migrated", L_I64("migrations", n));
    return make_first_user(up, err);
}

static bool enqueue_seeds(struct up *up, struct err *err)
{
    int64_t job_id;
    struct task task;
    for (size_t i = 0; i < up->n_seeds; i++) {
        if (!read_seed(up->seeds[i], &task, err))
            return false;
        if (!tasks_request(up->db, &task, PRIORITY_ASKED, ASKED_BY_SEED, &job_id, err))
            return err_wrap(err, "--seed %s", task.subject);
        log_info("seed", L_STR("login", task.subject), L_I64("job", job_id));
    }
    return true;
}

static bool enqueue_demo(struct up *up, struct err *err)
{
    static const char *const names[] = DEMO_REPOSITORIES;
    int64_t job_id;
    struct task task;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (!task_read(&(struct task_input){.name = SLICE("full_repository_sync"),
                                            .username = SLICE(DEMO_OWNER),
                                            .repo_name = slice_of(names[i])},
                       &task, err) ||
            !tasks_request(up->db, &task, PRIORITY_ASKED, ASKED_BY_DEMO, &job_id, err))
            return err_wrap(err, "demo");
    return true;
}

/* Restarts a private server that ended by itself, like a service; the services wait for it meanwhile. */
static bool look_after_database(struct up *up, struct err *err)
{
    char why[64];
    int64_t now = clock_mono_ms();
    if (!up->embedded)
        return true;
    embedded_tend(up->embedded);
    if (embedded_has_died(up->embedded, why)) {
        up->database_pause_ms = up->database_pause_ms ? up->database_pause_ms * 2 : 1000;
        if (up->database_pause_ms > 30000)
            up->database_pause_ms = 30000;
        up->database_start_at_ms = now + up->database_pause_ms;
        log_error("database.died", L_STR("why", why), L_I64("restart_in_ms", up->database_pause_ms));
    }
    if (!up->database_start_at_ms || now < up->database_start_at_ms)
        return true;
    up->database_start_at_ms = 0;
    if (embedded_restart(up->embedded, up->stop_fd, err)) {
        up->database_pause_ms = 0;
        return true;
    }
    if (err->code == ERR_STOPPING)
        return true;
    log_error("database.restart", L_STR("error", err->text));
    up->database_pause_ms = up->database_pause_ms ? up->database_pause_ms : 1000;
    up->database_start_at_ms = clock_mono_ms() + up->database_pause_ms;
    return true;
}

/* ---- services ---- */

static bool start_services(struct up *up, struct err *err)
{
    static const char *argv[][3] = {
        {NULL, "api", NULL},
        {NULL, "mirror", NULL}, /* before the crawler, which shares its pages with it */
        {NULL, "crawler", NULL},
        {NULL, "scheduler", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(argv); i++) {
        if (strcmp(argv[i][1], "mirror") == 0 && !up->mirror_listen[0]) {
            log_warn("up.no_mirror", L_STR("why", up->why_no_mirror),
                     L_STR("note", "set MIRROR_LISTEN to another address"));
            continue;
        }
        argv[i][0] = up->exe;
        if (!supervise_add(&up->services, argv[i][1], argv[i], false, 0, err))
            return false;
    }
    return true;
}

/* Scheduler, crawler and API first, then the simulator that they use, the database last. */
static void stop_all(struct up *up)
{
    addresses_withdraw(up->embedded ? embedded_dir(up->embedded) : "", up->addresses_fd);
    supervise_stop(&up->services, up->demo ? 1 : 0);
    supervise_stop(&up->services, 0);
    db_close(up->db);
    up->db = NULL;
    embedded_stop(up->embedded);
    up->embedded = NULL;
}

/* True: it answers, or did not in time; up continues either way. False: a service cannot be run at all. */
static bool wait_for_api(struct up *up, struct err *err)
{
    int64_t deadline = clock_mono_ms() + API_START_MS;
    while (!listen_answers(up->api_listen) && clock_mono_ms() < deadline && !stop_wait(up->stop_fd, 50))
        if (!supervise_look(&up->services, err))
            return false;
    return true;
}

/* ---- output ---- */

/* For other commands. Before the schema is complete, which is what they wait for. */
static bool publish_addresses(struct up *up, struct err *err)
{
    const struct config *cfg = &up->cfg;
    up->mixes_demo = up->embedded && !up->demo && demo_made(embedded_dir(up->embedded));
    if (up->mixes_demo)
        log_warn(
            "up.demo_data", L_STR("folder", embedded_dir(up->embedded)),
            L_STR("note", "it has the made-up records of a demo: set another GITOMATIC_DATA for GitHub's"));
    address_of(cfg->public_url, cfg->tls_cert_file != NULL, up->api_listen, up->addresses.pages);
    return !up->embedded ||
           addresses_publish(embedded_dir(up->embedded), &up->addresses, &up->addresses_fd, err);
}

/* "[GITOMATIC_DATA=FOLDER ]gitomatic COMMAND", for the present folder and a shell. */
static void put_command(struct buf *out, const struct up *up, const char *command)
{
    if (up->embedded && strcmp(up->cfg.data_dir, "./var") != 0)
        buf_puts(out, "GITOMATIC_DATA="), shell_put_word(out, up->cfg.data_dir), buf_putc(out, ' ');
    shell_put_word(out, program_invocation_name);
    buf_printf(out, " %s", command);
}

static void put_user(struct buf *out, struct up *up)
{
    if (*up->password) {
        buf_printf(out, "\n  API user   %s, password %s (shown only this once)\n", FIRST_USER, up->password);
        up->password_to_show = false;
        return;
    }
    if (up->no_user) {
        buf_puts(out, "\n  API user   none yet: make one with ");
        put_command(out, up, "user add " FIRST_USER "\n");
        return;
    }
    buf_printf(out, "\n  API user   %s (forgotten? ", up->user ? up->user : "as before");
    put_command(out, up, "user add " FIRST_USER);
    buf_puts(out, ")\n");
}

static bool has_no_token(const struct up *up)
{
    const struct config *cfg = &up->cfg;
    return !up->demo && !cfg->github_token && !cfg->github_tokens && !cfg->github_api_user &&
           !cfg->github_app_id;
}

static void put_crawl(struct buf *out, const struct up *up)
{
    if (has_no_token(up))
        buf_puts(
            out,
            "  token      none: GitHub allows 60 requests an hour without one; set GITHUB_TOKEN for 5000\n"
            "             (https://github.com/settings/tokens, no scope is needed) and restart,\n"
            "             or reload (SIGHUP) if it comes from a file\n");
    if (up->demo) {
        buf_puts(out, "  demo       crawls a simulated GitHub; see it with ");
        put_command(out, up, "status\n");
    }
    if (up->mixes_demo)
        buf_puts(
            out,
            "  demo       a demo's folder, but GitHub itself is crawled: up --demo continues the demo\n");
    if (!up->n_seeds) {
        buf_puts(out, "  seed       none: request one with ");
        put_command(out, up, "task full_profile_sync --username LOGIN\n");
    }
    for (size_t i = 0; i < up->n_seeds; i++)
        buf_printf(out, "  seed       %.*s\n", SLICE_ARG(login_bare(slice_of(up->seeds[i]))));
}

/* In one write, so that no log line interrupts it. */
static void print_where(struct up *up)
{
    const struct config *cfg = &up->cfg;
    AUTO_BUF out = {0};
    put_user(&out, up);
    const char *base = up->addresses.pages;
    buf_printf(&out, "\n  pages      %s/  (the dashboard, for a browser)\n  API        %s/github/\n", base,
               base);
    buf_printf(&out, "  developers curl -u %s:PASSWORD '%s/github/developers/'\n",
               up->user ? up->user : "NAME", base);
    if (up->mirror_listen[0]) {
        char mirror[ADDRESS_SIZE];
        address_of(cfg->github_mirror_url, cfg->mirror_tls_cert_file != NULL, up->mirror_listen, mirror);
        buf_printf(&out, "  mirror     %s  (GitHub's API for any client, from a cache)\n",
                   config_socket_path(up->mirror_listen) ? up->mirror_listen : mirror);
    }
    if (up->embedded)
        buf_printf(&out, "  SQL        psql '%s'\n  data       %s\n", up->url, embedded_dir(up->embedded));
    put_crawl(&out, up);
    buf_puts(&out, "\nCtrl-C stops everything.\n\n");
    console_print(up->console, out.ptr, out.len);
}

/* It is stored only as a hash, so it is printed even if something else fails. */
static void print_password(struct up *up)
{
    AUTO_BUF out = {0};
    if (!up->password_to_show)
        return;
    put_user(&out, up);
    console_print(up->console, out.ptr, out.len);
}

/* Each process reads its settings itself, and reports errors in them. */
static void pass_reload_on(struct up *up)
{
    uint64_t n = reload_count();
    if (n == up->n_reloads)
        return;
    up->n_reloads = n;
    supervise_reload(&up->services);
    embedded_reload(up->embedded);
    fixed_settings_look();
    log_info("up.reloaded", L_STR("note", "passed on to every process"));
}

static int watch(struct up *up, struct err *err)
{
    struct progress *progress = progress_create(up->url, up->console, has_no_token(up));
    struct demo_life *life = up->demo ? demo_life_create(up->url) : NULL;
    bool ok = true;
    while (ok && !stop_wait(up->stop_fd, LOOK_EVERY_MS)) {
        manager_alive();
        pass_reload_on(up);
        ok = supervise_look(&up->services, err) && look_after_database(up, err);
        if (!ok || up->database_start_at_ms)
            continue;
        progress_look(progress);
        if (life)
            demo_life_look(life);
    }
    demo_life_destroy(life);
    progress_destroy(progress);
    console_progress(up->console, "", TONE_PLAIN);
    return ok ? EXIT_DONE : exit_code_of(err);
}

static bool start_demo(struct up *up, struct err *err)
{
    const char *folder = up->embedded ? embedded_dir(up->embedded) : NULL;
    return !up->demo || (demo_may_crawl(&up->cfg, folder, up->db, err) &&
                         demo_start(&up->services, folder, up->stop_fd, up->addresses.demo, err));
}

static int run(struct up *up, struct err *err)
{
    if (!start_database(up, err) || !start_demo(up, err) || !publish_addresses(up, err) ||
        !prepare_database(up, err) || !enqueue_seeds(up, err) || (up->demo && !enqueue_demo(up, err)))
        return exit_code_of(err);
    db_close(up->db);
    up->db = NULL;
    if (!start_services(up, err) || !wait_for_api(up, err))
        return exit_code_of(err);
    if (!stop_asked(up->stop_fd))
        print_where(up);
    manager_ready();
    return watch(up, err);
}

static bool read_arguments(struct up *up, const struct command_call *call, struct err *err)
{
    const struct arg_flag flags[] = {
        {.name = "--seed", .values = up->seeds, .max_values = MAX_SEEDS, .n_values = &up->n_seeds},
        {.name = "--demo", .present = &up->demo},
    };
    if (!args_parse(call->argc, call->argv, flags, ARRAY_LEN(flags), NULL, 0, NULL, err) ||
        !check_seeds(up, err))
        return false;
    if (!up->demo)
        return true;
    if (up->n_seeds == 0)
        up->seeds[up->n_seeds++] = DEMO_SEED;
    return demo_settings(&up->cfg, err);
}

int cmd_up(const struct command_call *call, struct err *err)
{
    struct up up = {.cfg = *call->cfg, .stop_fd = -1, .addresses_fd = -1};
    fixed_settings_keep();
    if (!read_arguments(&up, call, err) || !find_ourselves(&up, err) || !stop_open(&up.stop_fd, err) ||
        !reload_start(&(struct reload_source){.running = call->cfg}, err) || !check_listen(&up, err) ||
        !check_services(&up, err) || !console_open(&up.console, err))
        return exit_code_of(err);
    int code = run(&up, err);
    print_password(&up);
    manager_stopping();
    if (stop_asked(up.stop_fd))
        console_print(up.console, "\nstopping\n", strlen("\nstopping\n"));
    stop_all(&up);
    console_close(up.console);
    return err->code == ERR_STOPPING ? EXIT_DONE : code;
}
