/* PostgreSQL's programs, and why they ended. */
#include "cli/cluster/embedded_private.h"
#include "cli/process/stop.h"
#include "core/base/clock.h"
#include "core/base/limits.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_MS 20

/* Nothing of this process's environment: PGPORT, PGDATA and locales would change the server. */
static const char *const pg_env[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C", "TZ=UTC", NULL};

bool embedded_start_program(const struct embedded *e, const char *const *argv, int input_fd, int output_fd,
                            int death_signal, pid_t *pid_out, struct err *err)
{
    const struct child_spec spec = {.argv = argv,
                                    .env = pg_env,
                                    .user = e->user,
                                    .dir = e->dir,
                                    .input_fd = input_fd,
                                    .output_fd = output_fd,
                                    .error_fd = e->log_fd,
                                    .death_signal = death_signal};
    if (child_start(&spec, pid_out, err))
        return true;
    if (e->user && err->code == ERR_CONFIG)
        return err_set(err, ERR_CONFIG,
                       "started by root, PostgreSQL runs as user %s, who can't enter %.90s: set "
                       "GITOMATIC_DATA to a folder "
                       "that user can reach, such as /var/lib/gitomatic",
                       e->user->name, e->dir);
    return false;
}

/* The last line of pg.log since this start that says what is wrong. */
static void last_complaint(const struct embedded *e, char *out, size_t size)
{
    char line[512];
    FILE *in = fopen(e->log, "re");
    *out = '\0';
    if (in && fseeko(in, e->log_start, SEEK_SET) == 0) {
        while (fgets(line, sizeof line, in)) {
            line[strcspn(line, "\n")] = '\0';
            const char *at = strncmp(line, "psql:", 5) == 0 ? strstr(line, "ERROR:") : NULL;
            if (!at)
                at = strstr(line, "FATAL:");
            if (!at)
                at = strstr(line, "PANIC:");
            if (!at)
                at = strstr(line, "error: ");
            if (at)
                snprintf(out, size, "%.150s", at);
        }
    }
    if (in)
        fclose(in);
}

bool embedded_explain_end(const struct embedded *e, const char *what, int status, struct err *err)
{
    char text[64], complaint[160], limits[LIMITS_TEXT_SIZE];
    last_complaint(e, complaint, sizeof complaint);
    child_status_text(status, text);
    return err_set(err, ERR_SYSTEM, "%s ended with %s%s%s (see %.100s)%s", what, text, *complaint ? ": " : "",
                   complaint, e->log, limits_of_memory(limits));
}

bool embedded_wait_for_end(pid_t *pid, int stop_fd, int *status_out, struct err *err)
{
    while (!child_ended(*pid, status_out))
        if (stop_wait(stop_fd, LOOK_MS))
            return err_set(err, ERR_STOPPING, "stopped");
    *pid = 0;
    return true;
}

bool embedded_run_program(const struct embedded *e, const char *const *argv, const char *input, int stop_fd,
                          struct err *err)
{
    pid_t pid;
    int status, fd = -1;
    if (input) {
        size_t n = strlen(input);
        fd = memfd_create("input", MFD_CLOEXEC);
        if (fd < 0 || write(fd, input, n) != (ssize_t)n || lseek(fd, 0, SEEK_SET) < 0)
            return err_errno(err, "memfd");
    }
    bool ok = embedded_start_program(e, argv, fd, e->log_fd, SIGKILL, &pid, err);
    if (fd >= 0)
        close(fd);
    if (!ok)
        return false;
    if (!embedded_wait_for_end(&pid, stop_fd, &status, err)) {
        child_stop(&pid, SIGTERM, STOP_MS);
        return false;
    }
    return (WIFEXITED(status) && WEXITSTATUS(status) == 0) || embedded_explain_end(e, argv[0], status, err);
}

void embedded_mark_log(struct embedded *e)
{
    struct stat st;
    if (fstat(e->log_fd, &st) == 0)
        e->log_start = st.st_size;
}
