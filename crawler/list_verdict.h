/* list_verdict: whether what a pass over a list did not meet has ended. Pure.
 *
 * One odd answer must not close what it does not name. What would close much, and anything on a list of several pages, which
 * may have shifted while it was read, is believed when a second pass finds every page as the first one left it. */
#pragma once
#include "schema/graph/pages.h"

#define MAX_PASSES 3

struct list_pass {
    enum page_list list;
    int pass;          /* 0: the first one */
    int n_pages;       /* of this pass */
    int64_t n_ids;     /* on its pages */
    int64_t count;     /* what the profile says; -1: not known */
    int64_t n_missing; /* edges that held before and stand on no page */
    bool changed;      /* some page was not what was remembered */
    bool lost_next;    /* the last page had another one behind it before, or came without a Link header */
    bool partial;      /* GitHub said that it left something out */
    bool unreadable;   /* some item has no id: nobody can say which edge it tells of */
    const char *lost;  /* why the pages behind can't be known, or NULL */
};

enum verdict {
    VERDICT_CLOSE,   /* what is missing has ended */
    VERDICT_CONFIRM, /* another pass is to tell */
    VERDICT_LEAVE,   /* nothing has ended, or nobody can say */
};

/* *note_out says why nothing was closed though the list may lack something; NULL: it lacks nothing. */
enum verdict list_verdict(const struct list_pass *p, const char **note_out);
/* Whether every edge that we hold stood on the pass. */
bool list_saw_all(const struct list_pass *p);
