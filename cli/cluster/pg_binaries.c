#include "cli/cluster/pg_binaries.h"
#include "core/base/slice.h"
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool has_both(const char *dir)
{
    char initdb[PATH_MAX + 16], postgres[PATH_MAX + 16];
    snprintf(initdb, sizeof initdb, "%s/initdb", dir);
    snprintf(postgres, sizeof postgres, "%s/postgres", dir);
    return access(initdb, X_OK) == 0 && access(postgres, X_OK) == 0;
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
