/* paging: ?page= and ?page_size=, and the links to the pages around. Pure. */
#pragma once
#include "api/request.h"

#define PAGE_SIZE_DEFAULT 10
#define PAGE_SIZE_MAX     100

struct paging {
    int64_t page, size, count;
    int64_t n_pages; /* at least 1: an empty list has one empty page */
};
/* count: how many records the list has. False: there is no such page. Bad sizes fall back, as they always have. */
MUST_CHECK bool paging_find(const struct param_list *params, int64_t count, struct paging *out);
/* Opens the object {"count", "next", "previous", "results": [ ; the caller writes the records and calls paging_end. */
void paging_begin(struct jw *w, const struct request *rq, const struct paging *paging);
void paging_end(struct jw *w);
