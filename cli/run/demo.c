#include "cli/run/demo.h"
#include "cli/cluster/embedded.h"
#include "cli/database.h"
#include "cli/process/child.h"
#include "cli/process/stop.h"
#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/limits.h"
#include "core/base/memory.h"
#include "core/config/conf_file.h"
#include "core/log/log.h"
#include "schema/demo.h"
#include "schema/queue/jobs.h"
#include "schema/queue/tasks.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define START_MS 120000 /* a world that has moved for a month takes ten seconds to move there again */

/* Borrowed by the supervisor as long as the process lives. */
static char sim_path[PATH_MAX + 16], sim_listen[64], sim_moves[PATH_MAX + 32];
/* Enough developers for a while, ids that a sample finds, and a quota that a demo does not wait for. */
static const char *sim_argv[] = {sim_path,      "--listen", sim_listen, "--users", "1000",
                                 "--dense-ids", "--limit",  "50000",    "--moves", "3",
                                 NULL,          NULL,       NULL};
#define SIM_MOVES_AT (ARRAY_LEN(sim_argv) - 3)

static bool set_env(const char *name, const char *value, struct err *err)
{
    return conf_file_override(name, value, err);
}

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value && *value;
}

bool demo_settings(struct config *cfg, struct err *err)
{
    if (!is_set("GITOMATIC_DATA"))
        cfg->data_dir = DEMO_DATA_DIR;
    if (!is_set("DISCOVERY_SCHEDULE")) {
        cfg->discovery_schedule = "* * * * *";
        return set_env("DISCOVERY_SCHEDULE", cfg->discovery_schedule, err);
    }
    return true;
}

static void find_simulator(void)
{
    char exe[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (n > 0) {
        exe[n] = '\0';
        *strrchr(exe, '/') = '\0';
        snprintf(sim_path, sizeof sim_path, "%s/gitomatic-sim", exe);
        if (access(sim_path, X_OK) == 0)
            return;
    }
    snprintf(sim_path, sizeof sim_path, "gitomatic-sim");
}

/* "listening on http://127.0.0.1:40123": the address into out. */
static bool read_address(int fd, int stop_fd, char *out, size_t size, struct err *err)
{
    static const char mark[] = "listening on http://";
    char text[256];
    size_t n = 0;
    int64_t deadline = clock_mono_ms() + START_MS;
    while (n < sizeof text - 1) {
        struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = stop_fd, .events = POLLIN}};
        int64_t left = deadline - clock_mono_ms();
        if (left <= 0 || (poll(fds, 2, (int)left) < 0 && errno != EINTR))
            break;
        if (fds[1].revents)
            return err_set(err, ERR_STOPPING, "stopped");
        if (!fds[0].revents)
            continue;
        ssize_t got = read(fd, text + n, sizeof text - 1 - n);
        if (got <= 0)
            break;
        n += (size_t)got;
        text[n] = '\0';
        const char *at = strstr(text, mark), *end = at ? strchr(at, '\n') : NULL;
        if (end && (size_t)(end - at) - (sizeof mark - 1) < size) {
            at += sizeof mark - 1;
            memcpy(out, at, (size_t)(end - at));
            out[end - at] = '\0';
            return true;
        }
    }
    return err_set(err, ERR_SYSTEM, "the simulator %.120s did not say where it listens", sim_path);
}

static bool start_simulator(int stop_fd, pid_t *pid_out, struct err *err)
{
    int out[2];
    if (pipe2(out, O_CLOEXEC))
        return err_errno(err, "pipe");
    snprintf(sim_listen, sizeof sim_listen, "127.0.0.1:0");
    const struct child_spec spec = {
        .argv = sim_argv, .input_fd = -1, .output_fd = out[1], .error_fd = -1, .death_signal = SIGKILL};
    bool ok = child_start(&spec, pid_out, err);
    close(out[1]);
    if (ok && !read_address(out[0], stop_fd, sim_listen, sizeof sim_listen, err)) {
        child_stop(pid_out, SIGKILL, 0);
        ok = false;
    }
    close(out[0]);
    return ok || (err->code == ERR_STOPPING ? false : err_wrap(err, "demo"));
}

static bool path_of_moves(const char *data_dir, char *out, size_t size)
{
    int n = snprintf(out, size, "%s/demo.moves", data_dir);
    return n > 0 && (size_t)n < size;
}

static bool remember_moves(const char *data_dir, struct err *err)
{
    if (!data_dir)
        return true;
    sim_argv[SIM_MOVES_AT] = "--moves-file";
    sim_argv[SIM_MOVES_AT + 1] = sim_moves;
    return path_of_moves(data_dir, sim_moves, sizeof sim_moves) ||
           err_set(err, ERR_CONFIG, "GITOMATIC_DATA: the path is too long");
}

bool demo_start(struct supervisor *services, const char *data_dir, int stop_fd, char url_out[ADDRESS_SIZE],
                struct err *err)
{
    pid_t pid = 0;
    find_simulator();
    if (!remember_moves(data_dir, err))
        return false;
    /* From here on sim_listen has its actual port, so that a restarted one has the same address. */
    if (!start_simulator(stop_fd, &pid, err) ||
        !supervise_add(services, "simulator", sim_argv, true, pid, err))
        return false;
    snprintf(url_out, ADDRESS_SIZE, "http://%s", sim_listen);
    /* Empty rather than removed: the services also read the settings' file, which may have a real one. */
    static const char *const others[] = {
        "GITHUB_TOKEN_FILE",       "GITHUB_TOKENS",          "GITHUB_TOKENS_FILE",
        "GITHUB_API_USER",         "GITHUB_API_KEY",         "GITHUB_API_KEY_FILE",
        "GITHUB_APP_ID",           "GITHUB_APP_PRIVATE_KEY", "GITHUB_APP_PRIVATE_KEY_FILE",
        "GITHUB_APP_INSTALLATIONS"};
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (!set_env(others[i], "", err))
            return false;
    /* a proxy cannot reach this machine's simulator */
    return set_env("no_proxy", "*", err) && set_env("GITHUB_API_URL", url_out, err) &&
           set_env("GITHUB_TOKEN", DEMO_TOKEN, err);
}

/* ---- other commands in its data folder ---- */

/* The longest wait for the addresses of an `up` whose database answers: it publishes them soon, except one of an earlier release, which
 * never publishes them in this form. A server without an `up` is not waited for. */
#define PUBLISH_MS 10000

static struct addresses found;
static int found_fd = -1;
static _Atomic bool has_ended;

/* `up` runs this program. */
static bool is_started_by_up(void)
{
    char self[PATH_MAX], parent[PATH_MAX], link[64];
    snprintf(link, sizeof link, "/proc/%d/exe", (int)getppid());
    ssize_t n = readlink("/proc/self/exe", self, sizeof self), m = readlink(link, parent, sizeof parent);
    return n > 0 && n == m && memcmp(self, parent, (size_t)n) == 0;
}

const char *demo_folder_of(const char *database_url)
{
    static char folder[PATH_MAX];
    char sockets[PATH_MAX];
    if (is_started_by_up() || !db_socket_folder(database_url, sockets, sizeof sockets) ||
        !embedded_of_sockets(sockets, folder))
        return NULL;
    return demo_made(folder) ? folder : NULL;
}

enum demo_state demo_find(const char *data_dir)
{
    found_fd = addresses_open(data_dir, &found);
    if (found_fd < 0)
        return demo_made(data_dir) ? DEMO_STOPPED : DEMO_NONE;
    if (*found.demo) {
        setenv("no_proxy", "*", 1);
        return DEMO_RUNS;
    }
    close(found_fd);
    found_fd = -1;
    return DEMO_NONE;
}

bool demo_is_none(const char *data_dir, int stop_fd, struct err *err)
{
    struct addresses now;
    bool runs;
    int64_t deadline = clock_mono_ms() + PUBLISH_MS;
    while (!(runs = addresses_read(data_dir, &now)) && clock_mono_ms() < deadline &&
           addresses_awaited(data_dir))
        if (stop_wait(stop_fd, 50))
            return err_set(err, ERR_STOPPING, "stopped");
    if (runs && *now.demo)
        return err_set(err, ERR_SYSTEM,
                       "a demo has started in the data folder %.120s: start this command again, so that it "
                       "uses the demo's GitHub",
                       data_dir);
    return runs || !demo_made(data_dir) || demo_is_stopped(data_dir, err);
}

bool demo_is_stopped(const char *data_dir, struct err *err)
{
    return err_set(err, ERR_SYSTEM,
                   "the data folder %.120s belongs to a demo that does not run: start `gitomatic up --demo` "
                   "first, or set another GITOMATIC_DATA for GitHub's records",
                   data_dir);
}

static void *wait_for_end(void *unused)
{
    (void)unused;
    if (!addresses_wait(found_fd))
        return NULL;
    if (stop_begun())
        return NULL; /* both are stopping */
    atomic_store(&has_ended, true);
    kill(getpid(), SIGTERM);
    return NULL;
}

bool demo_end_with(struct err *err)
{
    sigset_t all, before;
    pthread_t thread;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool ok = thread_start(&thread, wait_for_end, NULL, err);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (ok)
        pthread_detach(thread);
    return ok;
}

bool demo_has_ended(void)
{
    return atomic_load(&has_ended);
}

void demo_adopt(struct config *cfg)
{
    const char **none[] = {&cfg->github_tokens,  &cfg->github_api_user,        &cfg->github_api_key,
                           &cfg->github_app_id,  &cfg->github_app_private_key, &cfg->github_app_installations,
                           &cfg->github_ca_file, &cfg->github_status_url};
    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        config_replace(none[i], NULL);
    config_replace(&cfg->github_api_url, found.demo);
    config_replace(&cfg->github_token, DEMO_TOKEN);
}

bool demo_made(const char *data_dir)
{
    char path[PATH_MAX + 32];
    return path_of_moves(data_dir, path, sizeof path) && access(path, F_OK) == 0;
}

const char *demo_folder_used(const struct config *cfg)
{
    if (database_is_given(cfg))
        return demo_folder_of(cfg->database_url);
    return demo_made(cfg->data_dir) ? cfg->data_dir : NULL;
}

/* Whether the demo's token has crawled into the database, or a demo's export was imported. */
static bool token_has_crawled(struct db *db)
{
    struct err ignored = {0};
    bool crawled = false;
    if (!demo_crawled(db, &crawled, &ignored))
        log_debug("demo.passed_over", L_STR("why", ignored.text));
    return crawled;
}

bool demo_has_crawled(const struct config *cfg, struct db *db)
{
    return demo_folder_used(cfg) || token_has_crawled(db);
}

bool demo_may_crawl(const struct config *cfg, const char *folder, struct db *db, struct err *err)
{
    bool any, is_demo = folder ? demo_made(folder) : demo_folder_used(cfg) != NULL;
    char where[160] = "the database that DATABASE_URL or the PG* variables name";
    if (folder)
        snprintf(where, sizeof where, "the data folder %.120s", folder);
    if (is_demo || token_has_crawled(db))
        return true;
    if (!demo_has_records(db, &any, err)) {
        if (db_trouble_of(err) != DB_NO_SCHEMA)
            return false;
        err_clear(err);
        return true;
    }
    return !any || err_set(err, ERR_CONFIG,
                           "--demo: %s holds records that are not a demo's, and its made-up records would be "
                           "mixed with them: %s",
                           where,
                           folder ? "set another GITOMATIC_DATA for the demo"
                                  : "unset DATABASE_URL (and PG*) and set GITOMATIC_DATA to a new folder, or "
                                    "name an empty database");
}

/* ---- life ---- */

#define LOOK_MS          3000
#define SYNC_MS          6000
#define REPOSITORY_EVERY 5 /* syncs */

struct demo_life {
    const char *url;
    struct db *db;
    struct arena *arena;
    int64_t look_at_ms; /* monotonic */
    bool has_past;
    unsigned n; /* syncs so far */
};

struct demo_life *demo_life_create(const char *url)
{
    struct demo_life *life = xcalloc(1, sizeof *life);
    life->url = url;
    life->arena = arena_create();
    life->look_at_ms = clock_mono_ms() + LOOK_MS;
    return life;
}

void demo_life_destroy(struct demo_life *life)
{
    if (!life)
        return;
    db_close(life->db);
    arena_destroy(life->arena);
    free(life);
}

static bool request_repository(struct demo_life *life, struct err *err)
{
    static const char *const names[] = DEMO_REPOSITORIES;
    int64_t job_id;
    struct task task;
    const char *name = names[life->n / REPOSITORY_EVERY % (sizeof names / sizeof *names)];
    return task_read(&(struct task_input){.name = SLICE("full_repository_sync"),
                                          .username = SLICE(DEMO_OWNER),
                                          .repo_name = slice_of(name)},
                     &task, err) &&
           tasks_request(life->db, &task, PRIORITY_PERIODIC, ASKED_BY_DEMO, &job_id, err);
}

static bool request_sync(struct demo_life *life, struct err *err)
{
    slice login;
    int64_t job_id;
    struct task task;
    if (++life->n % REPOSITORY_EVERY == 0)
        return request_repository(life, err);
    if (!demo_next(life->db, life->arena, &login, err) || login.len == 0)
        return err->code == ERR_NONE;
    return task_read(&(struct task_input){.name = SLICE("full_profile_sync"), .username = login}, &task,
                     err) &&
           tasks_request(life->db, &task, PRIORITY_PERIODIC, ASKED_BY_DEMO, &job_id, err);
}

void demo_life_look(struct demo_life *life)
{
    struct err ignored = {0};
    const struct db_options options = {
        .url = life->url, .application = "gitomatic demo", .statement_timeout_ms = 10000};
    if (clock_mono_ms() < life->look_at_ms)
        return;
    life->look_at_ms = clock_mono_ms() + (life->has_past ? SYNC_MS : LOOK_MS);
    arena_reset(life->arena);
    if ((!life->db && !db_open(&options, &life->db, &ignored)) ||
        !(life->has_past ? request_sync(life, &ignored) : demo_past(life->db, &life->has_past, &ignored))) {
        log_debug("demo.passed_over", L_STR("why", ignored.text));
        db_close(life->db);
        life->db = NULL;
    }
}
