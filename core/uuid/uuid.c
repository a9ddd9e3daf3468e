#include "core/uuid/uuid.h"
#include <stdio.h>

#define PREFIX_HIGH 0x6769746f6d618000u /* "gitoma", version 8, 12 bits for the kind */
#define VARIANT     0x8000000000000000u
#define ID_MASK     0x3fffffffffffffffu

char *record_id_format(enum record_kind kind, int64_t github_id, char out[UUID_TEXT_SIZE])
{
    static const char hex[] = "0123456789abcdef";
    uint64_t words[2] = {PREFIX_HIGH | (uint64_t)kind, VARIANT | ((uint64_t)github_id & ID_MASK)};
    char *at = out;
    for (int i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            *at++ = '-';
        *at++ = hex[(words[i / 16] >> (60 - 4 * (i % 16))) & 15];
    }
    *at = '\0';
    return out;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool record_id_parse(slice text, enum record_kind kind, int64_t *github_id_out)
{
    uint64_t words[2] = {0, 0};
    bool dashed = text.len == 36;
    int n = 0;
    if (text.len != 32 && !dashed)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (dashed && (i == 8 || i == 13 || i == 18 || i == 23)) {
            if (text.ptr[i] != '-')
                return false;
            continue;
        }
        int digit = hex_digit(text.ptr[i]);
        if (digit < 0)
            return false;
        words[n / 16] = words[n / 16] << 4 | (uint64_t)digit;
        n++;
    }
    if (words[0] != (PREFIX_HIGH | (uint64_t)kind) || (words[1] & ~ID_MASK) != VARIANT)
        return false;
    *github_id_out = (int64_t)(words[1] & ID_MASK);
    return true;
}
