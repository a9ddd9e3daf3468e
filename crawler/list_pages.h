/* list_pages: pages of lists become rows, any number in one transaction. Private to crawler/.
 *
 * A transaction holds the records, the edges, what is remembered of each page, and the cursors. A pass ends with the page that
 * has no next; what held before the pass and stands on no page of it has ended. Whether that is believed, or a second pass is to
 * confirm it, list_verdict tells. A list that was restricted, capped, partial or empty against the profile's own count closes
 * nothing. */
#pragma once
#include "crawler/jobs.h"

#define LIST_PER_PAGE 100

struct list_state {
    enum page_list list;
    int64_t subject, count; /* count: what the profile says, -1 unknown */
    const char *name;       /* login, or owner/name */
    /* the cursor */
    int page, pass;
    const char *url;           /* of `page`; NULL: page 1 */
    const char *mark;          /* an earlier page, to know a circle by */
    int64_t started_ms, n_ids; /* started_ms: 0 before the first page is asked for */
    bool changed;              /* some page of this pass was not what was remembered */
    bool partial;              /* of some page of this pass GitHub said that it left something out */
    bool unreadable;           /* some item of this pass has no id that makes sense */
    /* the page under way */
    int64_t n_page_ids;
    int64_t n_dropped; /* items that were no items, when the page was read one by one */
    struct page_memory memory;
    bool recalled;    /* `memory` is what the page under way is to be asked with */
    bool looked_up;   /* its subject was asked for by id, since the list answered 404 */
    bool looks_up;    /* that request is under way */
    const char *lost; /* why its next page can't be known; NULL: it is, or there is none */
    bool lost_next;   /* it is the last one, and it does not look like it */
};

slice list_cursor(struct work *w, const struct list_state *s);
char *list_first_url(struct work *w, const struct list_state *s);
void list_start_pass(struct list_state *s);

struct list_page {
    struct work *w; /* its state is a list_state */
    bool fresh;     /* else a 304 */
    slice json;     /* of a fresh one */
    bool done;      /* out: the job is over */
};
/* The body as an array: 204 is an empty one. */
slice list_body(const struct work *w);
/* Opens the transaction and commits it. When it fails the works are as they were. */
MUST_CHECK bool list_pages_save(struct list_page *pages, size_t n, struct db *db, struct arena *a,
                                struct err *err);
