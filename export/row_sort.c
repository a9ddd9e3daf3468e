#include "export/row_sort.h"
#include "core/base/memory.h"
#include "export/write_all.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A sorted part of the temporary file, read through its share of the memory. */
struct run {
    off_t at, end;        /* the unread part */
    int64_t *rows;        /* room for `room` rows */
    size_t next, n, room; /* rows of it in memory */
};

struct row_sort {
    int width, n_key;
    const char *folder;
    size_t max;              /* rows a chunk */
    int64_t *rows, *scratch; /* of one block */
    size_t n, given;
    int fd; /* -1: everything is in memory */
    off_t written;
    struct run *runs;
    size_t n_runs, *heap, heap_n;
    bool last_taken; /* the root of the heap was returned */
};

struct row_sort *row_sort_create(int width, int n_key, size_t chunk_bytes, const char *folder)
{
    struct row_sort *s = xcalloc(1, sizeof *s);
    size_t row = (size_t)width * sizeof(int64_t);
    *s = (struct row_sort){
        .width = width, .n_key = n_key, .folder = folder, .max = chunk_bytes / row, .fd = -1};
    s->rows = xmalloc(2 * s->max * row);
    s->scratch = s->rows + s->max * (size_t)width;
    return s;
}

void row_sort_destroy(struct row_sort *s)
{
    if (!s)
        return;
    if (s->fd >= 0)
        close(s->fd);
    free(s->rows < s->scratch ? s->rows : s->scratch);
    free(s->runs);
    free(s->heap);
    free(s);
}

/* ---- a run: radix sort by bytes, the least significant first; a byte that is the same in all rows needs no pass ---- */

static unsigned digit(const int64_t *row, int column, int shift)
{
    unsigned byte = (unsigned)((uint64_t)row[column] >> shift) & 255;
    return shift == 56 ? byte ^ 128 : byte; /* negative ones come first */
}

static void pass(struct row_sort *s, int column, int shift)
{
    size_t starts[256] = {0}, sum = 0, width = (size_t)s->width;
    for (size_t i = 0; i < s->n; i++)
        starts[digit(s->rows + i * width, column, shift)]++;
    for (int i = 0; i < 256; i++) {
        size_t count = starts[i];
        starts[i] = sum;
        sum += count;
    }
    for (size_t i = 0; i < s->n; i++) {
        const int64_t *row = s->rows + i * width;
        int64_t *to = s->scratch + starts[digit(row, column, shift)]++ * width;
        for (size_t k = 0; k < width; k++)
            to[k] = row[k];
    }
    int64_t *swap = s->rows;
    s->rows = s->scratch;
    s->scratch = swap;
}

static void sort_chunk(struct row_sort *s)
{
    for (int column = s->n_key - 1; column >= 0; column--) {
        uint64_t differs = 0;
        for (size_t i = 1; i < s->n; i++)
            differs |= (uint64_t)(s->rows[i * (size_t)s->width + (size_t)column] ^ s->rows[column]);
        for (int shift = 0; shift < 64; shift += 8)
            if (differs >> shift & 255)
                pass(s, column, shift);
    }
}

/* ---- the file ---- */

static bool open_file(struct row_sort *s, struct err *err)
{
    s->fd = open(s->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (s->fd >= 0)
        return true;
    char path[4096]; /* a file system without unnamed files */
    if (snprintf(path, sizeof path, "%s/.sort-XXXXXX", s->folder) < (int)sizeof path)
        s->fd = mkostemp(path, O_CLOEXEC);
    if (s->fd >= 0)
        unlink(path);
    return s->fd >= 0 || err_errno(err, "%s: no temporary file can be created there", s->folder);
}

static bool write_run(struct row_sort *s, struct err *err)
{
    size_t n = s->n * (size_t)s->width * sizeof(int64_t);
    if (s->fd < 0 && !open_file(s, err))
        return false;
    struct run *more = xrealloc(s->runs, (s->n_runs + 1) * sizeof *more);
    s->runs = more;
    s->runs[s->n_runs++] = (struct run){.at = s->written, .end = s->written + (off_t)n};
    s->written += (off_t)n;
    if (!write_all(s->fd, (const char *)s->rows, n))
        return err_errno(err, "%s: the temporary file cannot be written", s->folder);
    s->n = 0;
    return true;
}

int64_t *row_sort_add(struct row_sort *s, struct err *err)
{
    if (s->n == s->max) {
        sort_chunk(s);
        if (!write_run(s, err))
            return NULL;
    }
    return s->rows + s->n++ * (size_t)s->width;
}

/* ---- the merge: a heap of the runs by their next rows ---- */

static bool refill(struct row_sort *s, struct run *r, struct err *err)
{
    size_t row = (size_t)s->width * sizeof(int64_t), wanted = r->room * row, have = 0;
    if ((off_t)wanted > r->end - r->at)
        wanted = (size_t)(r->end - r->at);
    while (have < wanted) {
        ssize_t n = pread(s->fd, (char *)r->rows + have, wanted - have, r->at + (off_t)have);
        if (n == 0 || (n < 0 && errno != EINTR))
            return err_errno(err, "%s: the temporary file cannot be read", s->folder);
        have += n > 0 ? (size_t)n : 0;
    }
    r->at += (off_t)have;
    r->next = 0;
    r->n = have / row;
    return true;
}

static const int64_t *head(const struct row_sort *s, size_t run)
{
    return s->runs[run].rows + s->runs[run].next * (size_t)s->width;
}

static bool before(const struct row_sort *s, size_t a, size_t b)
{
    const int64_t *x = head(s, a), *y = head(s, b);
    for (int i = 0; i < s->n_key; i++)
        if (x[i] != y[i])
            return x[i] < y[i];
    return a < b;
}

static void sink_down(struct row_sort *s, size_t at)
{
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < s->heap_n; child++)
            if (before(s, s->heap[child], s->heap[least]))
                least = child;
        if (least == at)
            return;
        size_t swap = s->heap[at];
        s->heap[at] = s->heap[least];
        s->heap[least] = swap;
        at = least;
    }
}

bool row_sort_finish(struct row_sort *s, struct err *err)
{
    sort_chunk(s);
    if (s->fd < 0)
        return true;
    if (!write_run(s, err))
        return false;
    int64_t *room = s->rows < s->scratch ? s->rows : s->scratch;
    size_t each = 2 * s->max / s->n_runs;
    if (!each)
        return err_set(err, ERR_TOO_BIG, "too many rows to sort: more than %zu parts of %zu", 2 * s->max,
                       s->max);
    s->heap = xcalloc(s->n_runs, sizeof *s->heap);
    for (size_t i = 0; i < s->n_runs; i++) {
        s->runs[i].rows = room + i * each * (size_t)s->width;
        s->runs[i].room = each;
        if (!refill(s, &s->runs[i], err))
            return false;
        if (s->runs[i].n)
            s->heap[s->heap_n++] = i;
    }
    for (size_t i = s->heap_n / 2; i-- > 0;)
        sink_down(s, i);
    return true;
}

/* Removes the row that was returned last from its run. */
static bool move_on(struct row_sort *s, struct err *err)
{
    struct run *r = &s->runs[s->heap[0]];
    if (++r->next == r->n && !refill(s, r, err))
        return false;
    if (r->n == 0)
        s->heap[0] = s->heap[--s->heap_n];
    sink_down(s, 0);
    return true;
}

bool row_sort_next(struct row_sort *s, const int64_t **row_out, struct err *err)
{
    if (s->fd < 0) {
        *row_out = s->given < s->n ? s->rows + s->given++ * (size_t)s->width : NULL;
        return true;
    }
    if (s->last_taken && s->heap_n && !move_on(s, err))
        return false;
    *row_out = s->heap_n ? head(s, s->heap[0]) : NULL;
    s->last_taken = true;
    return true;
}
