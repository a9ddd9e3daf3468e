/* query_table: the generated statements. Private to schema/db and its tests. */
#pragma once
#include "schema/queries.h"

#define QUERY_MAX_PARAMS 24

struct query_entry {
    const char *name, *text;
    int n_params;
    unsigned types[QUERY_MAX_PARAMS + 1]; /* type OIDs */
};

extern const struct query_entry query_table[Q_N_QUERIES];
