/* check: whether a text is one whole value of JSON (RFC 8259), in one pass: no tree, no copies, no allocation. Pure.
 * Finds bodies that are cut off, followed by something else, or not JSON at all, before they are stored. Strings are checked for
 * escapes, control characters and valid UTF-8. */
#pragma once
#include "core/base/slice.h"

#define JSON_CHECK_MAX_DEPTH 1024 /* deeper ones count as broken */

enum json_kind { JSON_BROKEN, JSON_OF_OBJECT, JSON_OF_ARRAY, JSON_OF_STRING, JSON_OF_NUMBER, JSON_OF_WORD };

/* The kind of the value, JSON_BROKEN if it is not one whole value and nothing else. *n_items_out: the elements of an array, else -1. */
enum json_kind json_check(slice text, int64_t *n_items_out);
/* The kind of a value of which only the beginning has arrived; JSON_BROKEN if no JSON value begins like that. */
enum json_kind json_kind_of_start(slice text);
