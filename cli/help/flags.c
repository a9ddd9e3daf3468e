#include "cli/help/flags.h"
#include <ctype.h>

static bool in_name(char c)
{
    return islower((unsigned char)c) || isdigit((unsigned char)c) || c == '-';
}

bool flags_next(slice *text, slice *name_out, bool *takes_value)
{
    const char *at = text->ptr, *end = text->ptr + text->len;
    while (at + 2 < end && !(at[0] == '-' && at[1] == '-' && islower((unsigned char)at[2]) &&
                             (at == text->ptr || !in_name(at[-1]))))
        at++;
    if (at + 2 >= end)
        return false;
    const char *from = at;
    for (at += 2; at < end && in_name(*at);)
        at++;
    *name_out = slice_from(from, (size_t)(at - from));
    *takes_value = at + 1 < end && *at == ' ' && isupper((unsigned char)at[1]) &&
                   (at + 2 == end || !islower((unsigned char)at[2]));
    *text = slice_from(at, (size_t)(end - at));
    return true;
}
