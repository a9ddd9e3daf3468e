#include "cli/process/child.h"
#include "core/base/clock.h"
#include "core/base/limits.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

bool unix_user_find(const char *name, struct unix_user *user_out, struct err *err)
{
    const struct passwd *entry = getpwnam(name);
    if (!entry)
        return err_set(err, ERR_NOT_FOUND, "there is no user \"%s\" on this machine", name);
    *user_out = (struct unix_user){.uid = entry->pw_uid, .gid = entry->pw_gid, .n_groups = MAX_GROUPS};
    snprintf(user_out->name, sizeof user_out->name, "%s", name);
    if (getgrouplist(name, entry->pw_gid, user_out->groups, &user_out->n_groups) < 0)
        user_out->n_groups = MAX_GROUPS; /* in more groups than fit: the first ones are enough */
    return true;
}

/* ---- in the child: only async-signal-safe calls from here to exec ---- */

enum step { STEP_FILES, STEP_USER, STEP_DIR, STEP_EXEC };
struct failure {
    enum step step;
    int error;
};

static NORETURN void give_up(int report_fd, enum step step)
{
    const struct failure failure = {step, errno};
    if (write(report_fd, &failure, sizeof failure) < 0)
        _exit(126);
    _exit(127);
}

static void become(const struct child_spec *spec, pid_t parent, int report_fd)
{
    const struct unix_user *user = spec->user;
    sigset_t blocked;
    setsid();
    signal(SIGPIPE, SIG_DFL);
    sigemptyset(&blocked);
    if (spec->holds_hup)
        sigaddset(&blocked, SIGHUP);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    int input = spec->input_fd >= 0 ? spec->input_fd : open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (input < 0 || dup2(input, STDIN_FILENO) < 0 ||
        (spec->output_fd >= 0 && dup2(spec->output_fd, STDOUT_FILENO) < 0) ||
        (spec->error_fd >= 0 && dup2(spec->error_fd, STDERR_FILENO) < 0))
        give_up(report_fd, STEP_FILES);
    if (user && (setgroups((size_t)user->n_groups, user->groups) || setgid(user->gid) || setuid(user->uid)))
        give_up(report_fd, STEP_USER);
    /* After setuid, which clears it. If the parent died before this took effect, the signal would never be sent. */
    if (spec->death_signal && (prctl(PR_SET_PDEATHSIG, spec->death_signal) || getppid() != parent))
        give_up(report_fd, STEP_USER);
    if (spec->dir && chdir(spec->dir))
        give_up(report_fd, STEP_DIR);
}

static NORETURN void run_child(const struct child_spec *spec, pid_t parent, int report_fd)
{
    become(spec, parent, report_fd);
    if (spec->env)
        execvpe(spec->argv[0], (char *const *)(uintptr_t)spec->argv, (char *const *)(uintptr_t)spec->env);
    else
        execvp(spec->argv[0], (char *const *)(uintptr_t)spec->argv);
    give_up(report_fd, STEP_EXEC);
}

/* ---- in the parent ---- */

static bool name_limits(struct err *err)
{
    char limits[LIMITS_TEXT_SIZE];
    return err_set(err, ERR_SYSTEM, "%s%s", err->text, limits_of_threads(limits));
}

static bool explain(const struct child_spec *spec, const struct failure *failure, struct err *err)
{
    errno = failure->error;
    switch (failure->step) {
    case STEP_FILES:
        return err_errno(err, "files of %s", spec->argv[0]);
    case STEP_USER:
        return err_errno(err, "become user %s", spec->user ? spec->user->name : "");
    case STEP_DIR:
        err_errno(err, "user %s can't enter %s", spec->user ? spec->user->name : "", spec->dir);
        err->code = ERR_CONFIG;
        return false;
    case STEP_EXEC:
        break;
    }
    err_errno(err, "run %s", spec->argv[0]);
    return failure->error == EAGAIN && name_limits(err);
}

static bool no_process(int error, struct err *err)
{
    errno = error;
    err_errno(err, "can't start a process");
    return error == EAGAIN && name_limits(err);
}

bool child_start(const struct child_spec *spec, pid_t *pid_out, struct err *err)
{
    struct failure failure;
    int report[2];
    pid_t parent = getpid();
    if (pipe2(report, O_CLOEXEC))
        return err_errno(err, "pipe");
    pid_t pid = fork();
    int error = errno;
    if (pid == 0)
        run_child(spec, parent, report[1]);
    close(report[1]);
    if (pid < 0) {
        close(report[0]);
        return no_process(error, err);
    }
    ssize_t n; /* nothing arrives if exec succeeded: it closed the pipe */
    do
        n = read(report[0], &failure, sizeof failure);
    while (n < 0 && errno == EINTR);
    close(report[0]);
    if (n == (ssize_t)sizeof failure) {
        waitpid(pid, NULL, 0);
        return explain(spec, &failure, err);
    }
    *pid_out = pid;
    return true;
}

bool child_ended(pid_t pid, int *status_out)
{
    return waitpid(pid, status_out, WNOHANG) == pid;
}

bool child_wait(pid_t pid, int64_t ms, int *status_out)
{
    int64_t deadline = clock_mono_ms() + ms;
    while (!child_ended(pid, status_out)) {
        if (clock_mono_ms() >= deadline)
            return false;
        clock_sleep_ms(20);
    }
    return true;
}

bool child_stop(pid_t *pid, int signal, int64_t ms)
{
    int status;
    bool in_time = true;
    if (*pid <= 0)
        return true;
    kill(*pid, signal);
    if (!child_wait(*pid, ms, &status)) {
        in_time = false;
        kill(*pid, SIGKILL);
        waitpid(*pid, &status, 0);
    }
    *pid = 0;
    return in_time;
}

const char *child_status_text(int status, char out[64])
{
    if (WIFSIGNALED(status))
        snprintf(out, 64, "signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(out, 64, "exit code %d", WEXITSTATUS(status));
    return out;
}
