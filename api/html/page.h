/* page: an answer as an HTML page. The handler has written the same JSON as for programs; the page is built from that text,
 * so it cannot contain anything else: as a view (view.h) if there is one, else as the JSON itself. */
#pragma once
#include "api/html/frame.h"

/* Turns a JSON answer into a page, in place. Answers that are not JSON stay as they are. */
void page_wrap(struct request *rq, struct response *rs);
/* Redirects a page's address with empty parameters, as forms send empty inputs, to the address without them. True: it has
 * answered. */
bool page_tidy(struct request *rq, struct response *rs);

/* ---- parts ---- */
struct page_facts { /* top-level members of the JSON; slices of its text, ptr NULL: absent */
    slice count, next, previous, title, detail;
    size_t n_results;
    bool is_list, is_capped; /* capped: there are more than count */
};
void page_read_facts(slice json, struct page_facts *out);
/* The JSON, indented, with its own and web URLs as links. Long lists of texts are cut, which is noted in place. */
void json_view(struct buf *out, slice json, const char *base);
/* The route's parameters as forms, filled in with those of the request. Filters are folded, so that the answer is visible,
 * and active ones are named; refused: they are unfolded, to be corrected. */
void page_forms(struct buf *out, const struct request *rq, bool refused);
/* The buttons of the actions that a record in this state allows (NULL: any). */
void page_actions(struct buf *out, const struct request *rq, const char *state);
/* The breadcrumb: links to the parents of the page. */
void page_breadcrumb(struct buf *out, const struct request *rq);
/* An error's message as text of the page; false: the answer is not an error, or has no message. */
bool page_complaint(struct buf *out, const struct request *rq, const struct response *rs);
/* "Developers, newest first": the list and its order. */
void page_about(struct buf *out, const struct request *rq);
/* The time of a past view, from the answer's headers. */
void page_notices(struct buf *out, const struct response *rs);
/* This address with another value for one parameter (ptr NULL: without it) and without the position in the list. */
void page_address(struct buf *out, const struct request *rq, const char *name, slice value);
/* Links to the same in other formats, by their names: "CSV|JSON". */
void page_formats(struct buf *out, const struct request *rq, slice names);
