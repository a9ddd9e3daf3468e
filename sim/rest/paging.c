/* paging.c: page and per_page, since, and the Link header in GitHub's order and spelling. */
#include "sim/rest/routes.h"

#include <errno.h>
#include <stdlib.h>

bool read_id(const char *text, int64_t *out)
{
    char *end;
    errno = 0;
    if (!text || *text < '0' || *text > '9')
        return false;
    long long v = strtoll(text, &end, 10);
    *out = v;
    return !errno && !*end;
}

static uint32_t read_bounded(const struct request *rq, const char *key, uint32_t fallback, uint32_t max)
{
    int64_t v;
    if (!read_id(request_query(rq, key), &v) || v < 1)
        return fallback;
    return v > max ? max : (uint32_t)v;
}

struct page page_read(const struct request *rq, uint32_t n_items)
{
    return page_read_most(rq, n_items, 100);
}

struct page page_read_most(const struct request *rq, uint32_t n_items, uint32_t most)
{
    struct page p = {.size = read_bounded(rq, "per_page", 30, most),
                     .number = read_bounded(rq, "page", 1, 10000000)};
    p.last = n_items ? (n_items + p.size - 1) / p.size : 1;
    uint64_t first = (uint64_t)(p.number - 1) * p.size;
    p.first = first < n_items ? (uint32_t)first : n_items;
    p.end = n_items - p.first > p.size ? p.first + p.size : n_items;
    return p;
}

static void add_escaped(struct buf *b, const char *s)
{
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-_.~", c))
            buf_add(b, s, 1);
        else
            buf_printf(b, "%%%02X", c);
    }
}

struct query_copy {
    struct buf *out;
    const char *skip;
};

static enum MHD_Result copy_argument(void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
    (void)kind;
    struct query_copy *copy = cls;
    if (strcmp(key, copy->skip) == 0)
        return MHD_YES;
    add_escaped(copy->out, key);
    BUF_LIT(copy->out, "=");
    add_escaped(copy->out, value ? value : "");
    BUF_LIT(copy->out, "&");
    return MHD_YES;
}

/* , <origin/path?other=arguments&key=value>; rel="rel" */
static void add_link(struct request *rq, struct buf *b, const char *path, const char *key, int64_t value,
                     const char *rel)
{
    buf_str(b, b->len ? ", <" : "<");
    buf_str(b, rq->origin);
    buf_str(b, rq->server->options.base_path);
    buf_str(b, path);
    BUF_LIT(b, "?");
    struct query_copy copy = {b, key};
    MHD_get_connection_values(rq->connection, MHD_GET_ARGUMENT_KIND, copy_argument, &copy);
    buf_printf(b, "%s=%lld>; rel=\"%s\"", key, (long long)value, rel);
}

void answer_list(struct request *rq, struct buf *text, const char *link_path, const struct page *page)
{
    answer_json(rq, 200, text);
    rq->answer.body->is_list = true;
    if (!link_path || (page->last <= 1 && page->number <= 1))
        return;
    struct buf link = {0};
    if (page->number > 1)
        add_link(rq, &link, link_path, "page", page->number - 1 < page->last ? page->number - 1 : page->last,
                 "prev");
    if (page->number < page->last) {
        add_link(rq, &link, link_path, "page", page->number + 1, "next");
        add_link(rq, &link, link_path, "page", page->last, "last");
    }
    if (page->number > 1)
        add_link(rq, &link, link_path, "page", 1, "first");
    rq->answer.body->link = link.data;
}

void answer_since(struct request *rq, struct buf *text, const char *path, int64_t last_id)
{
    answer_json(rq, 200, text);
    rq->answer.body->is_list = true;
    struct buf link = {0};
    if (last_id)
        add_link(rq, &link, path, "since", last_id, "next");
    buf_printf(&link, "%s<%s%s%s{?since}>; rel=\"first\"", link.len ? ", " : "", rq->origin,
               rq->server->options.base_path, path);
    rq->answer.body->link = link.data;
}

void answer_object(struct request *rq, struct buf *text, int64_t last_modified)
{
    answer_json(rq, 200, text);
    rq->answer.body->last_modified = last_modified;
}
