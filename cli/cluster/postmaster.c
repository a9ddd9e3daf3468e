#include "cli/cluster/postmaster.h"
#include "cli/process/child.h"
#include "core/base/clock.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BEGIN_MS 2500 /* a working server writes "stopping" at once */

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

bool postmaster_of_socket(const char *socket_dir, int port, bool *found_out, char out[PATH_MAX])
{
    char path[PATH_MAX + 48], text[PATH_MAX + 64];
    struct stat st;
    snprintf(path, sizeof path, "%.*s/.s.PGSQL.%d.lock", PATH_MAX, socket_dir, port);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
                            O_NONBLOCK); /* the owner of the folder may have made it */
    *found_out = fd >= 0 || errno != ENOENT;
    ssize_t n = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return false;
    text[n] = '\0';
    const char *begin = memchr(text, '\n', (size_t)n), *end = begin ? strchr(begin + 1, '\n') : NULL;
    if (!end || begin[1] != '/' || end - begin > PATH_MAX)
        return false;
    snprintf(out, PATH_MAX, "%.*s", (int)(end - begin - 1), begin + 1);
    return true;
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

/* Also its child processes: they are in sessions of their own, and stopped ones do not notice that it is gone. */
static void kill_all(pid_t postmaster)
{
    char path[64];
    pid_t children[256];
    int n = 0, child;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)postmaster, (int)postmaster);
    FILE *in = fopen(path, "re");
    while (in && n < (int)ARRAY_LEN(children) && fscanf(in, "%d", &child) == 1)
        children[n++] = child;
    if (in)
        fclose(in);
    kill(postmaster, SIGKILL);
    for (int i = 0; i < n; i++)
        kill(children[i], SIGKILL);
}

bool postmaster_stop(pid_t *pid, const char *pg, int64_t ms)
{
    struct postmaster p;
    int status = 0;
    int64_t begun = clock_mono_ms();
    bool ended = false, begins = true;
    kill(*pid, SIGINT);
    while (!ended && begins && clock_mono_ms() - begun < ms) {
        ended = child_wait(*pid, 50, &status);
        begins = clock_mono_ms() - begun < BEGIN_MS || !postmaster_read(pg, &p) || !p.ready;
    }
    if (!ended) {
        kill_all(*pid);
        waitpid(*pid, &status, 0);
    }
    *pid = 0;
    return ended && status == 0; /* else it could not write all that it had in memory */
}
