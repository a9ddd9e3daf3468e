/* facets: how many records have each value of a field among the records a list's filters find, the most frequent first. Exact up to
 * FACETS_CAP records; beyond, the whole list has kept figures (made anew by the scheduler every few minutes), and of what
 * filters find the first FACETS_CAP are counted. The only caller of facets.sql. */
#pragma once
#include "schema/browse/query.h"

#define FACETS_CAP       10000
#define FACETS_MAX_LIMIT 1000 /* values */

enum facet {
    FACET_TYPE,
    FACET_LOCATION,
    FACET_COMPANY,
    FACET_LANGUAGE,
    FACET_LICENSE,
    FACET_TOPICS,
    FACET_OWNER,
    N_FACETS
};
const char *facet_name(enum facet facet);
enum browse_list facet_list(enum facet facet); /* developers or repositories */

struct facet_value {
    slice value; /* ptr NULL: none; of owners the login */
    int64_t count;
};
struct facets {
    int64_t total;    /* records counted */
    int64_t distinct; /* values among them */
    bool capped;      /* there are more records than were counted */
    int64_t as_of_ms; /* 0: now; else when the kept figures were made */
    struct facet_value *values;
    size_t n;
};
/* query: of the facet's list, composed (composed.h). At most `limit` values. */
MUST_CHECK bool facets_read(struct db *db, struct arena *a, const struct browse_query *query,
                            enum facet facet, int64_t limit, struct facets *out, struct err *err);
/* Makes the kept figures of a list that is longer than FACETS_CAP anew, and removes those of one that is not. */
MUST_CHECK bool facets_keep(struct db *db, enum facet facet, struct err *err);
