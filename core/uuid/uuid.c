#include "core/uuid/uuid.h"
#include <stdio.h>

#define PREFIX_HIGH 0x6769746f6d618000u /* "gitoma", version 8, 12 bits for the kind */
#define VARIANT     0x8000000000000000u
#define ID_MASK     0x3fffffffffffffffu

/* The lowest n bytes, two digits each. */
static inline char *put_hex(char *at, uint64_t value, int n)
{
    static const char hex[] = "0123456789abcdef";
    for (int shift = 8 * (n - 1); shift >= 0; shift -= 8) {
        *at++ = hex[value >> (shift + 4) & 15];
        *at++ = hex[value >> shift & 15];
    }
    return at;
}

void record_id_change(char text[UUID_TEXT_SIZE], int64_t github_id)
{
    uint64_t low = VARIANT | ((uint64_t)github_id & ID_MASK);
    put_hex(text + 19, low >> 48, 2);
    put_hex(text + 24, low, 6);
}

char *record_id_format(enum record_kind kind, int64_t github_id, char out[UUID_TEXT_SIZE])
{
    memcpy(out, "6769746f-6d61-8000-8000-000000000000", UUID_TEXT_SIZE);
    put_hex(out + 14, (PREFIX_HIGH | (uint64_t)kind) & 0xffff, 2);
    record_id_change(out, github_id);
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
