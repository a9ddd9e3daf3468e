#include "cli/cluster/pg_folder.h"
#include "core/log/log.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

/* Written once into postgresql.conf, where users may change them. */
static const char pg_conf[] =
    "\n# gitomatic's defaults; change them as you like, they are written only once.\n"
    "shared_buffers = 256MB\n"
    "work_mem = 16MB\n"
    "maintenance_work_mem = 128MB\n"
    "max_connections = 100\n"
    "max_wal_size = 2GB\n"
    "wal_compression = on\n"
    "random_page_cost = 1.1\n"
    "log_min_messages = warning\n"
    "log_line_prefix = '%m [%p] %a '\n"
    "log_lock_waits = on\n"
    "log_checkpoints = off\n";

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
    (void)st, (void)kind, (void)walk;
    return remove(path) && errno != ENOENT;
}

/* Leftovers of killed starts. One to which a server still writes for a moment is removed by the next start. */
void pg_folder_remove_leftovers(const char *data_dir)
{
    DIR *dir = opendir(data_dir);
    const struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        char path[PATH_MAX + 264];
        if (strncmp(entry->d_name, "pg.new.", 7) != 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", data_dir, entry->d_name);
        if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS))
            log_warn("database.leftover", L_STR("folder", path));
    }
    if (dir)
        closedir(dir);
}

bool pg_folder_is_foreign(const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;
    bool foreign = !dir && errno == ENOTDIR;
    while (dir && (entry = readdir(dir)))
        foreign |= strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    if (dir)
        closedir(dir);
    return foreign;
}

int64_t pg_folder_bytes(const char *path)
{
    char *const paths[] = {(char *)(uintptr_t)path, NULL};
    FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    const FTSENT *entry;
    int64_t bytes = 0;
    while (walk && (entry = fts_read(walk)))
        if (entry->fts_info == FTS_F)
            bytes += entry->fts_statp->st_size;
    if (walk)
        fts_close(walk);
    return bytes;
}

bool pg_folder_sync(const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (!ok)
        err_errno(err, "sync %s", path);
    if (fd >= 0)
        close(fd);
    return ok;
}

bool pg_folder_write_conf(const char *new_dir, struct err *err)
{
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/postgresql.conf", new_dir);
    FILE *out = fopen(path, "ae");
    bool ok = out && fputs(pg_conf, out) >= 0 && fflush(out) == 0 && fsync(fileno(out)) == 0;
    if (!ok)
        err_errno(err, "write %s", path);
    if (out)
        fclose(out);
    return ok;
}

/* From `at` to the present end; at most `most` bytes if it keeps growing. */
static bool copy_rest(int from, off_t at, off_t most, int to)
{
    const off_t end = at + most;
    ssize_t n = 1;
    while (n > 0 && at < end)
        n = sendfile(to, from, &at, 1 << 20);
    return n >= 0;
}

void pg_folder_rotate_log(int fd, const char *path)
{
    struct stat st;
    char old[PATH_MAX + 16], half_done[PATH_MAX + 24];
    if (fstat(fd, &st) || st.st_size <= PG_LOG_MAX_BYTES)
        return;
    snprintf(old, sizeof old, "%s.1", path);
    snprintf(half_done, sizeof half_done, "%s.1.new", path);
    int copy = open(half_done, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    bool ok = copy >= 0 && copy_rest(fd, st.st_size - PG_LOG_MAX_BYTES, 2 * PG_LOG_MAX_BYTES, copy) &&
              rename(half_done, old) == 0;
    const char *why = strerror(errno);
    if (copy >= 0)
        close(copy);
    if (!ok) { /* a full disk: the bound is worth more than the lines */
        log_warn("database.log", L_STR("file", old), L_STR("error", why));
        unlink(half_done);
    }
    if (ftruncate(fd, 0))
        log_warn("database.log", L_STR("file", path), L_STR("error", strerror(errno)));
}

/* C collation: the same order and the same indexes on every machine, whatever its C library. */
