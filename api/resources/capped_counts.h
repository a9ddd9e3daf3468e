/* many: queries that were found to match more than is counted, remembered for a minute, since finding that out again is most
 * of what answering them costs. Exact counts are never remembered. Thread-safe. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct many;
struct many *many_create(void);
void many_destroy(struct many *many); /* NULL is fine */
/* query: a hash of list, filters and search. */
bool many_known(struct many *many, uint64_t query);
void many_remember(struct many *many, uint64_t query);
