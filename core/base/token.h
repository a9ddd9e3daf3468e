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
/* No control characters but tabs. */
bool is_field_value(slice text);
