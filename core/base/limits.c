#include "core/base/limits.h"
#include "core/base/last_words.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define MIN_STACK    ((rlim_t)1 << 20)
#define STACK_WANTED ((rlim_t)8 << 20) /* Linux' usual one */

/* ---- the stack ---- */

/* The kernel looks at the limit whenever the first thread's stack grows; glibc read it already, as the size of other stacks. */
static bool raise_stack(struct err *err)
{
    struct rlimit stack;
    pthread_attr_t attr;
    if (getrlimit(RLIMIT_STACK, &stack) != 0 || stack.rlim_cur >= MIN_STACK)
        return true;
    if (stack.rlim_max < MIN_STACK)
        return err_set(
            err, ERR_SYSTEM,
            "only %llu kB of stack are allowed, expected at least %llu: raise the limit (ulimit -Hs, "
            "LimitSTACK= of a systemd unit)",
            (unsigned long long)stack.rlim_max >> 10, (unsigned long long)MIN_STACK >> 10);
    stack.rlim_cur = stack.rlim_max < STACK_WANTED ? stack.rlim_max : STACK_WANTED;
    if (setrlimit(RLIMIT_STACK, &stack) != 0)
        return err_errno(err, "raise the limit of the stack");
    pthread_attr_init(&attr);
    errno = pthread_attr_setstacksize(&attr, (size_t)stack.rlim_cur);
    if (!errno)
        errno = pthread_setattr_default_np(&attr);
    pthread_attr_destroy(&attr);
    return errno == 0 || err_errno(err, "the size of stacks");
}

bool limits_prepare(struct err *err)
{
    signal(SIGXFSZ, SIG_IGN);
    return raise_stack(err);
}

/* ---- in words ---- */

struct limit_word {
    int resource;
    rlim_t unit;
    const char *words;
};

static const struct limit_word of_threads[] = {
    {RLIMIT_NPROC, 1, "processes and threads of this user (ulimit -u, TasksMax= of a systemd unit)"},
    {RLIMIT_AS, 1 << 20, "MB of address space (ulimit -v, LimitAS=)"},
};
static const struct limit_word of_memory[] = {
    {RLIMIT_AS, 1 << 20, "MB of address space (ulimit -v, LimitAS=)"},
    {RLIMIT_DATA, 1 << 20, "MB of data (ulimit -d, LimitDATA=)"},
};

static const char *name_limits(const struct limit_word *words, size_t n, char out[LIMITS_TEXT_SIZE])
{
    size_t length = 0;
    out[0] = '\0';
    for (size_t i = 0; i < n && length < LIMITS_TEXT_SIZE; i++) {
        struct rlimit limit;
        if (getrlimit((__rlimit_resource_t)words[i].resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
            continue;
        length += (size_t)snprintf(out + length, LIMITS_TEXT_SIZE - length, "%s%llu %s",
                                   length ? ", " : "; allowed are ",
                                   (unsigned long long)(limit.rlim_cur / words[i].unit), words[i].words);
    }
    return out;
}

const char *limits_of_memory(char out[LIMITS_TEXT_SIZE])
{
    return name_limits(of_memory, ARRAY_LEN(of_memory), out);
}

const char *limits_of_threads(char out[LIMITS_TEXT_SIZE])
{
    return name_limits(of_threads, ARRAY_LEN(of_threads), out);
}

/* ---- threads ---- */

bool thread_start(pthread_t *thread_out, void *(*run)(void *), void *arg, struct err *err)
{
    char limits[LIMITS_TEXT_SIZE], reason[80];
    int error = pthread_create(thread_out, NULL, run, arg);
    return error == 0 || err_set(err, ERR_SYSTEM, "can't start a thread: %s%s",
                                 strerror_r(error, reason, sizeof reason), limits_of_threads(limits));
}

void thread_must_start(pthread_t *thread_out, void *(*run)(void *), void *arg)
{
    struct err err;
    if (thread_start(thread_out, run, arg, &err))
        return;
    last_words("thread.refused", err.text);
    abort();
}
