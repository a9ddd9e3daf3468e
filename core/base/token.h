/* token: the characters HTTP's fields are made of (RFC 9110 5.5, 5.6.2), for all readers of requests and answers. Pure. */
#pragma once
#include "core/base/slice.h"

extern const bool token_chars[256]; /* tchar */

static inline bool is_token_char(char c)
{
    return token_chars[(unsigned char)c];
}

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The number of bytes at the front that belong to a token. */
size_t token_length(slice text);
/* The whole of it is one token. */
bool is_token(slice text);
/* 0 to 15; -1: no hexadecimal digit. */
int hex_value(char c);
/* What may follow a chunk's size: *( ";" name [ "=" ( token / quoted-string ) ] ), or nothing, without the whitespace that RFC 9112 7.1.1
 * allows for bad senders only. */
bool is_chunk_extensions(slice rest);
/* No control characters but tabs. */
bool is_field_value(slice text);
