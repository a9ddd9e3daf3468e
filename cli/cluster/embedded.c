/* The embedded cluster, in the order of its start: lock the folder, find the programs, create the cluster if there is none, end a
 * server that a killed gitomatic left, start the server, wait until it answers. */
#include "cli/cluster/addresses.h"
#include "cli/cluster/embedded_private.h"
#include "cli/cluster/pg_folder.h"
#include "cli/cluster/postmaster.h"
#include "cli/cluster/relocate.h"
#include "cli/process/child.h"
#include "cli/process/stop.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/base/memory.h"
#include "core/base/rnd.h"
#include "core/log/log.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LOCK_MS       100
#define SEGMENT_BYTES ((rlim_t)1 << 30)
#define START_MS      300000 /* crash recovery of a large cluster takes its time */

const char *embedded_url(const struct embedded *e)
{
    return e->url;
}

const char *embedded_dir(const struct embedded *e)
{
    return e->dir;
}

/* ---- the folder ---- */

static bool make_folders(const char *path, struct err *err)
{
    char part[PATH_MAX];
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof part - 64)
        return err_set(err, ERR_CONFIG, "GITOMATIC_DATA: got \"%.60s\", expected a folder", path);
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0755) && errno != EEXIST) {
            err_errno(err, "GITOMATIC_DATA: can't make the folder %.100s", part);
            err->code = ERR_CONFIG;
            return false;
        }
    }
    return true;
}

/* Other commands hold it for a moment (addresses_awaited). */
static bool lock_soon(int fd)
{
    int64_t deadline = clock_mono_ms() + LOCK_MS;
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK || clock_mono_ms() >= deadline)
            return false;
        clock_sleep_ms(5);
    }
    return true;
}

static bool take_lock(struct embedded *e, struct err *err)
{
    char path[PATH_MAX + 8], pid[32];
    snprintf(path, sizeof path, "%s/lock", e->dir);
    e->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (e->lock_fd < 0) {
        err_errno(err, "GITOMATIC_DATA: can't use the folder %.150s", e->dir);
        err->code = ERR_CONFIG;
        return false;
    }
    if (lock_soon(e->lock_fd)) {
        addresses_remove_stale(e->dir);
        int n = snprintf(pid, sizeof pid, "%d\n", (int)getpid());
        if (ftruncate(e->lock_fd, 0) || pwrite(e->lock_fd, pid, (size_t)n, 0) != n)
            return err_errno(err, "write %s", path);
        return true;
    }
    if (errno != EWOULDBLOCK)
        return err_errno(err, "lock %s", path);
    return addresses_taken(e->dir, err);
}

static bool open_log(struct embedded *e, struct err *err)
{
    struct stat st;
    snprintf(e->log, sizeof e->log, "%s/pg.log", e->dir);
    e->log_fd = open(e->log, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (e->log_fd >= 0)
        pg_folder_rotate_log(e->log_fd, e->log);
    if (e->log_fd < 0 || fstat(e->log_fd, &st))
        return err_errno(err, "open %s", e->log);
    e->log_start = st.st_size;
    return true;
}

/* A folder that only the server's user can enter, even if it existed before. */
static bool make_private(const struct embedded *e, const char *path, struct err *err)
{
    struct stat st;
    uid_t owner = e->user ? e->user->uid : geteuid();
    if (mkdir(path, 0700) && errno != EEXIST)
        return err_errno(err, "make %s", path);
    if (lstat(path, &st))
        return err_errno(err, "look at %s", path);
    if (!S_ISDIR(st.st_mode) || (st.st_uid != owner && st.st_uid != geteuid()))
        return err_set(err, ERR_SYSTEM, "%.160s belongs to another user", path);
    if ((e->user && lchown(path, e->user->uid, e->user->gid)) || chmod(path, 0700))
        return err_errno(err, "make %s private", path);
    return true;
}

static bool folder_fits_socket(const char *path)
{
    return strlen(path) + sizeof "/.s.PGSQL.5432.lock" <= sizeof((struct sockaddr_un *)0)->sun_path &&
           !strpbrk(path, "\",");
}

bool embedded_choose_sockets(struct embedded *e, struct err *err)
{
    snprintf(e->socket_dir, sizeof e->socket_dir, "%s/run", e->dir);
    if (!folder_fits_socket(e->socket_dir)) {
        e->socket_is_elsewhere = true;
        snprintf(e->socket_dir, sizeof e->socket_dir, "/tmp/gitomatic-%u-%016llx", (unsigned)geteuid(),
                 (unsigned long long)hash64(0, slice_of(e->dir)));
    }
    return make_private(e, e->socket_dir, err);
}

static void put_encoded(struct buf *b, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./";
    for (const char *c = text; *c; c++) {
        if (strchr(plain, *c))
            buf_putc(b, *c);
        else
            buf_printf(b, "%%%02X", (unsigned char)*c);
    }
}

static void write_url(const char *socket_dir, int port, const char *database, char out[EMBEDDED_URL_SIZE])
{
    AUTO_BUF b = {.max = EMBEDDED_URL_SIZE - 1};
    buf_puts(&b, "postgresql://gitomatic@/");
    put_encoded(&b, database);
    buf_printf(&b, "?port=%d&host=", port);
    put_encoded(&b, socket_dir);
    snprintf(out, EMBEDDED_URL_SIZE, "%.*s", SLICE_ARG(buf_slice(&b)));
}

void embedded_write_url(const struct embedded *e, const char *database, char out[EMBEDDED_URL_SIZE])
{
    write_url(e->socket_dir, e->port, database, out);
}

/* ---- making the cluster ---- */

void embedded_name_new(const struct embedded *e, char *out, size_t size)
{
    char word[9];
    rnd_word(word, sizeof word - 1);
    snprintf(out, size, "%s/pg.new.%s", e->dir, word);
}

bool embedded_make_cluster(struct embedded *e, const char *new_dir, int stop_fd, struct err *err)
{
    char initdb[PATH_MAX + 16];
    snprintf(initdb, sizeof initdb, "%s/initdb", e->binaries.dir);
    const char *const init[] = {initdb,
                                "-D",
                                new_dir,
                                "-U",
                                "gitomatic",
                                "--encoding=UTF8",
                                "--locale=C",
                                "--lc-ctype=C.UTF-8",
                                "--auth-local=trust",
                                "--auth-host=reject",
                                "--data-checksums",
                                "--no-instructions",
                                NULL};
    log_info("database.init", L_STR("folder", new_dir), L_I64("version", e->binaries.version));
    return make_private(e, new_dir, err) && embedded_run_program(e, init, NULL, stop_fd, err) &&
           pg_folder_write_conf(new_dir, err);
}

static bool make_first_cluster(struct embedded *e, int stop_fd, struct err *err)
{
    char new_dir[PATH_MAX + 24], postgres[PATH_MAX + 16];
    embedded_name_new(e, new_dir, sizeof new_dir);
    snprintf(postgres, sizeof postgres, "%s/postgres", e->binaries.dir);
    const char *const single[] = {postgres, "--single", "-D", new_dir, "postgres", NULL};
    if (!embedded_make_cluster(e, new_dir, stop_fd, err) ||
        !embedded_run_program(e, single, "create database gitomatic\n", stop_fd, err))
        return err_wrap(err, "make the embedded database");
    if (rename(new_dir, e->pg))
        return err_errno(err, "rename %s", new_dir);
    return pg_folder_sync(e->dir, err);
}

bool embedded_version(const struct embedded *e, int *out, struct err *err)
{
    char path[PATH_MAX + 24], text[32] = "";
    snprintf(path, sizeof path, "%s/PG_VERSION", e->pg);
    FILE *in = fopen(path, "re");
    *out = 0;
    if (!in && errno != ENOENT && errno != ENOTDIR)
        return err_errno(err, "open %s", path);
    if (!in)
        return !pg_folder_is_foreign(e->pg) ||
               err_set(err, ERR_CONFIG,
                       "%.160s is no cluster of gitomatic: move it, or choose another folder "
                       "(GITOMATIC_DATA)",
                       e->pg);
    *out = fgets(text, sizeof text, in) ? atoi(text) : 0;
    fclose(in);
    return *out > 0 ||
           err_set(err, ERR_CONFIG,
                   "%.160s does not belong to a PostgreSQL cluster: remove it, or use another GITOMATIC_DATA",
                   path);
}

/* The programs of the version that created the cluster, or the newest. */
static bool choose_programs(struct embedded *e, bool *exists_out, struct err *err)
{
    int version;
    struct err why;
    struct pg_binaries newest;
    char hint[96] = "";
    if (!embedded_version(e, &version, err))
        return false;
    *exists_out = version != 0;
    if (!version)
        return pg_binaries_find(0, &e->binaries, err);
    if (pg_binaries_find(version, &e->binaries, &why))
        return true;
    if (pg_binaries_find(0, &newest, &why) && newest.version > version)
        snprintf(hint, sizeof hint, " (`gitomatic upgrade-cluster` then moves it to PostgreSQL %d)",
                 newest.version);
    return err_set(err, ERR_CONFIG,
                   "the data folder %.70s was made by PostgreSQL %d, which is not installed here: install "
                   "postgresql-%d%s, or use another GITOMATIC_DATA",
                   e->dir, version, version, hint);
}

/* ---- the server ---- */

/* Stops a server that a killed gitomatic left, if it is not stopping already. */
static bool end_stale_server(const struct embedded *e, int stop_fd, struct err *err)
{
    struct postmaster p;
    int64_t deadline = clock_mono_ms() + STOP_MS;
    if (!postmaster_read(e->pg, &p) || !postmaster_runs_in(p.pid, e->pg))
        return true;
    log_warn("database.stale", L_I64("pid", p.pid), L_STR("folder", e->pg));
    if (kill(p.pid, SIGINT) && errno != ESRCH)
        return err_errno(err, "stop the server left in %s (process %d)", e->pg, (int)p.pid);
    while (postmaster_runs_in(p.pid, e->pg)) {
        if (stop_wait(stop_fd, 50))
            return err_set(err, ERR_STOPPING, "stopped");
        if (clock_mono_ms() > deadline)
            return err_set(err, ERR_SYSTEM, "the server left in %.120s (process %d) does not end", e->pg,
                           (int)p.pid);
    }
    return true;
}

static bool spawn_server(struct embedded *e, struct err *err)
{
    char postgres[PATH_MAX + 16], sockets[PATH_MAX + 48], port[32];
    snprintf(port, sizeof port, "port=%d", e->port);
    snprintf(postgres, sizeof postgres, "%s/postgres", e->binaries.dir);
    snprintf(sockets, sizeof sockets, "unix_socket_directories=\"%s\"", e->socket_dir);
    const char *const argv[] = {postgres,
                                "-D",
                                e->pg,
                                "-c",
                                "listen_addresses=",
                                "-c",
                                sockets,
                                "-c",
                                "unix_socket_permissions=0700",
                                "-c",
                                port,
                                "-c",
                                "logging_collector=off",
                                e->read_only ? "-c" : NULL,
                                "default_transaction_read_only=on",
                                NULL};
    embedded_mark_log(e);
    return embedded_start_program(e, argv, -1, e->log_fd, SIGINT, &e->pid, err);
}

static bool wait_ready(struct embedded *e, int stop_fd, struct err *err)
{
    struct postmaster p;
    int status;
    int64_t start = clock_mono_ms(), said = start;
    while (!postmaster_read(e->pg, &p) || p.pid != e->pid || !p.ready) {
        int64_t now = clock_mono_ms();
        if (child_ended(e->pid, &status)) {
            e->pid = 0;
            return embedded_explain_end(e, "PostgreSQL", status, err);
        }
        if (now - start > START_MS)
            return err_set(err, ERR_TIMEOUT, "PostgreSQL is not ready after %d s (see %.120s)",
                           START_MS / 1000, e->log);
        if (now - said > 5000) {
            log_info("database.recovering", L_STR("log", e->log));
            said = now;
        }
        if (stop_wait(stop_fd, 20))
            return err_set(err, ERR_STOPPING, "stopped");
    }
    log_info("database.ready", L_I64("pid", e->pid), L_STR("folder", e->pg),
             L_I64("version", e->binaries.version));
    return true;
}

bool embedded_serve(struct embedded *e, int stop_fd, struct err *err)
{
    return spawn_server(e, err) && wait_ready(e, stop_fd, err);
}

bool embedded_restart(struct embedded *e, int stop_fd, struct err *err)
{
    return end_stale_server(e, stop_fd, err) && embedded_serve(e, stop_fd, err);
}

void embedded_tend(struct embedded *e)
{
    pg_folder_rotate_log(e->log_fd, e->log);
}

void embedded_reload(const struct embedded *e)
{
    if (e && e->pid > 0)
        kill(e->pid, SIGHUP);
}

bool embedded_has_died(struct embedded *e, char why_out[64])
{
    int status;
    if (e->pid == 0 || !child_ended(e->pid, &status))
        return false;
    e->pid = 0;
    child_status_text(status, why_out);
    return true;
}

struct embedded *embedded_new(void)
{
    struct embedded *e = xcalloc(1, sizeof *e);
    e->lock_fd = e->log_fd = -1;
    e->port = EMBEDDED_PORT;
    return e;
}

/* PostgreSQL's files grow to 1 GB each. What it writes beyond the limit fails like a full disk, without its name. */
static bool check_file_size(struct err *err)
{
    struct rlimit size;
    return getrlimit(RLIMIT_FSIZE, &size) != 0 || size.rlim_cur >= SEGMENT_BYTES ||
           err_set(
               err, ERR_SYSTEM,
               "files of only %llu MB are allowed, and PostgreSQL needs %llu: raise the limit (ulimit -f, "
               "LimitFSIZE= of a systemd unit)",
               (unsigned long long)size.rlim_cur >> 20, (unsigned long long)SEGMENT_BYTES >> 20);
}

bool embedded_take_folder(struct embedded *e, const char *data_dir, struct err *err)
{
    if (!check_file_size(err) || !make_folders(data_dir, err))
        return false;
    if (geteuid() == 0) {
        if (!unix_user_find("postgres", &e->postgres, err))
            return err_wrap(err, "PostgreSQL refuses to run as root");
        e->user = &e->postgres;
        if (!relocate_data(data_dir, e->user, err))
            return false;
    }
    if (!realpath(data_dir, e->dir))
        return err_errno(err, "GITOMATIC_DATA: %s", data_dir);
    snprintf(e->pg, sizeof e->pg, "%s/pg", e->dir);
    return take_lock(e, err) && open_log(e, err);
}

static bool open_all(struct embedded *e, const char *data_dir, int stop_fd, struct err *err)
{
    bool exists;
    if (!embedded_take_folder(e, data_dir, err))
        return false;
    pg_folder_remove_leftovers(e->dir);
    if (!choose_programs(e, &exists, err) || !embedded_choose_sockets(e, err) ||
        (!exists && !make_first_cluster(e, stop_fd, err)))
        return false;
    embedded_write_url(e, "gitomatic", e->url);
    return embedded_restart(e, stop_fd, err);
}

bool embedded_start(const char *data_dir, int stop_fd, struct embedded **out, struct err *err)
{
    struct embedded *e = embedded_new();
    if (open_all(e, data_dir, stop_fd, err)) {
        *out = e;
        return true;
    }
    embedded_stop(e);
    return false;
}

bool embedded_halt(struct embedded *e, int64_t ms)
{
    if (e->pid <= 0)
        return true;
    bool clean = postmaster_stop(&e->pid, e->pg, ms);
    if (clean)
        log_info("database.stop", L_STR("folder", e->pg));
    else
        log_error("database.killed", L_STR("folder", e->pg));
    return clean;
}

void embedded_stop(struct embedded *e)
{
    if (!e)
        return;
    embedded_halt(e, STOP_MS);
    if (e->socket_is_elsewhere)
        rmdir(e->socket_dir);
    if (e->log_fd >= 0)
        close(e->log_fd);
    if (e->lock_fd >= 0)
        close(e->lock_fd);
    free(e);
}

/* ---- for other commands ---- */

/* PATH without its last part, if it is that one. */
static bool take_off(const char *path, const char *last, char out[PATH_MAX])
{
    size_t n = strlen(path), m = strlen(last);
    while (n > 1 && path[n - 1] == '/')
        n--;
    if (n <= m || n - m >= PATH_MAX || strncmp(path + n - m, last, m) != 0)
        return false;
    snprintf(out, PATH_MAX, "%.*s", (int)(n - m), path);
    return true;
}

bool embedded_of_sockets(const char *socket_dir, char out[PATH_MAX])
{
    char pg[PATH_MAX];
    bool runs;
    if (postmaster_of_socket(socket_dir, EMBEDDED_PORT, &runs, pg))
        return take_off(pg, "/pg", out);
    return !runs && take_off(socket_dir, "/run", out);
}

bool embedded_find(const char *data_dir, char url_out[EMBEDDED_URL_SIZE], struct err *err)
{
    char dir[PATH_MAX], pg[PATH_MAX + 8];
    struct postmaster p;
    static const char nothing[] = "no database runs in the data folder %.120s";
    if (!realpath(data_dir, dir))
        return err_set(err, ERR_NOT_FOUND, nothing, data_dir);
    snprintf(pg, sizeof pg, "%s/pg", dir);
    if (access(pg, F_OK) == 0 && access(pg, X_OK) != 0)
        return err_set(
            err, ERR_SYSTEM,
            "the database in %.120s belongs to another user: run as that user, or set DATABASE_URL", dir);
    if (!postmaster_read(pg, &p) || !p.ready || (kill(p.pid, 0) && errno == ESRCH))
        return err_set(err, ERR_NOT_FOUND, nothing, data_dir);
    write_url(p.socket_dir, EMBEDDED_PORT, "gitomatic", url_out);
    return true;
}
