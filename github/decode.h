/* decode: reads an answer item by item. Pure. A page normally goes to PostgreSQL unchanged. If a value has the wrong type,
 * the statement fails, and the page is cleaned here: an item without a valid id and name is dropped, any other invalid field
 * loses its key, so that it counts as absent; unknown keys stay. The result is safe for the same statement. */
#pragma once
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"

enum gh_shape {
    GH_SHAPE_USER,
    GH_SHAPE_REPOSITORY,
    GH_SHAPE_LISTED_USER, /* an item of a list, also {starred_at, user}: identified by its id, valid without a name */
    GH_SHAPE_LISTED_REPOSITORY, /* also {starred_at, repo} */
};

/* json: an array of items, or one object (then the result is an array of it). ERR_BROKEN if it is not JSON of that form.
 * *dropped_out: the number of dropped items. */
MUST_CHECK bool gh_decode_clean(slice json, enum gh_shape shape, struct buf *out, size_t *dropped_out,
                                struct err *err);

/* ---- a repository's star history: [{"week": epoch, "total": n, "days": [n × 7]}], newest week first ---- */
#define GH_STAR_WEEKS      30 /* maximum per page */
#define GH_MAX_STAR_WEEKS  100
#define GH_MAX_STARS_A_DAY 1000000000

struct gh_star_day {
    int64_t day; /* since 1970-01-01 */
    int64_t stars;
};
struct gh_star_page {
    struct gh_star_day *days; /* in the arena */
    size_t n_days;
    size_t n_weeks; /* received items */
    /* Of them invalid: another shape, a week before GitHub existed, days that are not 7 counts or do not add up to the total; or
     * beyond GH_MAX_STAR_WEEKS. */
    size_t n_dropped;
};
/* Weeks are not guaranteed to begin at midnight UTC: a day is the one nearest to its beginning. ERR_BROKEN if json is not a
 * list. */
MUST_CHECK bool gh_decode_star_history(slice json, struct arena *a, struct gh_star_page *out,
                                       struct err *err);
