#include "api/request/link.h"

static const char *const paths[] = {
    [RECORD_DEVELOPER] = "/github/developers/",
    [RECORD_REPOSITORY] = "/github/repositories/",
};

char *link_with_params(const struct request *rq, const struct param_list *params)
{
    AUTO_BUF url = {0};
    buf_puts(&url, rq->base);
    buf_put(&url, rq->path.ptr, rq->path.len);
    params_put_query(&url, params, "&");
    char *text = arena_dup(rq->arena, buf_slice(&url));
    return text;
}

/* base is checked and paths are our own, so nothing needs escaping: a page may have 400,000 of these. */
static struct buf *open_link(struct jw *w, const struct request *rq, const char *path)
{
    jw_raw(w, SLICE("\""));
    buf_puts(w->out, rq->base);
    buf_puts(w->out, path);
    return w->out;
}

void link_put(struct jw *w, const struct request *rq, const char *path)
{
    buf_putc(open_link(w, rq, path), '"');
}

void link_put_below(struct jw *w, const struct request *rq, enum record_kind kind, int64_t github_id,
                    const char *path)
{
    char id[UUID_TEXT_SIZE];
    struct buf *out = open_link(w, rq, paths[kind]);
    buf_put(out, record_id_format(kind, github_id, id), UUID_TEXT_SIZE - 1);
    buf_putc(out, '/');
    buf_puts(out, path);
    buf_putc(out, '"');
}

void link_put_list(struct jw *w, const struct request *rq, const char *key, enum record_kind kind,
                   struct ids ids)
{
    /* They differ only in their ids: "BASE/PATH/ID/" is built once, and each id is written into it. */
    size_t base = strlen(rq->base), path = strlen(paths[kind]),
           all = 1 + base + path + UUID_TEXT_SIZE - 1 + 2;
    char *text = arena_alloc(rq->arena, all), *id = text + 1 + base + path;
    text[0] = '"';
    memcpy(text + 1, rq->base, base);
    memcpy(text + 1 + base, paths[kind], path);
    memcpy(record_id_format(kind, 0, id) + UUID_TEXT_SIZE - 1, "/\"", 2);
    jw_karray(w, key);
    for (size_t i = 0; i < ids.n; i++) {
        record_id_change(id, ids.items[i]);
        jw_raw(w, slice_from(text, all));
    }
    jw_end_array(w);
}
