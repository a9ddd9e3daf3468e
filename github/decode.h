/* decode: the careful reading of an answer, item by item. Pure.
 * The usual page goes to PostgreSQL as it came. When a value in it has the wrong type the statement fails, and the page is
 * read here instead: an item without a usable id and name is dropped, any other field that is not what GitHub documents
 * becomes null, unknown keys stay. What is left is safe for the same statement. */
#pragma once
#include "core/base/buf.h"
#include "core/base/err.h"

enum gh_shape { GH_SHAPE_USER, GH_SHAPE_REPOSITORY /* also {starred_at, repo} */ };

/* json: an array of items, or one object (then the result is an array of it). ERR_BROKEN when it is not JSON of that
 * form. *dropped_out counts the items left out. */
MUST_CHECK bool gh_decode_clean(slice json, enum gh_shape shape, struct buf *out, size_t *dropped_out,
                                struct err *err);
