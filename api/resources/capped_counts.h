/* capped_counts: queries that were found to match more than is counted, remembered for a minute, since finding that out again is most
 * of what answering them costs. Exact counts are never remembered. Thread-safe. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct capped_counts;
struct capped_counts *capped_counts_create(void);
void capped_counts_destroy(struct capped_counts *capped_counts); /* NULL is fine */
/* query: a hash of list, filters and search. */
bool capped_counts_known(struct capped_counts *capped_counts, uint64_t query);
void capped_counts_remember(struct capped_counts *capped_counts, uint64_t query);
