#include "cli/cluster/postmaster.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool postmaster_read(const char *pg, struct postmaster *out)
{
    char path[PATH_MAX + 32], line[PATH_MAX];
    *out = (struct postmaster){.pid = 0};
    snprintf(path, sizeof path, "%s/postmaster.pid", pg);
    FILE *in = fopen(path, "re");
    if (!in)
        return false;
    for (int n = 1; fgets(line, sizeof line, in); n++) {
        line[strcspn(line, "\n")] = '\0';
        if (n == 1)
            out->pid = (pid_t)labs(strtol(line, NULL, 10));
        else if (n == 5)
            memcpy(out->socket_dir, line, strlen(line) + 1);
        else if (n == 8)
            out->ready = strncmp(line, "ready", 5) == 0;
    }
    fclose(in);
    return out->pid > 0;
}

bool postmaster_runs_in(pid_t pid, const char *pg)
{
    char link[64], cwd[PATH_MAX];
    snprintf(link, sizeof link, "/proc/%d/cwd", (int)pid);
    ssize_t n = readlink(link, cwd, sizeof cwd - 1);
    if (n < 0)
        return false;
    cwd[n] = '\0';
    return strcmp(cwd, pg) == 0;
}
