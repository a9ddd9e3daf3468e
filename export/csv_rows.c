#include "export/csv_rows.h"
#include "export/copy_text.h"

void csv_rows_head(struct buf *out, const struct snapshot_table *table)
{
    for (const struct snapshot_column *c = table->columns; c->name; c++)
        buf_printf(out, "%s%s", c == table->columns ? "" : ",", c->name);
    buf_putc(out, '\n');
}

/* Writes a field between quotes, and removes them if it needs none. `to` has room for twice its length and two. Returns the end of the
 * written text. */
static char *put_field(char *to, const char *from, const char *end)
{
    char *begin = to;
    bool needs = from == end; /* empty text is a null */
    *to++ = '"';
    while (from < end) {
        char c = *from++;
        if (c == '\\' && from < end)
            c = copy_text_unescaped(*from++);
        if (c == '"')
            *to++ = '"';
        needs |= c == '"' || c == ',' || c == '\n' || c == '\r';
        *to++ = c;
    }
    if (needs) {
        *to++ = '"';
        return to;
    }
    memmove(begin, begin + 1, (size_t)(to - begin) - 1);
    return to - 1;
}

void csv_rows_put(struct buf *out, slice row)
{
    const char *at = row.ptr, *over = row.ptr + row.len;
    if (row.len && over[-1] == '\n')
        over--;
    if (!buf_reserve(out, 4 * row.len + 4)) /* a separator may become three bytes: that and two quotes */
        return;
    char *to = out->ptr + out->len;
    for (;;) {
        const char *end = memchr(at, '\t', (size_t)(over - at));
        end = end ? end : over;
        if (!(end - at == 2 && at[0] == '\\' && at[1] == 'N'))
            to = put_field(to, at, end);
        if (end == over)
            break;
        *to++ = ',';
        at = end + 1;
    }
    *to++ = '\n';
    out->len = (size_t)(to - out->ptr);
}
