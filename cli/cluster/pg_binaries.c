#include "cli/cluster/pg_binaries.h"
#include "cli/process/child.h"
#include "core/base/slice.h"
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define VERSION_MS 30000

static bool has(const char *dir, const char *program)
{
    char path[PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/%s", dir, program);
    return access(path, X_OK) == 0;
}

static bool has_both(const char *dir)
{
    return has(dir, "initdb") && has(dir, "postgres");
}

/* The first line a command prints, without its newline. Commands are constants of this file. */
static bool first_line(const char *command, char *out, size_t size)
{
    FILE *in = popen(command, "re");
    if (!in)
        return false;
    bool ok = fgets(out, (int)size, in) != NULL;
    ok = pclose(in) == 0 && ok;
    if (ok)
        out[strcspn(out, "\n")] = '\0';
    return ok && *out;
}

static void consider(const char *dir, int version, int wanted, struct pg_binaries *best)
{
    bool fits = wanted ? version == wanted : version >= PG_OLDEST && version > best->version;
    if (!fits || strlen(dir) >= sizeof best->dir || !has_both(dir))
        return;
    memcpy(best->dir, dir, strlen(dir) + 1);
    best->version = version;
}

/* /usr/lib/postgresql/15/bin */
static void look_in_debian_folders(int wanted, struct pg_binaries *best)
{
    glob_t found;
    if (glob("/usr/lib/postgresql/*/bin", 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++)
            consider(found.gl_pathv[i], atoi(found.gl_pathv[i] + strlen("/usr/lib/postgresql/")), wanted,
                     best);
    globfree(&found);
}

/* "postgres (PostgreSQL) 15.8 (Debian …)" */
static int version_of(const char *text)
{
    static const char mark[] = "(PostgreSQL) ";
    const char *at = strstr(text, mark);
    return at ? atoi(at + sizeof mark - 1) : 0;
}

static void look_in_path(int wanted, struct pg_binaries *best)
{
    char line[PATH_MAX], version[256];
    if (first_line("command -v postgres 2>/dev/null", line, sizeof line) && strrchr(line, '/') &&
        first_line("postgres --version 2>/dev/null", version, sizeof version)) {
        *strrchr(line, '/') = '\0';
        consider(line, version_of(version), wanted, best);
    }
    if (first_line("pg_config --bindir 2>/dev/null", line, sizeof line) &&
        first_line("pg_config --version 2>/dev/null", version, sizeof version))
        consider(line, atoi(version + strcspn(version, "0123456789")), wanted, best);
}

bool pg_binaries_find(int version, struct pg_binaries *out, struct err *err)
{
    *out = (struct pg_binaries){.version = 0};
    look_in_debian_folders(version, out);
    if (!out->version)
        look_in_path(version, out);
    if (out->version)
        return true;
    return err_set(err, ERR_NOT_FOUND,
                   "PostgreSQL's server programs (initdb, postgres; version %d%s) are not installed: "
                   "apt-get install postgresql-%d, or set DATABASE_URL to a server",
                   version ? version : PG_OLDEST, version ? "" : " or newer", version ? version : PG_OLDEST);
}

/* What `PROGRAM --version` prints: the folder is a user's text, so no shell sees it. */
static bool ask_version(const char *postgres, char *out, size_t size, struct err *err)
{
    const char *const argv[] = {postgres, "--version", NULL};
    int status = 0, fd = memfd_create("version", MFD_CLOEXEC);
    const struct child_spec spec = {
        .argv = argv, .input_fd = -1, .output_fd = fd, .error_fd = fd, .death_signal = SIGKILL};
    pid_t pid;
    if (fd < 0)
        return err_errno(err, "memfd");
    bool ok = child_start(&spec, &pid, err);
    if (ok && !child_wait(pid, VERSION_MS, &status))
        child_stop(&pid, SIGKILL, VERSION_MS);
    ssize_t n = ok ? pread(fd, out, size - 1, 0) : 0;
    out[n > 0 ? n : 0] = '\0';
    close(fd);
    return ok;
}

bool pg_binaries_at(const char *dir, struct pg_binaries *out, struct err *err)
{
    char real[PATH_MAX], postgres[PATH_MAX + 16], text[256];
    *out = (struct pg_binaries){.version = 0};
    if (!realpath(dir, real) || !has_both(real))
        return err_set(
            err, ERR_CONFIG,
            "\"%.150s\" has no PostgreSQL server programs (initdb, postgres): expected a folder such "
            "as /usr/lib/postgresql/%d/bin",
            dir, PG_OLDEST);
    snprintf(postgres, sizeof postgres, "%s/postgres", real);
    if (!ask_version(postgres, text, sizeof text, err))
        return false;
    memcpy(out->dir, real, strlen(real) + 1);
    out->version = version_of(text);
    return out->version >= PG_OLDEST ||
           err_set(err, ERR_CONFIG, "%.150s --version says \"%.60s\": expected PostgreSQL %d or newer",
                   postgres, text, PG_OLDEST);
}

bool pg_binaries_has(const struct pg_binaries *binaries, const char *program)
{
    return has(binaries->dir, program);
}
