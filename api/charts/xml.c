#include "api/charts/xml.h"

#define REPLACEMENT "\xef\xbf\xbd"

static bool is_allowed(const char *c, size_t n)
{
    unsigned char first = (unsigned char)c[0];
    if (n == 1)
        return (first >= 0x20 && first != 0x7f) || first == '\t' || first == '\n' || first == '\r';
    return !(n == 3 && memcmp(c, "\xef\xbf", 2) == 0 && (unsigned char)c[2] >= 0xbe); /* U+FFFE, U+FFFF */
}

static void put_character(struct buf *out, const char *c, size_t n)
{
    switch (n == 1 ? *c : 0) {
    case '&':
        buf_puts(out, "&amp;");
        break;
    case '<':
        buf_puts(out, "&lt;");
        break;
    case '>':
        buf_puts(out, "&gt;");
        break;
    case '"':
        buf_puts(out, "&quot;");
        break;
    case '\'':
        buf_puts(out, "&#39;");
        break;
    case '\t':
    case '\n':
    case '\r': /* an attribute would turn them into spaces */
        buf_printf(out, "&#%d;", *c);
        break;
    default:
        buf_put(out, c, n);
    }
}

void xml_text(struct buf *out, slice text, size_t max)
{
    size_t n = 0;
    for (size_t i = 0, size; i < text.len; i += size, n++) {
        if (max && n == max) {
            buf_puts(out, "…");
            return;
        }
        size = slice_utf8_sequence(slice_from(text.ptr + i, text.len - i));
        bool ok = size && is_allowed(text.ptr + i, size);
        size = size ? size : 1;
        if (ok)
            put_character(out, text.ptr + i, size);
        else
            buf_puts(out, REPLACEMENT);
    }
}
