/* clean: makes a peer's JSON text safe for PostgreSQL without parsing it.
 *
 * jsonb and text refuse U+0000, lone surrogates and bytes that are not UTF-8, and every parser refuses unescaped control
 * characters; one of them in a bio must not make a whole page fail. json_clean rewrites exactly those to U+FFFD and leaves every
 * other byte alone. It does not check the grammar: the parser that follows does. */
#pragma once
#include "core/base/buf.h"

/* Whitespace between tokens (RFC 8259, 2). */
static inline bool json_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The text without white space around it, and without a byte order mark before it, which some proxies add and a parser may ignore
 * (RFC 8259, 8.1). */
static inline slice json_trim(slice body)
{
    static const slice mark = SLICE("\xef\xbb\xbf");
    body = slice_trim(body);
    return slice_starts(body, mark) ? slice_trim(slice_from(body.ptr + mark.len, body.len - mark.len)) : body;
}

/* True when the text is already clean (nothing was copied, use it as it is); false when out holds a cleaned copy.
 * One pass; out must be initialised with a bound. */
bool json_clean(slice json, struct buf *out);
