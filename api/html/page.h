/* page: an answer as a page for people. The handler has made JSON as for anyone; the page is built around that text, so
 * it can't say anything else: as tables and words (view.h) where there are some for it, else as the JSON itself. */
#pragma once
#include "api/html/frame.h"

/* Turns a JSON answer into a page, in place. Answers that are not JSON stay as they are. */
void page_wrap(struct request *rq, struct response *rs);
/* The page of a request with empty parameters, as a form sends the inputs nobody filled in, leads to the address without
 * them. True: it has answered. */
bool page_tidy(struct request *rq, struct response *rs);

/* ---- parts ---- */
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
/* The buttons of what can be done to a record in this state (NULL: any). */
void page_actions(struct buf *out, const struct request *rq, const char *state);
/* Where the reader is, and the way up. */
void page_breadcrumb(struct buf *out, const struct request *rq);
/* What an error says, as text of the page; false: the answer is none, or says nothing. */
bool page_complaint(struct buf *out, const struct response *rs);
/* "Developers, newest first": what the list is, and how it is ordered. */
void page_about(struct buf *out, const struct request *rq);
/* What the answer's headers say of it: parameters that were ignored, the moment it is about. */
void page_notices(struct buf *out, const struct response *rs);
/* This address with another value for one parameter (ptr NULL: without it) and without the place in the list. */
void page_address(struct buf *out, const struct request *rq, const char *name, slice value);
