/* facets: the number of records with each value of a field, among the records that a list's filters match, the most frequent
 * first. Exact up to FACETS_CAP records; beyond that, an unfiltered list has stored counts (which the scheduler renews every
 * few minutes), and of a filtered list the first FACETS_CAP records are counted. As a stream they are exact. The only caller of
 * facets.sql. */
#pragma once
#include "schema/browse/stream.h"

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
    bool capped;      /* more records match than were counted */
    int64_t as_of_ms; /* 0: now; else when the stored counts were made */
    struct facet_value *values;
    size_t n;
};
/* query: of the facet's list, composed (composed.h). At most `limit` values. */
MUST_CHECK bool facets_read(struct db *db, struct arena *a, const struct browse_query *query,
                            enum facet facet, int64_t limit, struct facets *out, struct err *err);
/* All values among all records that match, at most `limit` (INT64_MAX: all): in the transaction of a stream (stream.h), on its cursor.
 * `filters` are those that the query points to. */
MUST_CHECK bool facets_stream(struct db *db, struct arena *a, struct browse_query *query,
                              struct browse_filter *filters, enum facet facet, int64_t limit,
                              struct err *err);
/* The next values, at most FACETS_BATCH, in the arena. Fewer: they were the last. */
#define FACETS_BATCH 1000
MUST_CHECK bool facets_stream_next(struct db *db, struct arena *a, struct facet_value *values_out,
                                   size_t *n_out, struct err *err);
/* Renews the stored counts of a list longer than FACETS_CAP, and removes those of a shorter one. */
MUST_CHECK bool facets_keep(struct db *db, enum facet facet, struct err *err);
