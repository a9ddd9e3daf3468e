#include "api/paging.h"
#include <stdio.h>

static int64_t page_size(const struct param_list *params)
{
    int64_t size;
    slice text = slice_trim(params_get(params, "page_size"));
    if (text.len && text.ptr[0] == '+')
        text = slice_from(text.ptr + 1, text.len - 1);
    bool digits = text.len > 0;
    for (size_t i = 0; i < text.len; i++)
        digits &= text.ptr[i] >= '0' && text.ptr[i] <= '9';
    if (!digits)
        return PAGE_SIZE_DEFAULT;
    if (!slice_i64(text, 0, PAGE_SIZE_MAX, &size)) /* only digits: too large, however long */
        return PAGE_SIZE_MAX;
    return size ? size : PAGE_SIZE_DEFAULT;
}

bool paging_find(const struct param_list *params, int64_t count, struct paging *out)
{
    slice text = slice_trim(params_get(params, "page"));
    out->count = count;
    out->size = page_size(params);
    out->n_pages = count ? (count + out->size - 1) / out->size : 1;
    out->page = 1;
    if (slice_eq(text, SLICE("last")))
        out->page = out->n_pages;
    else if (text.len && !slice_i64(text, 1, INT64_MAX, &out->page))
        return false;
    return out->page <= out->n_pages;
}

/* This request's address with another page: keys sorted, `page` left out for the first. */
static void put_link(struct jw *w, const struct request *rq, int64_t page)
{
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)page);
    struct param_list params =
        params_with(rq->arena, &rq->params, SLICE("page"), page == 1 ? (slice){NULL, 0} : slice_of(number));
    struct buf url;
    buf_init(&url, 0);
    buf_puts(&url, rq->base);
    buf_put(&url, rq->path.ptr, rq->path.len);
    for (size_t i = 0; i < params.n; i++) {
        buf_putc(&url, i ? '&' : '?');
        params_encode(&url, params.items[i].key);
        buf_putc(&url, '=');
        params_encode(&url, params.items[i].value);
    }
    jw_str(w, buf_slice(&url));
    buf_finish(&url);
}

void paging_begin(struct jw *w, const struct request *rq, const struct paging *paging)
{
    jw_object(w);
    jw_ki64(w, "count", paging->count);
    jw_key(w, "next");
    if (paging->page < paging->n_pages)
        put_link(w, rq, paging->page + 1);
    else
        jw_null(w);
    jw_key(w, "previous");
    if (paging->page > 1)
        put_link(w, rq, paging->page - 1);
    else
        jw_null(w);
    jw_key(w, "results");
    jw_array(w);
}

void paging_end(struct jw *w)
{
    jw_end_array(w);
    jw_end_object(w);
}
