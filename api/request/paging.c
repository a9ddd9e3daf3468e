#include "api/request/paging.h"
#include "api/request/link.h"
#include "api/request/value.h"
#include <stdio.h>

static int64_t page_size(const struct param_list *params)
{
    int64_t size; /* api/spec/query.c has refused what is none */
    return value_whole_up_to(params_get(params, "page_size"), 1, PAGE_SIZE_MAX, &size) ? size
                                                                                       : PAGE_SIZE_DEFAULT;
}

int64_t paging_n_pages(const struct paging *paging)
{
    return paging->count.n ? (paging->count.n + paging->size - 1) / paging->size : 1;
}

bool paging_read(const struct param_list *params, struct paging *out)
{
    slice page = slice_trim(params_get(params, "page"));
    *out = (struct paging){.size = page_size(params), .page = 1, .cursor = params_get(params, "cursor")};
    out->by_cursor = out->cursor.ptr != NULL;
    if (out->by_cursor)
        return true;
    out->last = slice_eq(page, SLICE("last"));
    /* the last page reachable by number: its position fits 64 bits */
    return out->last || page.len == 0 || value_whole(page, 1, INT64_MAX / PAGE_SIZE_MAX, &out->page);
}

void paging_turn_to_last(struct paging *paging)
{
    paging->page = paging_n_pages(paging);
}

bool paging_is_there(const struct paging *paging, size_t n_records)
{
    if (paging->by_cursor)
        return true;
    return paging->count.capped ? n_records > 0 : paging->page <= paging_n_pages(paging);
}

bool paging_numbered(struct request *rq, struct response *rs,
                     bool (*count)(struct db *db, int64_t *n_out, struct err *err), struct paging *out,
                     struct err *err)
{
    struct param_list params = params_with(rq->arena, &rq->params, SLICE("cursor"), (slice){NULL, 0});
    bool is_there = paging_read(&params, out);
    if (is_there && !count(rq->db, &out->count.n, err))
        return false;
    if (is_there && out->last)
        paging_turn_to_last(out);
    is_there = is_there && paging_is_there(out, 0);
    out->has_next = out->page < paging_n_pages(out);
    out->has_previous = out->page > 1;
    if (!is_there)
        reply_detail(rq, rs, 404, "Invalid page.");
    return is_there;
}

/* ---- addresses ---- */

/* This request's address with one of page and cursor: keys sorted, `page` left out for the first. */
static char *address(const struct request *rq, const char *key, const char *value)
{
    struct param_list params = params_with(rq->arena, &rq->params, SLICE("page"), (slice){NULL, 0});
    params = params_with(rq->arena, &params, SLICE("cursor"), (slice){NULL, 0});
    if (value)
        params = params_with(rq->arena, &params, slice_of(key), slice_of(value));
    return link_with_params(rq, &params);
}

static char *page_address(const struct request *rq, int64_t page)
{
    return address(rq, "page", page == 1 ? NULL : arena_printf(rq->arena, "%lld", (long long)page));
}

struct around {
    const char *first, *previous, *next, *last; /* NULL: there is none */
};

static struct around find_around(const struct request *rq, const struct paging *p)
{
    struct around a = {0};
    if (p->by_cursor) {
        a.first = address(rq, "cursor", "");
        a.previous = p->has_previous ? address(rq, "cursor", p->previous_cursor) : NULL;
        a.next = p->has_next ? address(rq, "cursor", p->next_cursor) : NULL;
        a.last = p->end_cursor ? address(rq, "cursor", p->end_cursor) : NULL;
        return a;
    }
    a.first = page_address(rq, 1);
    a.previous = p->has_previous ? page_address(rq, p->page - 1) : NULL;
    if (p->has_next)
        a.next = p->next_cursor ? address(rq, "cursor", p->next_cursor) : page_address(rq, p->page + 1);
    a.last = p->count.capped ? address(rq, "page", "last") : page_address(rq, paging_n_pages(p));
    return a;
}

static void put_link(struct buf *out, const char *url, const char *rel)
{
    if (url)
        buf_printf(out, "%s<%s>; rel=\"%s\"", out->len ? ", " : "", url, rel);
}

/* As at GitHub: links to the present page are omitted. */
static void link_header(struct request *rq, struct response *rs, const struct around *a)
{
    AUTO_BUF text = {0};
    put_link(&text, a->previous, "prev");
    put_link(&text, a->next, "next");
    put_link(&text, a->next ? a->last : NULL, "last");
    put_link(&text, a->previous ? a->first : NULL, "first");
    if (text.len)
        response_header(rs, "Link", arena_dup(rq->arena, buf_slice(&text)));
}

void paging_begin(struct jw *w, struct request *rq, struct response *rs, const struct paging *paging)
{
    struct around around = find_around(rq, paging);
    link_header(rq, rs, &around);
    response_header(rs, "X-Total-Count", arena_printf(rq->arena, "%lld", (long long)paging->count.n));
    if (paging->count.capped)
        response_header(rs, "X-Total-Count-Capped", "true");
    jw_object(w);
    jw_ki64(w, "count", paging->count.n);
    if (paging->count.capped)
        jw_kbool(w, "count_capped", true);
    jw_kcstr(w, "next", around.next);
    jw_kcstr(w, "previous", around.previous);
    jw_karray(w, "results");
}

void paging_end(struct jw *w)
{
    jw_end_array(w);
    jw_end_object(w);
}
