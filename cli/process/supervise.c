#include "cli/process/supervise.h"
#include "cli/command.h"
#include "cli/process/child.h"
#include "core/base/clock.h"
#include "core/log/log.h"
#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAUSE_MIN_MS 1000
#define PAUSE_MAX_MS 30000
#define RAN_WELL_MS  60000
#define STOP_MS      15000

/* SIGKILL when this process dies: jobs survive it by design, and a remaining listener would block the next start. */
static bool start(struct service *service, struct err *err)
{
    int null_fd = service->quiet ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;
    const struct child_spec spec = {.argv = service->argv,
                                    .input_fd = -1,
                                    .output_fd = null_fd,
                                    .error_fd = -1,
                                    .holds_hup = !service->quiet,
                                    .death_signal = SIGKILL};
    service->started_ms = clock_mono_ms();
    bool ok = child_start(&spec, &service->pid, err);
    if (null_fd >= 0)
        close(null_fd);
    return ok || err_wrap(err, "start %s", service->name);
}

bool supervise_add(struct supervisor *s, const char *name, const char *const *argv, bool quiet, pid_t pid,
                   struct err *err)
{
    assert(s->n < MAX_SERVICES);
    struct service *service = &s->services[s->n];
    *service = (struct service){.name = name,
                                .argv = argv,
                                .quiet = quiet,
                                .pid = pid,
                                .pause_ms = PAUSE_MIN_MS,
                                .started_ms = clock_mono_ms()};
    if (!pid && !start(service, err))
        return false;
    s->n++;
    return true;
}

static void pause_before_start(struct service *service, int64_t now, const char *why)
{
    if (now - service->started_ms >= RAN_WELL_MS)
        service->pause_ms = PAUSE_MIN_MS;
    service->start_at_ms = now + service->pause_ms;
    log_warn("service.restart", L_STR("service", service->name), L_STR("why", why),
             L_I64("in_ms", service->pause_ms));
    service->pause_ms = service->pause_ms * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : service->pause_ms * 2;
}

static bool look(struct service *service, struct err *err)
{
    int status;
    char why[64];
    struct err failure;
    int64_t now = clock_mono_ms();
    if (service->pid == 0) {
        if (now >= service->start_at_ms && !start(service, &failure))
            pause_before_start(service, now, failure.text);
        return true;
    }
    if (!child_ended(service->pid, &status))
        return true;
    service->pid = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_WRONG_USE)
        return err_set(err, ERR_CONFIG,
                       "%s ended with exit code 2: its settings are wrong, see its message above",
                       service->name);
    pause_before_start(service, now, child_status_text(status, why));
    return true;
}

bool supervise_look(struct supervisor *s, struct err *err)
{
    for (size_t i = 0; i < s->n; i++)
        if (!look(&s->services[i], err))
            return false;
    return true;
}

void supervise_reload(const struct supervisor *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->services[i].pid && !s->services[i].quiet)
            kill(s->services[i].pid, SIGHUP);
}

void supervise_stop(struct supervisor *s, size_t keep)
{
    int64_t deadline = clock_mono_ms() + STOP_MS;
    for (size_t i = s->n; i-- > keep;)
        if (s->services[i].pid)
            kill(s->services[i].pid, SIGTERM);
    for (size_t i = s->n; i-- > keep;) {
        int64_t left = deadline - clock_mono_ms();
        /* Signal 0: a second SIGTERM would mean "at once". */
        if (!child_stop(&s->services[i].pid, 0, left > 0 ? left : 0))
            log_warn("service.killed", L_STR("service", s->services[i].name), L_I64("after_ms", STOP_MS));
    }
    if (s->n > keep)
        s->n = keep;
}
