/* labels: names of parameters and fields of forms as people read them, where they are other words than the name. */
#pragma once
#include "core/base/arena.h"
#include "schema/browse/browse.h"

/* "created_at__gte" as "Requested since"; NULL: the name itself. Static; plain text. */
const char *label_words(slice name);
/* An order of a list, as "most stars first" or "by login". May be in the arena. */
const char *label_order(struct arena *a, enum browse_column column, bool descending);
