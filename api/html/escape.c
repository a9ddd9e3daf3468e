#include "api/html/escape.h"

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void html_text(struct buf *out, slice text)
{
    size_t done = 0;
    for (size_t i = 0; i < text.len; i++) {
        const char *escaped = entity(text.ptr[i]);
        if (!escaped)
            continue;
        buf_put(out, text.ptr + done, i - done);
        buf_puts(out, escaped);
        done = i + 1;
    }
    buf_put(out, text.ptr + done, text.len - done);
}

void html_cstr(struct buf *out, const char *text)
{
    html_text(out, slice_of(text));
}

void html_between(struct buf *out, const char *before, slice text, const char *after)
{
    buf_puts(out, before);
    html_text(out, text);
    buf_puts(out, after);
}

void html_attribute(struct buf *out, const char *name, slice value)
{
    buf_printf(out, " %s=\"", name);
    html_text(out, value);
    buf_putc(out, '"');
}

bool html_is_web_address(slice text)
{
    slice rest = text;
    if (slice_starts(text, SLICE("https://")))
        rest = slice_from(text.ptr + 8, text.len - 8);
    else if (slice_starts(text, SLICE("http://")))
        rest = slice_from(text.ptr + 7, text.len - 7);
    if (rest.len == 0 || rest.len == text.len)
        return false;
    for (size_t i = 0; i < rest.len; i++)
        if (rest.ptr[i] <= ' ' || rest.ptr[i] >= 0x7f || strchr("\"'<>\\^`{|}", rest.ptr[i]))
            return false;
    size_t host = 0; /* "https://github.com@elsewhere" leads elsewhere */
    while (host < rest.len && !strchr("/?#", rest.ptr[host]))
        if (rest.ptr[host++] == '@')
            return false;
    return host > 0;
}
