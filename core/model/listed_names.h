/* listed_names: whether the values of known keys in a JSON text have GitHub's types, without parsing it.
 *
 * PostgreSQL accepts the number 5 as the text "5", the text "7" as the number 7, "yes" as true, "yesterday" as a time, an object as its
 * text, and anything as a login. A text for which this is false is read item by item first (github/decode), which keeps its valid
 * parts. It is true for nearly all, so the check is one search over the bytes: 0.25 ms for a page of a hundred repositories. */
#pragma once
#include "core/base/slice.h"

/* Every known key (field_types.h) has a value of its type or null; an empty login or full name counts as none. An integer has at most
 * 18 digits, no fraction and no exponent. An escape in a name or a time counts as odd, and so does one in a key that needs none. */
bool listed_names_ok(slice json);
