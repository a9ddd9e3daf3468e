/* JSON as HTML: indented, coloured by class, with links. */
#include "api/html/escape.h"
#include "api/html/page.h"
#include "core/json/jr.h"

/* Relations have up to a thousand addresses, in each of a hundred records. */
#define TEXTS_SHOWN 20

struct writer {
    struct buf *out;
    struct jr *r;
    slice base;
    int indent;
};

static void line_break(struct writer *w)
{
    buf_putc(w->out, '\n');
    for (int i = 0; i < w->indent; i++)
        buf_puts(w->out, "  ");
}

/* Links addresses below our own base, and the one field in which people enter addresses. A string with escapes is never linked. */
static void put_string(struct writer *w, slice text, bool is_homepage)
{
    bool ours = slice_starts(text, w->base) && text.len > w->base.len && text.ptr[w->base.len] == '/';
    bool link = (ours || is_homepage) && html_is_web_address(text);
    buf_puts(w->out, "<span class=\"s\">\"");
    if (link) {
        buf_puts(w->out, "<a");
        html_attribute(w->out, "href", text);
        buf_puts(w->out, ours ? ">" : " rel=\"noopener noreferrer nofollow external\">");
    }
    html_text(w->out, text);
    buf_puts(w->out, link ? "</a>\"</span>" : "\"</span>");
}

static bool put_value(struct writer *w, enum jr_token token, slice key);

static bool put_object(struct writer *w)
{
    enum jr_token token;
    bool any = false;
    buf_putc(w->out, '{');
    w->indent++;
    while ((token = jr_next(w->r)) == JR_KEY) {
        slice key = w->r->text;
        if (any)
            buf_putc(w->out, ',');
        any = true;
        line_break(w);
        html_between(w->out, "<span class=\"k\">\"", key, "\"</span>: ");
        if (!put_value(w, jr_next(w->r), key))
            return false;
    }
    w->indent--;
    if (any)
        line_break(w);
    buf_putc(w->out, '}');
    return token == JR_END_OBJECT;
}

static bool put_array(struct writer *w)
{
    enum jr_token token;
    size_t n = 0, hidden = 0;
    buf_putc(w->out, '[');
    w->indent++;
    while ((token = jr_next(w->r)) != JR_END_ARRAY) {
        if (token == JR_END || token == JR_ERROR)
            return false;
        if (token == JR_STRING && n >= TEXTS_SHOWN) {
            hidden++;
            continue;
        }
        if (n++)
            buf_putc(w->out, ',');
        line_break(w);
        if (!put_value(w, token, (slice){NULL, 0}))
            return false;
    }
    if (hidden) {
        line_break(w);
        buf_printf(w->out, "<span class=\"more\">… %zu more; a page shows the first %d</span>", hidden,
                   TEXTS_SHOWN);
    }
    w->indent--;
    if (n)
        line_break(w);
    buf_putc(w->out, ']');
    return true;
}

static bool put_value(struct writer *w, enum jr_token token, slice key)
{
    switch (token) {
    case JR_OBJECT:
        return put_object(w);
    case JR_ARRAY:
        return put_array(w);
    case JR_STRING:
        put_string(w, w->r->text, slice_eq(key, SLICE("homepage")));
        return true;
    case JR_NUMBER:
    case JR_TRUE:
    case JR_FALSE:
        buf_printf(w->out, "<span class=\"n\">%.*s</span>", SLICE_ARG(w->r->text));
        return true;
    case JR_NULL:
        buf_puts(w->out, "<span class=\"z\">null</span>");
        return true;
    default:
        return false;
    }
}

void json_view(struct buf *out, slice json, const char *base)
{
    struct jr r;
    struct writer w = {.out = out, .r = &r, .base = slice_of(base)};
    size_t begun = out->len;
    jr_init(&r, json);
    if (put_value(&w, jr_next(&r), (slice){NULL, 0}))
        return;
    out->len = begun; /* not our own: as text */
    html_text(out, json);
}

static size_t count_items(struct jr *r)
{
    size_t n = 0;
    enum jr_token token;
    while ((token = jr_next(r)) != JR_END_ARRAY) {
        if (token == JR_END || !jr_skip(r, token))
            break;
        n++;
    }
    return n;
}

void page_read_facts(slice json, struct page_facts *out)
{
    struct jr r;
    const struct {
        const char *key;
        slice *to;
    } wanted[] = {{"count", &out->count}, {"next", &out->next},       {"previous", &out->previous},
                  {"login", &out->title}, {"full_name", &out->title}, {"detail", &out->detail},
                  {"error", &out->detail}};
    *out = (struct page_facts){0};
    jr_init(&r, json);
    if (jr_next(&r) != JR_OBJECT)
        return;
    while (jr_next(&r) == JR_KEY) {
        slice key = r.text;
        enum jr_token token = jr_next(&r);
        if (token == JR_ARRAY && slice_eq(key, SLICE("results"))) {
            out->is_list = true;
            out->n_results = count_items(&r);
            continue;
        }
        out->is_capped |= token == JR_TRUE && slice_eq(key, SLICE("count_capped"));
        for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
            if ((token == JR_STRING || token == JR_NUMBER) && slice_eq(key, slice_of(wanted[i].key)))
                *wanted[i].to = r.text;
        if (!jr_skip(&r, token))
            return;
    }
}
