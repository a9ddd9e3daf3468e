/* page: an answer as a page for people. The handler has made JSON as for anyone; the page is built around that text, so
 * it can't say anything else. No script; a Content-Security-Policy that allows our own style sheet, icon and forms. */
#pragma once
#include "api/request/request.h"

/* Turns a JSON answer into a page, in place. Answers that are not JSON stay as they are. */
void page_wrap(struct request *rq, struct response *rs);
/* The page of a request with empty parameters, as a form sends the inputs nobody filled in, leads to the address without
 * them. True: it has answered. */
bool page_tidy(struct request *rq, struct response *rs);

/* ---- parts, for page*.c ---- */
struct page_facts { /* what the JSON says at its top; slices as they stand in it, ptr NULL: not there */
    slice count, next, previous, title, detail;
    size_t n_results;
    bool is_list, is_capped; /* capped: there are more than count says */
};
void page_read_facts(slice json, struct page_facts *out);
/* The JSON, indented, its own and web addresses as links. Long lists of texts are cut: `json_view` says so in place. */
void json_view(struct buf *out, slice json, const char *base);
/* What the route takes, as forms filled in with what was asked. Filters are folded, so that the answer is in sight, and
 * those set are named; refused: they are unfolded, to be mended. */
void page_forms(struct buf *out, const struct request *rq, bool refused);
/* "/prefix" of PUBLIC_URL, or "": what stands before every address of ours that is not in the JSON. */
slice page_prefix(const struct request *rq);
/* The frame of a page: <head> with a style sheet, left open for more; <header>; and what stands behind <main>. */
void page_begin(struct buf *out, const struct request *rq, slice title, const char *style_sheet);
void page_navigation(struct buf *out, const struct request *rq);
void page_end(struct buf *out, const struct request *rq);
/* Content-Type and what keeps a page to itself. */
void page_headers(struct response *rs, const char *policy);
/* The address of a file of web/. */
void page_asset(struct buf *out, const struct request *rq, const char *name);
