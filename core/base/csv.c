#include "core/base/csv.h"

void csv_init(struct csv *c, struct buf *out)
{
    *c = (struct csv){.out = out};
}

static void begin(struct csv *c)
{
    if (c->open)
        buf_putc(c->out, ',');
    else
        c->begun = c->out->len;
    c->open = true;
}

static bool needs_quotes(slice text)
{
    bool needs = text.len == 0 || text.ptr[0] == ' ' || text.ptr[text.len - 1] == ' ';
    for (size_t i = 0; i < text.len && !needs; i++)
        needs = strchr(",\"\r\n", text.ptr[i]) != NULL; /* a NUL is found, too */
    return needs;
}

void csv_text(struct csv *c, slice text)
{
    begin(c);
    if (!text.ptr)
        return;
    if (!needs_quotes(text)) {
        buf_put(c->out, text.ptr, text.len);
        return;
    }
    buf_putc(c->out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            buf_putc(c->out, '"');
        buf_putc(c->out, text.ptr[i]);
    }
    buf_putc(c->out, '"');
}

void csv_i64(struct csv *c, int64_t value)
{
    begin(c);
    buf_printf(c->out, "%lld", (long long)value);
}

void csv_null(struct csv *c)
{
    begin(c);
}

/* Readers skip empty lines, so a record of a single null is not left empty. */
void csv_end(struct csv *c)
{
    if (c->open && c->out->len == c->begun)
        buf_puts(c->out, "\"\"");
    buf_puts(c->out, "\r\n");
    c->open = false;
}
