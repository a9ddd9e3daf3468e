/* listed_names: whether the ids, names, times and texts in a JSON text have GitHub's form, without parsing it.
 *
 * PostgreSQL accepts the number 5 as the text "5", the text "7" as the number 7, "yesterday" as a time, an object as its text, and
 * anything as a login. A text for which this is false is read item by item first (github/decode), which keeps its valid parts. It
 * is true for nearly all, so the check is one search over the bytes: 0.3 ms for a page of a hundred repositories. */
#pragma once
#include "core/base/slice.h"

#define LISTED_ID_MAX 999999999999999999ll /* 18 digits, which are counted and not read */

/* Every "id" is null or an integer from 1 to LISTED_ID_MAX; every "login" is null, "" or a login that GitHub may give (login_plausible); every
 * "full_name" is null, "" or OWNER/NAME; every key that ends in "_at" is null or a text that begins with a digit; no text that has
 * a column is an object or a list. An escape in a name counts as odd: none of its characters needs one. */
bool listed_names_ok(slice json);
