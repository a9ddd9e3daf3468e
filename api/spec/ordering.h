/* ordering: ?ordering=field,-field2. Pure. */
#pragma once
#include "core/base/arena.h"
#include "schema/browse/query.h"

/* Columns a list can be ordered by, for serving and documentation. */
const enum browse_column *ordering_columns(enum browse_list list, size_t *n_out);
/* False with a sentence in *why_out (in the arena). Empty parts are skipped; of a repeated field the first one counts. */
MUST_CHECK bool ordering_parse(struct arena *a, enum browse_list list, slice text,
                               struct browse_order out[BROWSE_MAX_ORDER], size_t *n_out,
                               const char **why_out);
