#include "api/runtime/connections.h"
#include "core/base/clock.h"
#include "core/base/limits.h"
#include "core/base/memory.h"
#include "core/log/log.h"
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define LOOK_INTERVAL_MS  500
#define REQUEST_MS        20000 /* from its first byte to its last */
#define ANSWER_MS         20000 /* to take an answer, */
#define ANSWER_BYTES_A_MS 64    /* and a second for each 64 kB */
#define IDLE_TLS_MS       1000  /* silence on an encrypted connection after which no request is arriving */
#define USED_MAX          1000  /* kept alive: each keeps the library's 48 kB in use */
#define LARGE_BYTES       (64 * 1024)
#define ANSWERS_MAX_BYTES                                                                                    \
    (72 << 20) /* built or not read yet, of all connections; from half of it on, readers have less time: */
#define PRESSED_MS         3000
#define PRESSED_BYTES_A_MS 1024
#define LONG_MS            1000
#define REQUESTS_MAX_BYTES (8 << 20)   /* of unfinished ones; above it, those slower than LONG_MS are ended */
#define REQUEST_MAX_BYTES  (64 * 1024) /* maximum of one: the library's room and the stored body */

struct connection {
    struct connection *next, *previous;
    int fd;
    void *handle;
    bool encrypted;
    struct network peer;
    /* Written by the thread that serves it, read by the checking thread. */
    _Atomic bool in_request, complete;
    uint64_t read;                /* bytes received when its request was complete */
    _Atomic uint64_t received;    /* the same of the last request that was answered */
    _Atomic int64_t since_ms;     /* mono: the last change of its state */
    _Atomic int64_t answer_bytes; /* being sent; 0: none */
    _Atomic int64_t until_ms;     /* mono: of a streamed answer; 0: none */
    _Atomic bool unframed;        /* that answer has no chunks */
    _Atomic int64_t given_up;     /* the same, of an answer being ended */
    /* Under the lock. */
    int64_t first_byte_ms; /* mono: when a request that is not complete was first seen; 0: there is none */
    uint64_t taken;        /* bytes the peer had acknowledged, */
    int64_t taken_ms;      /* mono: when that grew last */
    bool ended;
};

struct connections {
    pthread_mutex_t lock; /* the list */
    struct connection *first;
    int open, limit;
    _Atomic int64_t answer_bytes, given_up; /* of all connections */
    _Atomic int64_t reserved;               /* for answers being built */
    _Atomic uint64_t accepted, ended_slow, ended_idle, ended_memory;
    pthread_t looker;
    int stop_fd;
};

struct traffic {
    uint64_t received, taken, unsent; /* unsent: given to the kernel */
    int64_t silent_ms;                /* since something was received */
    int64_t acked_ms;                 /* since the peer last acknowledged anything */
};

static struct traffic traffic_of(int fd)
{
    struct tcp_info info;
    socklen_t size = sizeof info;
    memset(&info, 0, sizeof info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return (struct traffic){0};
    return (struct traffic){.received = info.tcpi_bytes_received,
                            .taken = info.tcpi_bytes_acked,
                            .unsent = info.tcpi_notsent_bytes,
                            .silent_ms = info.tcpi_last_data_recv,
                            .acked_ms = info.tcpi_last_ack_recv};
}

/* ---- one connection ---- */

static void read_peer(const struct sockaddr *from, struct network *out)
{
    const struct sockaddr_in *v4 = (const void *)from;
    const struct sockaddr_in6 *v6 = (const void *)from;
    *out = (struct network){.bytes = {[10] = 0xff, [11] = 0xff}, .bits = 128};
    if (from->sa_family == AF_INET)
        memcpy(out->bytes + 12, &v4->sin_addr, 4);
    else if (from->sa_family == AF_INET6)
        memcpy(out->bytes, &v6->sin6_addr, 16);
}

struct connection *connections_add(struct connections *all, int fd, const struct sockaddr *peer,
                                   bool encrypted)
{
    struct connection *c = xcalloc(1, sizeof *c);
    c->fd = fd;
    c->encrypted = encrypted;
    c->since_ms = clock_mono_ms();
    read_peer(peer, &c->peer);
    all->accepted++;
    pthread_mutex_lock(&all->lock);
    c->next = all->first;
    if (c->next)
        c->next->previous = c;
    all->first = c;
    all->open++;
    pthread_mutex_unlock(&all->lock);
    return c;
}

void connections_remove(struct connections *all, struct connection *c)
{
    connection_answered(all, c);
    pthread_mutex_lock(&all->lock);
    if (c->previous)
        c->previous->next = c->next;
    else
        all->first = c->next;
    if (c->next)
        c->next->previous = c->previous;
    all->open--;
    pthread_mutex_unlock(&all->lock);
    free(c);
}

const struct network *connection_peer(const struct connection *c)
{
    return &c->peer;
}

int connection_fd(const struct connection *c)
{
    return c->fd;
}

void connection_keep_handle(struct connection *c, void *handle)
{
    c->handle = handle;
}

void *connection_handle(const struct connection *c)
{
    return c->handle;
}

int64_t connection_complete(struct connection *c)
{
    struct traffic t = traffic_of(c->fd);
    c->read = t.received;
    c->complete = true;
    return t.silent_ms;
}

void connection_begun(struct connection *c)
{
    c->since_ms = clock_mono_ms();
    c->in_request = true;
}

void connection_answering(struct connections *all, struct connection *c, size_t bytes)
{
    c->since_ms = clock_mono_ms();
    c->answer_bytes = (int64_t)bytes;
    all->answer_bytes += (int64_t)bytes;
}

void connection_streaming(struct connection *c, int64_t until_ms, bool chunked)
{
    c->unframed = !chunked;
    c->until_ms = until_ms;
}

/* Connecting to AF_UNSPEC resets a TCP connection (connect(2)). The library sees the end of the stream and closes. Sending is shut down as
 * well, so that it does not wait for that either. */
void connection_cut(struct connection *c)
{
    static const struct sockaddr nothing = {.sa_family = AF_UNSPEC};
    if (!c->until_ms || !c->unframed || connect(c->fd, &nothing, sizeof nothing) != 0)
        shutdown(c->fd, SHUT_RDWR);
}

void connection_answered(struct connections *all, struct connection *c)
{
    c->until_ms = 0;
    all->answer_bytes -= atomic_exchange(&c->answer_bytes, 0);
    all->given_up -= atomic_exchange(&c->given_up, 0);
    c->since_ms = clock_mono_ms();
    /* Bytes received after the end of the request belong to the next one. */
    c->received = c->complete ? (uint64_t)c->read : traffic_of(c->fd).received;
    c->in_request = c->complete = false;
}

/* ---- checks ---- */

/* A request may be arriving although the library has not seen a whole line of it yet. With TLS, bytes may also be a handshake's:
 * then only recent ones may be a request. */
static bool has_begun(const struct connection *c, struct traffic t)
{
    return c->in_request || (t.received > c->received && (!c->encrypted || t.silent_ms < IDLE_TLS_MS));
}

bool connections_busy(struct connections *all)
{
    bool busy = false;
    pthread_mutex_lock(&all->lock);
    for (struct connection *c = all->first; c && !busy; c = c->next)
        busy = has_begun(c, traffic_of(c->fd));
    pthread_mutex_unlock(&all->lock);
    return busy;
}

static void end(struct connection *c, _Atomic uint64_t *counter)
{
    if (c->ended)
        return;
    c->ended = true;
    connection_cut(c);
    (*counter)++;
}

void connections_cut_streams(struct connections *all)
{
    pthread_mutex_lock(&all->lock);
    for (struct connection *c = all->first; c; c = c->next)
        if (c->until_ms)
            end(c, &all->ended_slow);
    pthread_mutex_unlock(&all->lock);
}

/* Whether an answer waits for its peer: the kernel then has bytes for which the peer has no room. Otherwise it waits for this server,
 * whose thread is busy with other requests. */
static bool is_awaited(const struct connection *c, struct traffic t)
{
    struct pollfd fd = {.fd = c->fd, .events = POLLOUT};
    return t.unsent > 0 || poll(&fd, 1, 0) == 0;
}

static void note_taken(struct connection *c, struct traffic t, int64_t now)
{
    if (t.taken == c->taken)
        return;
    c->taken = t.taken;
    c->taken_ms = now - t.acked_ms; /* the last check may be some time ago */
}

/* No byte of its ready answer was read for this time. */
static bool is_stalled(struct connection *c, int64_t now, int64_t at_least_ms)
{
    if (now - c->since_ms < at_least_ms)
        return false;
    struct traffic t = traffic_of(c->fd);
    note_taken(c, t, now);
    return now - c->taken_ms >= at_least_ms && is_awaited(c, t);
}

static bool has_room(const struct connections *all, int64_t bytes)
{
    return all->answer_bytes - all->given_up + all->reserved + bytes <= ANSWERS_MAX_BYTES;
}

/* Ends answers that were not read for at least that time, until there is room. */
static bool give_up_answers(struct connections *all, int64_t bytes, int64_t at_least_ms)
{
    int64_t now = clock_mono_ms();
    for (struct connection *c = all->first; c; c = c->next) {
        if (has_room(all, bytes))
            return true;
        if (c->answer_bytes < LARGE_BYTES || c->given_up || !is_stalled(c, now, at_least_ms))
            continue;
        all->given_up += c->answer_bytes;
        c->given_up = (int64_t)c->answer_bytes;
        end(c, &all->ended_memory);
    }
    return has_room(all, bytes);
}

bool connections_reserve(struct connections *all, size_t bytes)
{
    static const int64_t ages_ms[] = {5000, 1000, 200};
    pthread_mutex_lock(&all->lock);
    bool room = has_room(all, (int64_t)bytes);
    for (size_t i = 0; i < ARRAY_LEN(ages_ms) && !room; i++)
        room = give_up_answers(all, (int64_t)bytes, ages_ms[i]);
    if (room)
        all->reserved += (int64_t)bytes;
    pthread_mutex_unlock(&all->lock);
    return room;
}

void connections_unreserve(struct connections *all, size_t bytes)
{
    all->reserved -= (int64_t)bytes;
}

/* The result of one check. */
struct finding {
    int64_t request_bytes; /* of unfinished requests */
    int used;              /* connections that have had a request */
};

static int64_t answer_ms(const struct connections *all, int64_t bytes)
{
    if (all->answer_bytes > ANSWERS_MAX_BYTES / 2)
        return PRESSED_MS + bytes / PRESSED_BYTES_A_MS;
    return ANSWER_MS + bytes / ANSWER_BYTES_A_MS;
}

static bool is_late(const struct connections *all, const struct connection *c, struct traffic t, int64_t now)
{
    int64_t answer = c->answer_bytes, until = c->until_ms;
    if (until)
        return now > until;
    if (answer)
        return now - c->since_ms > answer_ms(all, answer) && is_awaited(c, t);
    return c->first_byte_ms && now - c->first_byte_ms > REQUEST_MS;
}

static void look_at(struct connections *all, struct connection *c, int64_t now, struct finding *found)
{
    struct traffic t = traffic_of(c->fd);
    uint64_t held = t.received - c->received;
    note_taken(c, t, now);
    if (!has_begun(c, t) || c->complete)
        c->first_byte_ms = 0;
    else if (!c->first_byte_ms)
        c->first_byte_ms = now;
    if (c->first_byte_ms)
        found->request_bytes += (int64_t)(held < REQUEST_MAX_BYTES ? held : REQUEST_MAX_BYTES);
    found->used += c->received > 0 && !c->ended;
    if (is_late(all, c, t, now))
        end(c, &all->ended_slow);
}

/* Ends up to `excess` connections that have been idle at least that long. True: no excess is left. */
static bool end_idle(struct connections *all, int64_t now, int64_t at_least_ms, bool used_only, int *excess)
{
    for (struct connection *c = all->first; c && *excess > 0; c = c->next) {
        if (c->ended || c->first_byte_ms || c->in_request || now - c->since_ms < at_least_ms ||
            (used_only && !c->received))
            continue;
        end(c, &all->ended_idle);
        (*excess)--;
    }
    return *excess <= 0;
}

/* The longest idle first, to about a second. */
static void make_room(struct connections *all, int64_t now, bool used_only, int excess)
{
    static const int64_t ages_ms[] = {10000, 3000, 1000, LOOK_INTERVAL_MS};
    for (size_t i = 0; i < ARRAY_LEN(ages_ms) && excess > 0; i++)
        if (end_idle(all, now, ages_ms[i], used_only, &excess))
            return;
}

static void end_holders(struct connections *all, int64_t now)
{
    for (struct connection *c = all->first; c; c = c->next)
        if (c->first_byte_ms && now - c->first_byte_ms >= LONG_MS)
            end(c, &all->ended_memory);
}

static void look(struct connections *all)
{
    struct finding found = {0};
    int64_t now = clock_mono_ms();
    pthread_mutex_lock(&all->lock);
    for (struct connection *c = all->first; c; c = c->next)
        look_at(all, c, now, &found);
    make_room(all, now, true, found.used - USED_MAX);
    /* Three quarters of the connections may be of any kind; the rest is for those with a request. */
    make_room(all, now, false, all->open - all->limit / 4 * 3);
    if (found.request_bytes > REQUESTS_MAX_BYTES)
        end_holders(all, now);
    pthread_mutex_unlock(&all->lock);
}

static void *look_again_and_again(void *arg)
{
    struct connections *all = arg;
    struct pollfd stop = {.fd = all->stop_fd, .events = POLLIN};
    while (poll(&stop, 1, LOOK_INTERVAL_MS) <= 0)
        look(all);
    return NULL;
}

/* ---- all connections ---- */

void connections_figures(struct connections *all, struct connection_figures *out)
{
    pthread_mutex_lock(&all->lock);
    out->open = all->open;
    pthread_mutex_unlock(&all->lock);
    out->limit = all->limit;
    out->answer_bytes = all->answer_bytes;
    out->accepted = all->accepted;
    out->ended_slow = all->ended_slow;
    out->ended_idle = all->ended_idle;
    out->ended_memory = all->ended_memory;
}

struct connections *connections_create(int limit)
{
    struct connections *all = xcalloc(1, sizeof *all);
    all->limit = limit;
    all->stop_fd = eventfd(0, EFD_CLOEXEC);
    pthread_mutex_init(&all->lock, NULL);
    if (all->stop_fd < 0)
        abort();
    thread_must_start(&all->looker, look_again_and_again, all);
    return all;
}

void connections_destroy(struct connections *all)
{
    if (!all)
        return;
    if (eventfd_write(all->stop_fd, 1) != 0)
        abort();
    pthread_join(all->looker, NULL);
    close(all->stop_fd);
    pthread_mutex_destroy(&all->lock);
    free(all);
}
