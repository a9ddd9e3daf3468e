/* list_verdict: whether edges that a pass did not find have ended. Pure.
 *
 * A single wrong answer must not close edges. Closing many edges, or any edge of a list of several pages, whose items may
 * have shifted while it was read, needs a second pass that finds every page unchanged. */
#pragma once
#include "schema/graph/pages.h"

#define MAX_PASSES 3

struct list_pass {
    enum page_list list;
    int pass;          /* 0: the first one */
    int n_pages;       /* of this pass */
    int64_t n_ids;     /* on its pages */
    int64_t count;     /* the profile's; -1: not known */
    int64_t n_missing; /* edges that existed before and are on no page */
    bool changed;      /* a page differs from the remembered one */
    bool lost_next;    /* the last page had a next one before, or came without a Link header */
    bool partial;      /* GitHub said that items are omitted */
    bool unreadable;   /* an item has no id, so its edge is unknown */
    const char *lost;  /* why the following pages are unknown, or NULL */
};

enum verdict {
    VERDICT_CLOSE,   /* missing edges have ended */
    VERDICT_CONFIRM, /* another pass decides */
    VERDICT_LEAVE,   /* no edge has ended, or it is unknown */
};

/* *note_out: why no edge was closed although the list may be incomplete; NULL: it is complete. */
enum verdict list_verdict(const struct list_pass *p, const char **note_out);
/* Whether the pass found every stored edge. */
bool list_saw_all(const struct list_pass *p);
