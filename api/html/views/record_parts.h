/* record_parts: common parts of the pages of developers and repositories. */
#pragma once
#include "api/html/view.h"
#include "schema/browse/profile.h"
#include "schema/report/history.h"

void record_fact(struct buf *out, const char *before, slice text);
/* "https://…" or "example.org", as a link if it clearly is one. */
void record_address(struct buf *out, slice address);
/* A tile: GitHub's count, how many are known here (-1: not counted; capped: at least), and a line through a field's last
 * thirty days if at least two of them are known (field NULL: none). */
struct record_tile {
    const char *name, *href;
    struct maybe at_github;
    int64_t here;
    bool capped;
    const char *field;
};
void record_tile(struct buf *out, const struct history *last, enum record_kind kind,
                 const struct record_tile *tile);
/* The last thirty days of a record. */
MUST_CHECK bool record_history(struct request *rq, enum record_kind kind, int64_t github_id,
                               struct history *out, struct err *err);
void record_bars(struct buf *out, const struct request *rq, const char *title, const char *list,
                 const char *filter, const struct profile_counts *counts, const char *note);
/* A panel with the newest edges. more: the address of the whole relation. */
void record_edges(struct buf *out, const struct request *rq, const char *title, const char *more,
                  enum record_kind kind, const struct profile_edges *edges);
void record_former(struct buf *out, const char *title, const struct profile_former *former, size_t n);
/* A chart of a field's history, drawn by the server, and its last thirty days as a table; nothing if there is no such route. */
void record_chart(struct buf *out, const struct request *rq, enum record_kind kind, int64_t github_id,
                  slice name, const char *field, const char *title, const struct history *last);
/* How many edges are known here, up to a cap. */
struct known {
    int64_t n;
    bool capped;
};
MUST_CHECK bool record_known(struct request *rq, int relation, int64_t github_id, struct known *out,
                             struct err *err);
/* After the reads of a page, whose success is `ok`: returns the connection. True: the page of the record of that name has begun, and the
 * caller writes it. False: it was answered with 404, as no row was found, or `ok` is false. */
bool record_page_begin(struct request *rq, struct response *rs, bool ok, int n_rows, slice name);
