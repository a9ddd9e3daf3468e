/* decode: the careful reading of an answer, item by item. Pure.
 * The usual page goes to PostgreSQL as it came. When a value in it has the wrong type the statement fails, and the page is
 * read here instead: an item without a usable id and name is dropped, any other field that is not what GitHub documents
 * loses its key, so that it tells no more than one that was not there; unknown keys stay. Times are those of RFC 3339, with or
 * without a fraction and an offset. What is left is safe for the same statement. */
#pragma once
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"

enum gh_shape {
    GH_SHAPE_USER,
    GH_SHAPE_REPOSITORY,
    GH_SHAPE_LISTED_USER, /* an item of a list, also {starred_at, user}: its id says who it is, it stays without a name */
    GH_SHAPE_LISTED_REPOSITORY, /* also {starred_at, repo} */
};

/* json: an array of items, or one object (then the result is an array of it). ERR_BROKEN when it is not JSON of that
 * form. *dropped_out counts the items left out. */
MUST_CHECK bool gh_decode_clean(slice json, enum gh_shape shape, struct buf *out, size_t *dropped_out,
                                struct err *err);

/* ---- a repository's star history: [{"week": epoch, "total": n, "days": [n × 7]}], newest week first ---- */
#define GH_STAR_WEEKS      30 /* a page has at most */
#define GH_MAX_STAR_WEEKS  100
#define GH_MAX_STARS_A_DAY 1000000000

struct gh_star_day {
    int64_t day; /* since 1970-01-01 */
    int64_t stars;
};
struct gh_star_page {
    struct gh_star_day *days; /* in the arena */
    size_t n_days;
    size_t n_weeks; /* items that came */
    size_t
        n_dropped; /* of them made no sense: another shape, a week before GitHub, days that are not 7 counts or not the
                         total; or are beyond GH_MAX_STAR_WEEKS */
};
/* Where weeks begin is not promised to be midnight UTC: a day is the one its beginning is nearest to. ERR_BROKEN when json
 * is not a list. */
MUST_CHECK bool gh_decode_star_history(slice json, struct arena *a, struct gh_star_page *out,
                                       struct err *err);
