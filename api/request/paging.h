/* paging: ?page=, ?page_size= and ?cursor=, the addresses of the neighbouring pages, and the envelope of a list. */
#pragma once
#include "api/request/cursor.h"
#include "api/request/request.h"

#define PAGE_SIZE_DEFAULT 10
#define PAGE_SIZE_MAX     100

struct paging {
    bool by_cursor;
    int64_t size;
    bool last;    /* page=last: page is known once the count is */
    int64_t page; /* 1 for cursors */
    slice cursor; /* the value of ?cursor= */
    /* set by the list */
    struct browse_count count;
    bool has_next, has_previous;
    /* By cursor, if there is one. Of a numbered page: next_cursor, if the next page has no number. */
    const char *next_cursor, *previous_cursor, *end_cursor;
};
/* False: there can be no such page. The size was checked before. A cursor overrides a page. */
MUST_CHECK bool paging_read(const struct param_list *params, struct paging *out);
/* At least 1: an empty list has one empty page. */
int64_t paging_n_pages(const struct paging *paging);
/* Once the count is known: the number of the last page. */
void paging_turn_to_last(struct paging *paging);
/* Whether the page exists, once count and page are known; beyond a capped count, if it has records. */
bool paging_is_there(const struct paging *paging, size_t n_records);
/* Of a list without cursors: reads its count and its page. False after a 404 (err: ERR_NONE), or an error. */
MUST_CHECK bool paging_numbered(struct request *rq, struct response *rs,
                                bool (*count)(struct db *db, int64_t *n_out, struct err *err),
                                struct paging *out, struct err *err);

/* Link, X-Total-Count and X-Total-Count-Capped; opens {"count", "next", "previous", "results": [ (with "count_capped": true
 * after a capped count); the caller writes the records and calls paging_end. */
void paging_begin(struct jw *w, struct request *rq, struct response *rs, const struct paging *paging);
void paging_end(struct jw *w);
