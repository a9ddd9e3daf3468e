#include "crawler/list_verdict.h"

#define FEW 5 /* edges that may end on a list of one page without a confirming pass */

static bool is_much(int64_t part, int64_t whole)
{
    return part > FEW && part > whole / 10;
}

static bool is_empty_against_count(const struct list_pass *p)
{
    return p->n_ids == 0 && p->count > 0;
}

/* Edges would end, and the pass looks incomplete, or they are a large part of the list. */
static bool closes_much(const struct list_pass *p)
{
    return p->n_missing > 0 && (p->n_ids == 0 || p->n_ids < p->count || p->lost_next ||
                                is_much(p->n_missing, p->n_missing + p->n_ids));
}

/* No known edge would end, but the pass changed and has far fewer items than the count. */
static bool is_short(const struct list_pass *p)
{
    return p->changed && (p->lost_next || (p->count > 0 && is_much(p->count - p->n_ids, p->count)));
}

enum verdict list_verdict(const struct list_pass *p, const char **note_out)
{
    *note_out = NULL;
    if (p->list == LIST_STARGAZERS)
        return VERDICT_LEAVE; /* the developers' starred lists decide */
    if (p->lost || p->partial) {
        *note_out =
            p->lost ? p->lost : "partial: GitHub left out what single sign-on protects; closed nothing";
        return VERDICT_LEAVE;
    }
    if (p->unreadable) {
        *note_out = "unreadable: this list has items without a valid id or name; closed nothing";
        return VERDICT_LEAVE;
    }
    bool settled = p->pass > 0 && !p->changed;
    bool several = p->n_pages > 1 && p->n_missing > 0 && p->list != LIST_REPOSITORIES;
    if (!settled && (is_short(p) || closes_much(p) || several || (p->pass > 0 && p->n_missing > 0))) {
        if (p->pass < MAX_PASSES)
            return VERDICT_CONFIRM;
        if (p->n_missing > 0)
            *note_out = "kept changing while it was read: closed nothing";
        return VERDICT_LEAVE;
    }
    if (is_empty_against_count(p)) {
        *note_out = "empty against the profile's count: closed nothing";
        return VERDICT_LEAVE;
    }
    /* Repositories missing from a list are requested one by one, by id. */
    return p->n_missing > 0 || p->list == LIST_REPOSITORIES ? VERDICT_CLOSE : VERDICT_LEAVE;
}

bool list_saw_all(const struct list_pass *p)
{
    return p->n_missing == 0 && !p->lost && !is_empty_against_count(p);
}
