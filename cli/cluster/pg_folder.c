#include "cli/cluster/pg_folder.h"
#include "core/log/log.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Written once into postgresql.conf, where people may change them. */
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

/* What killed starts left. A server of theirs may be writing there still, for a moment: then the next start removes it. */
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

/* C collation: the same order and the same indexes on every machine, whatever its C library. */
