#include "http/listen.h"
#include "core/config/config.h"
#include "core/log/log.h"
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG         4096 /* the kernel takes less where net.core.somaxconn is less */
#define CONNECTIONS_MAX 16384
#define OTHER_FILES                                                                                          \
    160 /* two per server thread, the connections to two databases, the log's, and briefly open ones */

static void look_at_bound(struct listener *out)
{
    struct sockaddr_storage bound;
    socklen_t size = sizeof bound;
    struct network address = {.bytes = {[10] = 0xff, [11] = 0xff}, .bits = 128};
    if (getsockname(out->fd, (struct sockaddr *)&bound, &size) != 0)
        return;
    if (bound.ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)&bound;
        out->port = ntohs(v6->sin6_port);
        memcpy(address.bytes, &v6->sin6_addr, 16);
    } else {
        const struct sockaddr_in *v4 = (const void *)&bound;
        out->port = ntohs(v4->sin_port);
        memcpy(address.bytes + 12, &v4->sin_addr, 4);
    }
    out->loopback = network_is_loopback(&address);
}

/* Adds what to do about a failed bind(2). Always false. */
static bool advise(const char *setting, int why, struct err *err)
{
    const struct err was = *err;
    if (why == EADDRINUSE)
        err_set(err, was.code,
                "%s: set %s to another address, or end the process that listens there (ss -ltnp names it)",
                was.text, setting);
    else if (why == EADDRNOTAVAIL)
        err_set(err, was.code,
                "%s: set %s to an address of this machine, such as 127.0.0.1:PORT or 0.0.0.0:PORT", was.text,
                setting);
    else if (why == EACCES)
        err_set(err, was.code, "%s: set %s to a port above 1023, or give this process CAP_NET_BIND_SERVICE",
                was.text, setting);
    return false;
}

static bool open_socket(const char *setting, const char *address, bool accepts, struct listener *out,
                        struct err *err)
{
    char port[8];
    int number, on = 1;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV},
                    *found = NULL;
    *out = (struct listener){.fd = -1};
    if (!config_split_listen(address, out->host, sizeof out->host, &number))
        return err_set(err, ERR_CONFIG, "%s: got \"%s\", expected HOST:PORT", setting, address);
    snprintf(port, sizeof port, "%d", number);
    int failed = getaddrinfo(*out->host ? out->host : NULL, port, &hints, &found);
    if (failed)
        return err_set(err, ERR_CONFIG, "%s: %s: %s", setting, address, gai_strerror(failed));
    out->fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool ok = out->fd >= 0 && setsockopt(out->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
              bind(out->fd, found->ai_addr, found->ai_addrlen) == 0 &&
              (!accepts || listen(out->fd, BACKLOG) == 0);
    int why = errno;
    freeaddrinfo(found);
    if (ok) {
        look_at_bound(out);
        return true;
    }
    if (out->fd >= 0)
        close(out->fd);
    out->fd = -1;
    err_set(err, accepts ? ERR_CONFIG : ERR_SYSTEM, "%s: can't listen on %s: %s", setting, address,
            strerror(why));
    return advise(setting, why, err);
}

bool listen_open(const char *setting, const char *address, struct listener *out, struct err *err)
{
    return open_socket(setting, address, true, out, err);
}

bool listen_bind(const char *setting, const char *address, struct listener *out, struct err *err)
{
    return open_socket(setting, address, false, out, err);
}

bool listen_answers(const char *address)
{
    char host[256], port_text[8];
    int port;
    struct addrinfo *found = NULL, hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    if (!config_split_listen(address, host, sizeof host, &port))
        return false;
    snprintf(port_text, sizeof port_text, "%d", port);
    if (getaddrinfo(host, port_text, &hints, &found))
        return false;
    int fd = socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, found->ai_protocol);
    bool ok = fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) == 0;
    if (fd >= 0)
        close(fd);
    freeaddrinfo(found);
    return ok;
}

void listen_base(const struct listener *listener, const char *scheme, char *out, size_t size)
{
    bool v6 = strchr(listener->host, ':') != NULL;
    snprintf(out, size, "%s://%s%s%s:%d", scheme, v6 ? "[" : "", listener->host, v6 ? "]" : "",
             listener->port);
}

int listen_max_connections(void)
{
    struct rlimit files = {.rlim_cur = 1024};
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
        rlim_t wanted = CONNECTIONS_MAX + OTHER_FILES, before = files.rlim_cur;
        files.rlim_cur = files.rlim_max < wanted ? files.rlim_max : wanted > before ? wanted : before;
        if (setrlimit(RLIMIT_NOFILE, &files) != 0)
            files.rlim_cur = before;
    }
    int64_t room = files.rlim_cur > INT32_MAX ? INT32_MAX : (int64_t)files.rlim_cur;
    room = room > CONNECTIONS_MAX + OTHER_FILES ? CONNECTIONS_MAX : room - OTHER_FILES;
    if (room < CONNECTIONS_MAX)
        log_warn("api.few_files", L_I64("connections", room),
                 L_STR("why", "the hard limit of open files (ulimit -Hn) allows no more"));
    return room < 16 ? 16 : (int)room;
}

void listen_withdraw(int fd)
{
    static const struct sockaddr nothing = {.sa_family = AF_UNSPEC};
    struct sockaddr_storage own;
    socklen_t size = sizeof own;
    bool stopped = getsockname(fd, (struct sockaddr *)&own, &size) == 0 &&
                   connect(fd, &nothing, sizeof nothing) == 0; /* connect(2): dissolves what there is */
    /* A port that the kernel had chosen is free again then: EINVAL if it was not. */
    bool bound = stopped && (bind(fd, (struct sockaddr *)&own, size) == 0 || errno == EINVAL);
    if (!bound || (connect(fd, (struct sockaddr *)&own, size) != 0 && errno != EINPROGRESS))
        shutdown(fd, SHUT_RD); /* refuses connections, too, but the threads no longer sleep */
}
