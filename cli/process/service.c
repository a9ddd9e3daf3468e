#include "cli/process/service.h"
#include "cli/args.h"
#include "cli/database.h"
#include "cli/process/stop.h"
#include "core/base/attr.h"
#include "core/base/manager.h"
#include "core/config/reload.h"
#include "core/log/log.h"
#include "scheduler/scheduler.h"
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

/* The files that a process opens by itself, and some for clients. More clients are accepted as the limit allows. */
static rlim_t files_needed(const char *command)
{
    static const struct {
        const char *command;
        rlim_t n;
    } needs[] = {{"up", 128}, {"api", 128}, {"mirror", 64}, {"crawler", 64}, {"scheduler", 24}};
    for (size_t i = 0; i < ARRAY_LEN(needs); i++)
        if (strcmp(needs[i].command, command) == 0)
            return needs[i].n;
    return 0;
}

bool service_check_files(const char *command, struct err *err)
{
    struct rlimit files;
    rlim_t needed = files_needed(command);
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= needed)
        return true;
    rlim_t hard = files.rlim_max;
    files.rlim_cur = needed;
    return (hard >= needed && setrlimit(RLIMIT_NOFILE, &files) == 0) ||
           err_set(err, ERR_SYSTEM,
                   "only %llu open files are allowed, expected at least %llu: raise the limit (ulimit -Hn, "
                   "LimitNOFILE= of a systemd unit, --ulimit nofile of a container)",
                   (unsigned long long)hard, (unsigned long long)needed);
}

static bool start(const struct command_call *call, char room[EMBEDDED_URL_SIZE], const char **url_out,
                  int *stop_fd_out, struct err *err)
{
    const struct reload_source source = {.running = call->cfg,
                                         .argc = call->given_argc,
                                         .argv = call->given_argv,
                                         .check = scheduler_check,
                                         .adapt = call->adopt_demo};
    if (!args_none(call->argc, call->argv, err))
        return false;
    if (call->asks_github)
        call->warn_of_demo(call);
    return service_check_files(call->name, err) && stop_open(stop_fd_out, err) &&
           reload_start(&source, err) && database_wait(call->cfg, *stop_fd_out, room, url_out, err) &&
           (!call->check_folder || call->check_folder(call->folder, *stop_fd_out, err));
}

static int exit_code(bool ok, const struct err *err)
{
    return ok || err->code == ERR_STOPPING ? EXIT_DONE : exit_code_of(err);
}

int service_run(const struct command_call *call, service_run_fn *run, struct err *err)
{
    char room[EMBEDDED_URL_SIZE];
    const char *url;
    int stop_fd;
    bool ok = start(call, room, &url, &stop_fd, err) && run(call->cfg, url, stop_fd, err);
    return exit_code(ok, err);
}

/* ---- a function that is run again ---- */

struct rerun {
    service_check_fn *check;
    pthread_mutex_t lock;         /* guards what follows */
    const struct config *running; /* or next */
    const struct config *next;    /* NULL: nothing new */
    int wake_fd;                  /* readable: there is something new */
    int stop_fd;                  /* readable: that, or a signal came */
};

static bool take_settings(void *owner, const struct config *cfg, struct err *err)
{
    struct rerun *r = owner;
    const uint64_t one = 1;
    bool ok = true;
    pthread_mutex_lock(&r->lock);
    if (cfg != r->running) {
        ok = r->check(cfg, err);
        if (ok) {
            manager_begin_again();
            r->running = r->next = cfg;
            ssize_t woken = write(r->wake_fd, &one, sizeof one);
            (void)woken; /* fails only when it is readable anyway */
        }
    }
    pthread_mutex_unlock(&r->lock);
    return ok;
}

static bool open_rerun(struct rerun *r, int stop_fd, struct err *err)
{
    struct epoll_event event = {.events = EPOLLIN};
    r->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    r->stop_fd = epoll_create1(EPOLL_CLOEXEC);
    return (r->wake_fd >= 0 && r->stop_fd >= 0 &&
            epoll_ctl(r->stop_fd, EPOLL_CTL_ADD, stop_fd, &event) == 0 &&
            epoll_ctl(r->stop_fd, EPOLL_CTL_ADD, r->wake_fd, &event) == 0) ||
           err_errno(err, "epoll");
}

/* The settings to continue with: new ones, else `before`; NULL: the process must stop. */
static const struct config *next_settings(struct rerun *r, const struct config *before, bool *is_new_out)
{
    uint64_t ignored;
    pthread_mutex_lock(&r->lock);
    const struct config *next = r->next ? r->next : before;
    *is_new_out = r->next != NULL;
    r->next = NULL;
    if (read(r->wake_fd, &ignored, sizeof ignored) < 0 && errno != EAGAIN)
        next = NULL;
    if (next) {
        r->running = next;
        manager_beginning();
    }
    pthread_mutex_unlock(&r->lock);
    return next;
}

static bool run_until_stopped(const struct command_call *call, service_run_fn *run, const char *url,
                              int stop_fd, struct rerun *r, struct err *err)
{
    const struct config *cfg = call->cfg, *before = NULL; /* which have worked */
    for (;;) {
        bool is_new, ok = run(cfg, url, r->stop_fd, err);
        if (stop_asked(stop_fd))
            return ok;
        const struct config *next = next_settings(r, ok ? NULL : before, &is_new);
        if (!next)
            return ok;
        if (!is_new)
            reload_failed(cfg, before, err);
        before = !is_new ? NULL : ok ? cfg : before;
        err_clear(err);
        cfg = next;
    }
}

int service_run_again(const struct command_call *call, service_run_fn *run, service_check_fn *check,
                      struct err *err)
{
    char room[EMBEDDED_URL_SIZE];
    const char *url;
    int stop_fd;
    struct rerun r = {.check = check, .lock = PTHREAD_MUTEX_INITIALIZER, .running = call->cfg};
    if (!start(call, room, &url, &stop_fd, err) || !open_rerun(&r, stop_fd, err))
        return exit_code(false, err);
    reload_attend(take_settings, &r);
    bool ok = run_until_stopped(call, run, url, stop_fd, &r, err);
    reload_leave();
    return exit_code(ok, err);
}
