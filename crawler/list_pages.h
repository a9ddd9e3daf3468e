/* list_pages: saves pages of lists as rows, any number in one transaction. Private to crawler/.
 *
 * A transaction contains the records, the edges, the remembered pages, and the cursors. A pass ends with the last page;
 * edges that existed before the pass and are on no page of it are missing. list_verdict decides whether they have ended, or
 * whether a second pass must confirm it. A list that was restricted, capped, partial, or empty although the profile counts
 * some closes no edge. */
#pragma once
#include "crawler/jobs.h"

#define LIST_PER_PAGE 100

struct list_state {
    enum page_list list;
    int64_t subject, count; /* count: the profile's; -1: unknown */
    const char *name;       /* login, or owner/name */
    /* the cursor */
    int page, pass;
    const char *url;           /* of `page`; NULL: page 1 */
    const char *mark;          /* an earlier page, to detect a circle */
    int64_t started_ms, n_ids; /* started_ms: 0 before the first request */
    bool changed;              /* a page of this pass differs from the remembered one */
    bool partial;              /* GitHub said that a page of this pass omits items */
    bool unreadable;           /* an item of this pass has no valid id */
    /* the present page */
    int64_t n_page_ids;
    int64_t n_dropped; /* invalid items, if the page was read item by item */
    struct page_memory memory;
    bool recalled; /* `memory` belongs to the present page */
    int looked_up; /* how often its subject's name was looked for, as the list answered 404 or as another's */
    bool looks_up; /* that request is in flight */
    bool judged, doubted; /* of the present answer: doubted: it is another's list */
    const char *proven;   /* in the cursor: its name by id, although a list contradicted; NULL: none */
    const char *lost;     /* why its next page is unknown; NULL: known, or there is none */
    bool lost_next;       /* it has no next page although one is expected */
};

slice list_cursor(struct work *w, const struct list_state *s);
char *list_first_url(struct work *w, const struct list_state *s);
void list_start_pass(struct list_state *s);

struct list_page {
    struct work *w; /* its state is a list_state */
    bool fresh;     /* else a 304 */
    slice json;     /* of a fresh one */
    const char *
        refused; /* why GitHub does not show the list: the job ends with this note, and nothing is stored; NULL: it does */
    bool done; /* out: the job is finished */
};
/* The body as an array: 204 is an empty one. */
slice list_body(const struct work *w);
/* Begins the transaction and commits it. If it fails, the works are unchanged. */
MUST_CHECK bool list_pages_save(struct list_page *pages, size_t n, struct db *db, struct arena *a,
                                struct err *err);
