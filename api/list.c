#include "api/list.h"
#include "api/filters.h"
#include "api/paging.h"

/* {"followers_count": ["Enter a number."], …} */
static void reply_bad_filters(struct request *rq, struct response *rs, const struct filters *filters)
{
    struct jw w;
    reply_json(rq, rs, &w);
    rs->status = 400;
    jw_object(&w);
    for (size_t i = 0; i < filters->n_errors; i++) {
        jw_key(&w, arena_dup(rq->arena, filters->errors[i].parameter));
        jw_array(&w);
        jw_cstr(&w, filters->errors[i].message);
        jw_end_array(&w);
    }
    jw_end_object(&w);
}

bool list_answer(struct request *rq, struct response *rs, enum browse_list list, list_render *render,
                 struct err *err)
{
    struct filters filters;
    struct paging paging;
    struct jw w;
    AUTO_ROWS rows = {0};
    int64_t count;
    filters_parse(list, &rq->params, &filters);
    if (filters.n_errors) {
        reply_bad_filters(rq, rs, &filters);
        return true;
    }
    if (!browse_count(rq->db, list, filters.items, filters.n, &count, err))
        return false;
    if (!paging_find(&rq->params, count, &paging)) {
        reply_detail(rq, rs, 404, "Invalid page.");
        return true;
    }
    if (count && !browse_page(rq->db, list, filters.items, filters.n, paging.size,
                              (paging.page - 1) * paging.size, &rows, err))
        return false;
    reply_json(rq, rs, &w);
    paging_begin(&w, rq, &paging);
    struct arena *record_arena = arena_create(); /* lists of ids, a record at a time */
    for (int i = 0; i < rows.n; i++) {
        render(&w, rq, &rows, i, record_arena);
        arena_reset(record_arena);
    }
    arena_destroy(record_arena);
    paging_end(&w);
    return true;
}
