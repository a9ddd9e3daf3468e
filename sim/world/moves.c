/* moves.c: moves, and the file of them. Its lines, in their order:
 *
 *   gitomatic-sim WORLD         the world's options
 *   begun AT                    seconds since 1970: the past ended then
 *   moves AT N                  N moves: AT, an interval later, …; N grows in place as long as the line is the last
 *   op AT RNG {"op": …}         what a client wrote
 *
 * A line is written before a client can see its change. A process that
 * ends in between leaves at most one change more, a machine a broken line at the end, which is cut off. A line that cannot be written as
 * a whole (a full disk) is none: the next one takes its place. */
#include "sim/world/moves.h"
#include "sim/world/mutate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define MOVES     4 /* at a time, */
#define FIRSTS    2 /* and around the first account */
#define PAST_DAYS 30

#define RUN_LINE       "moves %020lld %020lld\n" /* fixed width: rewritten in place */
#define LINE_MAX_BYTES (4 << 20)                 /* more than a request's body */

struct moves {
    struct moves_options o;
    int fd;           /* -1: no file */
    off_t end;        /* of the last whole line */
    uint64_t n;       /* moves so far: their seed */
    int64_t run_at_s; /* of the last line, if it has moves; */
    int64_t run_n;
    off_t run_offset; /* -1: it has none */
    bool said;        /* of failed writes in a row, the first is said */
};

static bool write_whole(int fd, const char *text, size_t len, off_t offset)
{
    while (len) {
        ssize_t n = pwrite(fd, text, len, offset);
        if (n <= 0)
            return false;
        text += n;
        len -= (size_t)n;
        offset += n;
    }
    return true;
}

/* A new line at the end, or the last one again. */
static bool write_line(struct moves *m, off_t offset, const char *text, size_t len)
{
    if (m->fd < 0)
        return true;
    bool ok = write_whole(m->fd, text, len, offset);
    if (ok) {
        m->end = offset + (off_t)len;
    } else {
        if (!m->said)
            fprintf(stderr, "gitomatic-sim: write %s: %s; what changes until that succeeds is not kept\n",
                    m->o.file, strerror(errno));
        if (offset == m->end && ftruncate(m->fd, offset))
            fprintf(stderr, "gitomatic-sim: %s: half a line stays at its end until the next one\n",
                    m->o.file);
    }
    m->said = !ok;
    return ok;
}

static void apply(struct moves *m, struct world *w, int64_t at_s)
{
    m->n++;
    mutate_edges(w, m->o.seed + m->n, MOVES, at_s);
    mutate_first(w, m->o.seed + m->n, FIRSTS, at_s);
}

static void begin(const struct moves *m, struct world *w, int64_t at_s)
{
    if (m->o.has_past)
        mutate_past(w, m->o.seed, PAST_DAYS, at_s);
}

/* ---- going on ---- */

/* Moves of a run are an interval apart: one that comes much later, after a pause of the machine, begins another run. */
void moves_make(struct moves *m, struct world *w)
{
    char line[64];
    int64_t now_s = time(NULL), at_s = m->run_at_s + m->run_n * m->o.interval_s;
    if (m->run_offset < 0 || at_s > now_s + m->o.interval_s || at_s < now_s - m->o.interval_s) {
        m->run_offset = m->end;
        m->run_at_s = at_s = now_s;
        m->run_n = 0;
    }
    int n = snprintf(line, sizeof line, RUN_LINE, (long long)m->run_at_s, (long long)m->run_n + 1);
    if (!write_line(m, m->run_offset, line, (size_t)n))
        return;
    m->run_n++;
    apply(m, w, at_s);
}

void moves_keep(struct moves *m, const json_t *op, int64_t at_s, uint64_t rng_state)
{
    char head[80];
    if (!m || m->fd < 0)
        return;
    char *text = json_dumps(op, JSON_COMPACT | JSON_ENSURE_ASCII);
    size_t head_len =
        (size_t)snprintf(head, sizeof head, "op %lld %llu ", (long long)at_s, (unsigned long long)rng_state);
    size_t len = text ? strlen(text) : 0;
    char *line = len && head_len + len + 2 < LINE_MAX_BYTES ? malloc(head_len + len + 1) : NULL;
    if (line) {
        memcpy(line, head, head_len);
        memcpy(line + head_len, text, len);
        line[head_len + len] = '\n';
        if (write_line(m, m->end, line, head_len + len + 1))
            m->run_offset = -1;
    }
    free(line);
    free(text);
}

/* ---- again ---- */

static bool replay_op(struct world *w, int64_t at_s, uint64_t rng_state, const char *text)
{
    char err[512];
    struct rng rng = {rng_state};
    json_t *op = json_loads(text, 0, NULL);
    if (op)
        mutate_apply(w, op, at_s, &rng, err, sizeof err);
    json_decref(op);
    return op != NULL;
}

static bool replay_line(struct moves *m, struct world *w, const char *line, off_t offset)
{
    long long at_s, n;
    unsigned long long rng_state;
    int json_at = 0;
    m->run_offset = -1;
    if (sscanf(line, "moves %lld %lld", &at_s, &n) == 2) {
        m->run_at_s = at_s;
        m->run_n = n;
        m->run_offset = offset;
        for (int64_t i = 0; i < n; i++)
            apply(m, w, at_s + i * m->o.interval_s);
        return true;
    }
    return sscanf(line, "op %lld %llu %n", &at_s, &rng_state, &json_at) == 2 && json_at &&
           replay_op(w, at_s, rng_state, line + json_at);
}

/* The next whole line, in a buffer that getline() grows; false at the end and at a broken line. */
static bool next_line(FILE *in, char **line, size_t *room)
{
    ssize_t n = getline(line, room, in);
    return n > 0 && n <= LINE_MAX_BYTES && (size_t)n == strlen(*line) && (*line)[n - 1] == '\n';
}

static bool replay_lines(struct moves *m, struct world *w, FILE *in, char **line, size_t *room)
{
    char wanted[256];
    long long at_s;
    snprintf(wanted, sizeof wanted, "gitomatic-sim %s\n", m->o.world);
    if (!next_line(in, line, room) || strcmp(*line, wanted) != 0 || !next_line(in, line, room) ||
        sscanf(*line, "begun %lld", &at_s) != 1)
        return false;
    begin(m, w, at_s);
    m->end = ftello(in);
    while (next_line(in, line, room) && replay_line(m, w, *line, m->end))
        m->end = ftello(in);
    return ftruncate(m->fd, m->end) == 0;
}

/* False: the file is empty, or another world's. */
static bool replay(struct moves *m, struct world *w)
{
    char *line = NULL;
    size_t room = 0;
    FILE *in = fdopen(dup(m->fd), "r");
    if (!in)
        return false;
    rewind(in);
    bool ok = replay_lines(m, w, in, &line, &room);
    free(line);
    fclose(in);
    return ok;
}

static bool begin_file(struct moves *m, struct world *w)
{
    char text[320];
    int64_t now_s = time(NULL);
    if (m->fd >= 0 && lseek(m->fd, 0, SEEK_END) > 0)
        fprintf(stderr, "gitomatic-sim: %s belongs to another world and is replaced\n", m->o.file);
    int n = snprintf(text, sizeof text, "gitomatic-sim %s\nbegun %lld\n", m->o.world, (long long)now_s);
    if (m->fd >= 0 && (ftruncate(m->fd, 0) || !write_line(m, 0, text, (size_t)n)))
        return false;
    begin(m, w, now_s);
    return true;
}

/* Empty, or begun by a simulator, perhaps not to the end of the first line: what else is in the file is not ours to delete. */
static bool is_ours(int fd)
{
    static const char mark[] = "gitomatic-sim ";
    char begins[sizeof mark - 1];
    ssize_t n = pread(fd, begins, sizeof begins, 0);
    return n >= 0 && memcmp(begins, mark, (size_t)n) == 0;
}

static bool open_file(struct moves *m, char *err, size_t err_size)
{
    m->fd = open(m->o.file, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (m->fd < 0)
        snprintf(err, err_size, "--moves-file '%s': %s", m->o.file, strerror(errno));
    else if (flock(m->fd, LOCK_EX | LOCK_NB))
        snprintf(err, err_size, "--moves-file '%s': another simulator uses it", m->o.file);
    else if (!is_ours(m->fd))
        snprintf(err, err_size, "--moves-file '%s': expected a new file, or one that gitomatic-sim made",
                 m->o.file);
    else
        return true;
    return false;
}

bool moves_open(const struct moves_options *o, struct world *w, struct moves **out, char *err,
                size_t err_size)
{
    struct moves *m = calloc(1, sizeof *m);
    if (!m)
        return false;
    *m = (struct moves){.o = *o, .fd = -1, .run_offset = -1};
    bool ok = !o->file || open_file(m, err, err_size);
    if (ok && !(o->file && replay(m, w)) && !begin_file(m, w)) {
        snprintf(err, err_size, "--moves-file '%s': expected a file that can be written", o->file);
        ok = false;
    }
    if (ok)
        *out = m;
    else
        moves_close(m);
    return ok;
}

void moves_close(struct moves *m)
{
    if (!m)
        return;
    if (m->fd >= 0)
        close(m->fd);
    free(m);
}
