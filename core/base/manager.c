#include "core/base/manager.h"
#include "core/base/clock.h"
#include "core/base/slice.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_un address;
static socklen_t address_len; /* 0: there is no manager */
static int64_t watchdog_ms;   /* 0: none */
static _Atomic int64_t alive_at_ms;

static pthread_mutex_t lock =
    PTHREAD_MUTEX_INITIALIZER; /* guards what follows, and the order of the messages */
static bool reloading;
static bool asked, beginning; /* a restart of the main loop: requested; under way, not ready yet */

void manager_open(const char *path, const char *watchdog_usec)
{
    int64_t us;
    size_t n = path ? strlen(path) : 0;
    if (n > 1 && (path[0] == '/' || path[0] == '@') && n < sizeof address.sun_path) {
        address.sun_family = AF_UNIX;
        memcpy(address.sun_path, path, n);
        if (path[0] == '@') /* of the abstract namespace */
            address.sun_path[0] = '\0';
        address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    }
    if (watchdog_usec && slice_i64(slice_of(watchdog_usec), 1, INT64_MAX, &us))
        watchdog_ms = us / 1000;
}

bool manager_is_there(void)
{
    return address_len > 0;
}

static void tell(const char *state)
{
    if (!address_len)
        return;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    ssize_t sent =
        sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address, address_len);
    (void)sent; /* a failure cannot be reported anywhere */
    close(fd);
}

void manager_ready(void)
{
    pthread_mutex_lock(&lock);
    if (!asked) {
        reloading = beginning = false;
        tell("READY=1");
    }
    pthread_mutex_unlock(&lock);
}

void manager_stopping(void)
{
    pthread_mutex_lock(&lock);
    if (!reloading && !asked && !beginning)
        tell("STOPPING=1");
    pthread_mutex_unlock(&lock);
}

void manager_reloading(void)
{
    char state[80];
    pthread_mutex_lock(&lock);
    reloading = true;
    snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_mono_us());
    tell(state);
    pthread_mutex_unlock(&lock);
}

void manager_reloaded(void)
{
    pthread_mutex_lock(&lock);
    if (!asked && !beginning) {
        reloading = false;
        tell("READY=1");
    }
    pthread_mutex_unlock(&lock);
}

void manager_begin_again(void)
{
    pthread_mutex_lock(&lock);
    asked = true;
    pthread_mutex_unlock(&lock);
}

void manager_beginning(void)
{
    pthread_mutex_lock(&lock);
    asked = false;
    beginning = true;
    pthread_mutex_unlock(&lock);
}

void manager_alive(void)
{
    int64_t now = clock_mono_ms();
    if (!watchdog_ms || now - atomic_load(&alive_at_ms) < watchdog_ms / 2)
        return;
    atomic_store(&alive_at_ms, now);
    tell("WATCHDOG=1");
}
