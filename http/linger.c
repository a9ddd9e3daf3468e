#include "http/linger.h"
#include "core/base/clock.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_LINGERING 64
#define SILENT_MS     1000
#define TOTAL_MS      10000
#define PIECE_BYTES   16384

struct lingering {
    int fd;
    int64_t heard_ms, until_ms; /* mono */
};

static struct {
    pthread_once_t once;
    pthread_mutex_t lock;
    int wake_fd; /* -1: no thread */
    struct lingering all[MAX_LINGERING];
    nfds_t n;
} linger = {.once = PTHREAD_ONCE_INIT, .lock = PTHREAD_MUTEX_INITIALIZER, .wake_fd = -1};

/* True when there is nothing more to wait for. */
static bool drop_some(struct lingering *l, int64_t now)
{
    char piece[PIECE_BYTES];
    ssize_t n = recvfrom(l->fd, piece, sizeof piece, MSG_DONTWAIT, NULL, NULL);
    if (n > 0)
        l->heard_ms = now;
    return n == 0 || now - l->heard_ms >= SILENT_MS || now >= l->until_ms;
}

static void look(void)
{
    int64_t now = clock_mono_ms();
    for (nfds_t i = linger.n; i-- > 0;)
        if (drop_some(&linger.all[i], now)) {
            close(linger.all[i].fd);
            linger.all[i] = linger.all[--linger.n];
        }
}

static void *loop(void *unused)
{
    struct pollfd fds[MAX_LINGERING + 1] = {{.fd = linger.wake_fd, .events = POLLIN}};
    eventfd_t woken;
    (void)unused;
    for (;;) {
        pthread_mutex_lock(&linger.lock);
        look();
        nfds_t n = linger.n;
        for (nfds_t i = 0; i < n; i++)
            fds[i + 1] = (struct pollfd){.fd = linger.all[i].fd, .events = POLLIN};
        pthread_mutex_unlock(&linger.lock);
        if (poll(fds, n + 1, n ? SILENT_MS : -1) > 0 && fds[0].revents)
            eventfd_read(linger.wake_fd, &woken);
    }
    return NULL;
}

static void start(void)
{
    pthread_t thread;
    linger.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (linger.wake_fd >= 0 && pthread_create(&thread, NULL, loop, NULL) == 0) {
        pthread_detach(thread);
        return;
    }
    close(linger.wake_fd);
    linger.wake_fd = -1;
}

void linger_close(int fd)
{
    pthread_once(&linger.once, start);
    pthread_mutex_lock(&linger.lock);
    int copy = linger.wake_fd >= 0 && linger.n < MAX_LINGERING ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
    if (copy >= 0) {
        int64_t now = clock_mono_ms();
        shutdown(copy, SHUT_WR);
        linger.all[linger.n++] = (struct lingering){copy, now, now + TOTAL_MS};
        eventfd_write(linger.wake_fd, 1);
    }
    pthread_mutex_unlock(&linger.lock);
}
