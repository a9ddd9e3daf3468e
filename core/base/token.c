#include "core/base/token.h"

const bool token_chars[256] = {
    ['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1,         ['&'] = 1,         ['\''] = 1,
    ['*'] = 1, ['+'] = 1, ['-'] = 1, ['.'] = 1,         ['^'] = 1,         ['_'] = 1,
    ['`'] = 1, ['|'] = 1, ['~'] = 1, ['0' ... '9'] = 1, ['A' ... 'Z'] = 1, ['a' ... 'z'] = 1,
};

size_t token_length(slice text)
{
    size_t n = 0;
    while (n < text.len && is_token_char(text.ptr[n]))
        n++;
    return n;
}

bool is_token(slice text)
{
    return text.len > 0 && token_length(text) == text.len;
}

bool is_field_value(slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (((unsigned char)text.ptr[i] < ' ' && text.ptr[i] != '\t') || text.ptr[i] == 0x7f)
            return false;
    return true;
}

int hex_value(char c)
{
    return is_digit(c) ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

static slice after(slice text, size_t n)
{
    return slice_from(text.ptr + n, text.len - n);
}

/* A quoted string's length with its quotes; 0: not a quoted string. */
static size_t quoted_length(slice text)
{
    for (size_t i = 1; i < text.len; i++) {
        if (text.ptr[i] == '"')
            return i + 1;
        if (text.ptr[i] == '\\')
            i++;
    }
    return 0;
}

bool is_chunk_extensions(slice rest)
{
    while (rest.len) {
        size_t n = rest.ptr[0] == ';' ? token_length(after(rest, 1)) : 0;
        if (!n)
            return false;
        rest = after(rest, 1 + n);
        if (!rest.len || rest.ptr[0] != '=')
            continue;
        rest = after(rest, 1);
        n = rest.len && rest.ptr[0] == '"' ? quoted_length(rest) : token_length(rest);
        if (!n)
            return false;
        rest = after(rest, n);
    }
    return true;
}
