#include "cli/cluster/upgrade.h"
#include "cli/cluster/pg_folder.h"
#include "cli/cluster/postmaster.h"
#include "cli/cluster/restore.h"
#include "cli/process/stop.h"
#include "core/base/clock.h"
#include "core/base/shell.h"
#include "core/log/log.h"
#include "schema/report/inventory.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* No other command looks for the clusters at these ports: nothing may write to them meanwhile. */
#define OLD_PORT 5433
#define NEW_PORT 5434

#define LEFTOVER_MS   5000                       /* a server whose gitomatic was killed is ending */
#define NEW_STOP_MS   600000                     /* all that it holds in memory is written first */
#define EMPTY_BYTES   (64LL * 1024 * 1024)       /* a new cluster */
#define WAL_MAX_BYTES (2LL * 1024 * 1024 * 1024) /* max_wal_size of gitomatic's defaults */
#define LINES_MAX     (8 * 1024 * 1024)

struct upgrade {
    struct embedded *old,
        *new; /* new: another server in the same data folder; the lock and pg.log are the old one's */
    int stop_fd;
    FILE *out;
    char kept[PATH_MAX + 32]; /* where the old cluster is kept */
    struct buf old_settings, new_settings;
    struct inventory counts;
};

/* ---- whether it can be done ---- */

static bool find_cluster(const char *data_dir, struct err *err)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/pg/PG_VERSION", data_dir);
    if (access(path, R_OK) == 0)
        return true;
    if (errno == EACCES)
        return err_set(err, ERR_SYSTEM, "the cluster in %.150s belongs to another user: run as that user",
                       data_dir);
    return err_set(err, ERR_NOT_FOUND,
                   "there is no embedded cluster in %.150s: set GITOMATIC_DATA to its data folder; "
                   "`gitomatic up` creates one",
                   data_dir);
}

static bool refuse_running(const struct upgrade *u, struct err *err)
{
    struct postmaster p;
    int64_t deadline = clock_mono_ms() + LEFTOVER_MS;
    while (postmaster_read(u->old->pg, &p) && postmaster_runs_in(p.pid, u->old->pg)) {
        if (stop_wait(u->stop_fd, 50))
            return err_set(err, ERR_STOPPING, "stopped");
        if (clock_mono_ms() > deadline)
            return err_set(err, ERR_SYSTEM, "a PostgreSQL server (process %d) runs in %.120s: stop it first",
                           (int)p.pid, u->old->pg);
    }
    return true;
}

/* `up` must find programs of that version afterwards. */
static bool refuse_hidden(const struct pg_binaries *programs, struct err *err)
{
    struct pg_binaries found;
    return pg_binaries_find(programs->version, &found, err) ||
           err_set(err, ERR_NOT_FOUND,
                   "gitomatic up would not find PostgreSQL %d in %.150s: add that folder to PATH first",
                   programs->version, programs->dir);
}

static bool find_new_programs(const struct upgrade_options *options, struct pg_binaries *out, struct err *err)
{
    static const char *const programs[] = {"pg_dumpall", "pg_dump", "psql", "vacuumdb"};
    if (!(options->bindir ? pg_binaries_at(options->bindir, out, err)
                          : pg_binaries_find(options->version, out, err)))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(programs); i++)
        if (!pg_binaries_has(out, programs[i]))
            return err_set(err, ERR_NOT_FOUND, "%.150s has no %s: apt-get install postgresql-client-%d",
                           out->dir, programs[i], out->version);
    return refuse_hidden(out, err);
}

static bool refuse_older(int to, int version, struct err *err)
{
    return to >= version ||
           err_set(err, ERR_CONFIG,
                   "PostgreSQL %d is older than the cluster, which is of PostgreSQL %d: expected that "
                   "version or a newer one",
                   to, version);
}

/* *needed_out: false when there is nothing to do. */
static bool choose_versions(struct upgrade *u, const struct upgrade_options *options, bool *needed_out,
                            struct err *err)
{
    int version;
    if (!embedded_version(u->old, &version, err) ||
        (options->version && !refuse_older(options->version, version, err)) ||
        !find_new_programs(options, &u->new->binaries, err))
        return false;
    const struct pg_binaries *to = &u->new->binaries;
    *needed_out = options->bindir || options->version || to->version > version;
    if (!*needed_out) {
        fprintf(u->out,
                "nothing to do: the cluster runs PostgreSQL %d, and no newer version is installed here\n",
                version);
        return true;
    }
    return refuse_older(to->version, version, err) && (pg_binaries_find(version, &u->old->binaries, err) ||
                                                       err_wrap(err, "start the old cluster for the copy"));
}

static bool refuse_kept(struct upgrade *u, struct err *err)
{
    struct stat st;
    snprintf(u->kept, sizeof u->kept, "%s/pg.old-%d", u->old->dir, u->old->binaries.version);
    return lstat(u->kept, &st) ||
           err_set(err, ERR_SYSTEM, "%.150s is there from an earlier upgrade: remove or rename it first",
                   u->kept);
}

static bool refuse_full_disk(const struct upgrade *u, struct err *err)
{
    struct statvfs fs;
    char base[PATH_MAX + 16];
    snprintf(base, sizeof base, "%s/base", u->old->pg);
    int64_t data = pg_folder_bytes(base), wal = data < WAL_MAX_BYTES ? data : WAL_MAX_BYTES;
    int64_t wanted = data + wal + EMPTY_BYTES;
    if (statvfs(u->old->dir, &fs))
        return err_errno(err, "look at %s", u->old->dir);
    int64_t free_bytes = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
    return free_bytes >= wanted || err_set(err, ERR_SYSTEM,
                                           "not enough free disk in %.120s: the new cluster takes up to %.1f "
                                           "MB beside the old one, and %.1f "
                                           "MB are free",
                                           u->old->dir, (double)wanted / 1e6, (double)free_bytes / 1e6);
}

/* Some network file systems can't, and two renames could leave no cluster at all. */
static bool check_exchange(const struct embedded *old, const char *new_dir, struct err *err)
{
    struct stat dir, pg;
    char a[PATH_MAX + 32], b[PATH_MAX + 32];
    if (lstat(old->dir, &dir) || lstat(old->pg, &pg))
        return err_errno(err, "look at %s", old->pg);
    if (dir.st_dev != pg.st_dev)
        return err_set(
            err, ERR_CONFIG,
            "%.150s is a mount point, so a new cluster cannot replace it: mount its parent folder instead",
            old->pg);
    snprintf(a, sizeof a, "%s.a", new_dir);
    snprintf(b, sizeof b, "%s.b", new_dir);
    bool ok = mkdir(a, 0700) == 0 && mkdir(b, 0700) == 0 &&
              renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0;
    if (!ok)
        err_errno(err, "the file system of %s can't exchange two folders", new_dir);
    rmdir(a);
    rmdir(b);
    return ok;
}

/* ---- the two servers ---- */

static bool open_database(const struct embedded *e, const char *name, struct db **db_out, struct err *err)
{
    char url[EMBEDDED_URL_SIZE];
    embedded_write_url(e, name, url);
    const struct db_options options = {.url = url, .application = "gitomatic upgrade-cluster"};
    return db_open(&options, db_out, err);
}

static bool read_settings(const struct embedded *e, struct buf *out, int64_t *tablespaces_out,
                          int64_t *closed_out, struct err *err)
{
    struct db *db;
    if (!open_database(e, "postgres", &db, err))
        return false;
    bool ok = inventory_settings(db, out, err) && inventory_tablespaces(db, tablespaces_out, err) &&
              inventory_closed(db, closed_out, err);
    db_close(db);
    return ok;
}

static bool start_old(struct upgrade *u, struct err *err)
{
    int64_t tablespaces, closed;
    u->old->port = OLD_PORT;
    u->old->read_only = true;
    if (!embedded_choose_sockets(u->old, err) || !embedded_serve(u->old, u->stop_fd, err) ||
        !read_settings(u->old, &u->old_settings, &tablespaces, &closed, err))
        return err_wrap(err, "the old cluster");
    if (closed)
        return err_set(
            err, ERR_CONFIG,
            "databases that allow no connections cannot be copied, and the cluster has %lld: list them with "
            "\"select datname from pg_database where not datallowconn\", then allow "
            "connections or drop them first",
            (long long)closed);
    return !tablespaces ||
           err_set(err, ERR_CONFIG,
                   "the cluster has tablespaces of its own, which can't be in two clusters: move their "
                   "tables to pg_default and drop them first");
}

static bool start_new(struct upgrade *u, struct err *err)
{
    int64_t ignored;
    struct embedded *new = u->new;
    struct pg_binaries programs = new->binaries;
    *new = *u->old;
    new->binaries = programs;
    new->lock_fd = -1;
    new->pid = 0;
    new->port = NEW_PORT;
    new->read_only = false;
    embedded_name_new(u->old, new->pg, sizeof new->pg);
    return (check_exchange(u->old, new->pg, err) && embedded_make_cluster(new, new->pg, u->stop_fd, err) &&
            embedded_serve(new, u->stop_fd, err) &&
            read_settings(new, &u->new_settings, &ignored, &ignored, err)) ||
           err_wrap(err, "the new cluster");
}

/* ---- what they hold ---- */

static bool read_counts(const struct embedded *e, int stop_fd, struct inventory *out, struct err *err)
{
    struct db *db;
    AUTO_BUF names = {.max = LINES_MAX};
    slice rest, name;
    char word[256];
    bool ok = open_database(e, "postgres", &db, err);
    if (ok) {
        ok = inventory_databases(db, &names, err);
        db_close(db);
    }
    rest = buf_slice(&names);
    while (ok && slice_split(&rest, '\n', &name) && name.len) {
        snprintf(word, sizeof word, "%.*s", SLICE_ARG(name));
        ok = open_database(e, word, &db, err);
        if (ok) {
            ok = inventory_read(db, name, out, err);
            db_close(db);
        }
        if (stop_asked(stop_fd))
            ok = err_set(err, ERR_STOPPING, "stopped");
    }
    return ok;
}

/* which: the cluster of these lines; none of them is missing among those of the other. */
static bool all_are_in(slice lines, slice others, const char *which, struct err *err)
{
    AUTO_BUF lost = {.max = LINES_MAX};
    inventory_missing(lines, others, &lost);
    slice rest = buf_slice(&lost), line;
    bool same = !lost.len;
    if (!same && slice_split(&rest, '\n', &line))
        err_set(err, ERR_DB, "the clusters differ: only the %s one has %.*s", which,
                (int)(line.len < 200 ? line.len : 200), line.ptr);
    return same;
}

static bool compare(struct upgrade *u, struct err *err)
{
    struct inventory new = {.tables = 0};
    buf_init(&u->counts.lines, LINES_MAX);
    buf_init(&new.lines, LINES_MAX);
    bool ok = read_counts(u->old, u->stop_fd, &u->counts, err) &&
              read_counts(u->new, u->stop_fd, &new, err) &&
              all_are_in(buf_slice(&u->counts.lines), buf_slice(&new.lines), "old", err) &&
              all_are_in(buf_slice(&new.lines), buf_slice(&u->counts.lines), "new", err);
    buf_finish(&new.lines);
    return ok;
}

/* Statistics, which a dump does not carry, and what index-only scans need. */
static bool analyze(struct upgrade *u, struct err *err)
{
    char vacuumdb[PATH_MAX + 16], port[16];
    snprintf(vacuumdb, sizeof vacuumdb, "%s/vacuumdb", u->new->binaries.dir);
    snprintf(port, sizeof port, "%d", u->new->port);
    const char *const argv[] = {vacuumdb,    "-h",    u->new->socket_dir, "-p", port, "-U",
                                "gitomatic", "--all", "--analyze",        "-q", "-w", NULL};
    return embedded_run_program(u->new, argv, NULL, u->stop_fd, err);
}

/* ---- the exchange ---- */

/* Both servers have ended. The new cluster is renamed first, to the name of a kept cluster: so no start removes it before it has replaced
 * the old one. */
static bool exchange(struct upgrade *u, struct err *err)
{
    struct embedded *new = u->new;
    if (!pg_folder_sync(new->pg, err))
        return false;
    if (rename(new->pg, u->kept))
        return err_errno(err, "rename %s", new->pg);
    if (renameat2(AT_FDCWD, u->kept, AT_FDCWD, u->old->pg, RENAME_EXCHANGE) == 0) {
        if (!pg_folder_sync(u->old->dir, err))
            log_warn("upgrade.sync", L_STR("error", err->text));
        return true;
    }
    err_errno(err, "exchange %s and %s", u->kept, u->old->pg);
    if (rename(u->kept, new->pg))
        log_warn("upgrade.leftover", L_STR("folder", u->kept));
    return false;
}

static void report(struct upgrade *u)
{
    AUTO_BUF changed = {.max = LINES_MAX};
    inventory_missing(buf_slice(&u->old_settings), buf_slice(&u->new_settings), &changed);
    fprintf(u->out, "done: %s is a cluster of PostgreSQL %d\n", u->old->pg, u->new->binaries.version);
    if (changed.len) {
        slice rest = buf_slice(&changed), line;
        fprintf(u->out, "settings of %s/postgresql.conf were not carried over; those that differ:\n",
                u->kept);
        while (slice_split(&rest, '\n', &line) && line.len)
            fprintf(u->out, "  %.*s\n", SLICE_ARG(line));
        fprintf(u->out, "put those you still want into %s/postgresql.conf\n", u->old->pg);
    }
    AUTO_BUF kept = {0};
    shell_put_word(&kept, u->kept);
    fprintf(u->out, "the old cluster is kept; once everything works, remove it: rm -r %.*s\n",
            SLICE_ARG(buf_slice(&kept)));
}

static bool move_data(struct upgrade *u, struct err *err)
{
    int64_t bytes, begun_ms = clock_mono_ms();
    fprintf(u->out, "from PostgreSQL %d to %d in %s\n", u->old->binaries.version, u->new->binaries.version,
            u->old->dir);
    fflush(u->out);
    if (!start_old(u, err) || !start_new(u, err) ||
        !restore_cluster(u->old, u->new, u->stop_fd, &bytes, err) || !analyze(u, err))
        return false;
    fprintf(u->out, "copied in %.1f s: %.1f MB of SQL and rows\n",
            (double)(clock_mono_ms() - begun_ms) / 1000, (double)bytes / 1e6);
    fflush(u->out);
    if (!compare(u, err))
        return false;
    fprintf(u->out, "compared: %lld tables with %lld rows are the same\n", (long long)u->counts.tables,
            (long long)u->counts.rows);
    fflush(u->out);
    if (!embedded_halt(u->new, NEW_STOP_MS))
        return err_set(err, ERR_SYSTEM, "the new cluster did not shut down: see %.150s", u->new->log);
    embedded_halt(u->old, STOP_MS);
    return (!stop_asked(u->stop_fd) || err_set(err, ERR_STOPPING, "stopped")) && exchange(u, err);
}

static bool run(struct upgrade *u, const struct upgrade_options *options, struct err *err)
{
    bool needed;
    if (!find_cluster(options->data_dir, err) || !embedded_take_folder(u->old, options->data_dir, err) ||
        !refuse_running(u, err) || !choose_versions(u, options, &needed, err))
        return false;
    if (!needed)
        return true;
    pg_folder_remove_leftovers(u->old->dir);
    if (!refuse_kept(u, err) || !refuse_full_disk(u, err))
        return false;
    if (move_data(u, err)) {
        report(u);
        return true;
    }
    embedded_halt(u->new, STOP_MS);
    pg_folder_remove_leftovers(u->old->dir);
    return err_wrap(err, "the cluster is unchanged");
}

bool upgrade_cluster(const struct upgrade_options *options, int stop_fd, FILE *out, struct err *err)
{
    struct upgrade u = {.old = embedded_new(), .new = embedded_new(), .stop_fd = stop_fd, .out = out};
    buf_init(&u.old_settings, LINES_MAX);
    buf_init(&u.new_settings, LINES_MAX);
    bool ok = run(&u, options, err);
    buf_finish(&u.counts.lines);
    buf_finish(&u.old_settings);
    buf_finish(&u.new_settings);
    free(u.new);
    embedded_stop(u.old);
    return ok;
}
