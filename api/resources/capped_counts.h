/* capped_counts: queries whose count reached its cap, cached for a minute, since counting is most of their cost. Exact
 * counts are never cached. Thread-safe. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct capped_counts;
struct capped_counts *capped_counts_create(void);
void capped_counts_destroy(struct capped_counts *capped_counts); /* NULL is fine */
/* query: a hash of list, filters and search. */
bool capped_counts_known(struct capped_counts *capped_counts, uint64_t query);
void capped_counts_remember(struct capped_counts *capped_counts, uint64_t query);
