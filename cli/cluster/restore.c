#include "cli/cluster/restore.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/log/log.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCK_BYTES    (256 * 1024)
#define HEAD_MAX_BYTES (16 * 1024 * 1024)
#define SAY_MS         10000
#define CHILD_MS       10000

/* From pg_dumpall to psql. */
struct pump {
    int from, to, stop_fd;
    struct buf head; /* the roles, which come first */
    bool past_head, complete;
    int64_t bytes, said_ms;
};

/* Waits until the descriptor is ready. False: stop. */
static bool wait_for(const struct pump *p, int fd, short events, struct err *err)
{
    struct pollfd polled[] = {{.fd = fd, .events = events}, {.fd = p->stop_fd, .events = POLLIN}};
    while (poll(polled, 2, -1) < 0)
        if (errno != EINTR)
            return err_errno(err, "poll");
    return !polled[1].revents || err_set(err, ERR_STOPPING, "stopped");
}

/* *gone_out: psql has ended; its exit code says why. */
static bool give(const struct pump *p, const char *bytes, size_t n, bool *gone_out, struct err *err)
{
    while (n) {
        ssize_t done = write(p->to, bytes, n);
        if (done >= 0)
            bytes += done, n -= (size_t)done;
        else if (errno == EPIPE)
            return *gone_out = true;
        else if (errno == EAGAIN ? !wait_for(p, p->to, POLLOUT, err)
                                 : errno != EINTR && !err_errno(err, "write to psql"))
            return false;
    }
    return true;
}

/* initdb has made the role that all belongs to. */
static bool give_head(struct pump *p, bool *gone_out, struct err *err)
{
    static const char mark[] = "\nCREATE ROLE gitomatic;\n";
    const char *end = p->head.ptr + p->head.len;
    const char *at = p->head.len ? memmem(p->head.ptr, p->head.len, mark, sizeof mark - 1) : NULL;
    const char *rest = at ? at + sizeof mark - 1 : p->head.ptr;
    p->past_head = true;
    return (!at || give(p, p->head.ptr, (size_t)(at + 1 - p->head.ptr), gone_out, err)) &&
           (*gone_out || give(p, rest, (size_t)(end - rest), gone_out, err));
}

static bool take(struct pump *p, const char *bytes, size_t n, bool *gone_out, struct err *err)
{
    static const char mark[] = "\n\\connect ";
    if (p->past_head)
        return give(p, bytes, n, gone_out, err);
    buf_put(&p->head, bytes, n);
    if (p->head.overflow)
        return err_set(err, ERR_TOO_BIG, "the roles of the cluster take more than %d bytes", HEAD_MAX_BYTES);
    return !memmem(p->head.ptr, p->head.len, mark, sizeof mark - 1) || give_head(p, gone_out, err);
}

static void say_progress(struct pump *p)
{
    int64_t now = clock_mono_ms();
    if (now - p->said_ms < SAY_MS)
        return;
    p->said_ms = now;
    log_info("upgrade.copied", L_I64("bytes", p->bytes));
}

static bool pump(struct pump *p, struct err *err)
{
    static char block[BLOCK_BYTES];
    bool gone = false;
    while (!gone) {
        if (!wait_for(p, p->from, POLLIN, err))
            return false;
        ssize_t n = read(p->from, block, sizeof block);
        if (n < 0 && errno != EINTR)
            return err_errno(err, "read from pg_dumpall");
        if (n == 0) {
            p->complete = true;
            return p->past_head || give_head(p, &gone, err);
        }
        if (n > 0 && !take(p, block, (size_t)n, &gone, err))
            return false;
        p->bytes += n > 0 ? n : 0;
        say_progress(p);
    }
    return true;
}

/* ---- the two programs ---- */

struct pair {
    pid_t dump, psql;
    int dump_out[2], psql_in[2]; /* pipes; -1: closed */
};

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static bool start_pair(const struct embedded *from, const struct embedded *to, struct pair *p,
                       struct err *err)
{
    char dumpall[PATH_MAX + 16], psql[PATH_MAX + 16], from_port[16], to_port[16];
    snprintf(dumpall, sizeof dumpall, "%s/pg_dumpall", to->binaries.dir);
    snprintf(psql, sizeof psql, "%s/psql", to->binaries.dir);
    snprintf(from_port, sizeof from_port, "%d", from->port);
    snprintf(to_port, sizeof to_port, "%d", to->port);
    const char *const dump_args[] = {dumpall,     "-h", from->socket_dir, "-p", from_port, "-U",
                                     "gitomatic", "-l", "postgres",       NULL};
    const char *const psql_args[] = {
        psql,    "-X", "-q",        "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", "-h", to->socket_dir, "-p",
        to_port, "-U", "gitomatic", "-d", "postgres",        "-f", "-",         NULL};
    if (pipe2(p->dump_out, O_CLOEXEC) || pipe2(p->psql_in, O_CLOEXEC) ||
        fcntl(p->psql_in[1], F_SETFL, O_NONBLOCK))
        return err_errno(err, "pipe");
    bool ok = embedded_start_program(to, dump_args, -1, p->dump_out[1], SIGTERM, &p->dump, err) &&
              embedded_start_program(to, psql_args, p->psql_in[0], to->log_fd, SIGTERM, &p->psql, err);
    close_end(&p->dump_out[1]);
    close_end(&p->psql_in[0]);
    return ok;
}

/* A program that fails takes the other one with it: pg_dumpall by ending psql's input in the middle of a statement, psql by closing
 * the pipe, which leaves the copy incomplete. */
static bool judge(const struct embedded *to, struct pair *p, bool complete, int stop_fd, struct err *err)
{
    int dump, psql;
    if (!embedded_wait_for_end(&p->psql, stop_fd, &psql, err) ||
        !embedded_wait_for_end(&p->dump, stop_fd, &dump, err))
        return false;
    if (complete && dump != 0)
        return embedded_explain_end(to, "pg_dumpall", dump, err);
    if (psql != 0)
        return embedded_explain_end(to, "psql", psql, err);
    return complete || err_set(err, ERR_SYSTEM, "psql ended before it had read everything");
}

bool restore_cluster(const struct embedded *from, struct embedded *to, int stop_fd, int64_t *bytes_out,
                     struct err *err)
{
    struct pair p = {.dump_out = {-1, -1}, .psql_in = {-1, -1}};
    struct pump pumped = {.stop_fd = stop_fd, .said_ms = clock_mono_ms()};
    buf_init(&pumped.head, HEAD_MAX_BYTES);
    embedded_mark_log(to);
    bool ok = start_pair(from, to, &p, err);
    pumped.from = p.dump_out[0];
    pumped.to = p.psql_in[1];
    ok = ok && pump(&pumped, err);
    close_end(&p.psql_in[1]);
    close_end(&p.dump_out[0]);
    ok = ok && judge(to, &p, pumped.complete, stop_fd, err);
    child_stop(&p.dump, SIGTERM, CHILD_MS);
    child_stop(&p.psql, SIGTERM, CHILD_MS);
    close_end(&p.dump_out[1]);
    close_end(&p.psql_in[0]);
    buf_finish(&pumped.head);
    *bytes_out = pumped.bytes;
    return ok;
}
