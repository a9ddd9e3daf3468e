#include "core/uuid/uuid.h"
#include <endian.h>

#define PREFIX_HIGH 0x6769746f6d618000u /* "gitoma", version 8, 12 bits for the kind */
#define VARIANT     0x8000000000000000u
#define ID_MASK     0x3fffffffffffffffu

#define EACH(byte) (0x0101010101010101u * (byte))

/* Writes eight digits at once: each half byte moves into a byte of its own. A page may hold 400,000 ids. */
static inline void put_hex(char *at, uint32_t value)
{
    uint64_t x = (uint64_t)(value >> 16) << 32 | (value & 0xffff);
    x = (x << 8 | x) & 0x00ff00ff00ff00ffu;
    x = (x << 4 | x) & EACH(0x0fu);
    uint64_t is_letter = (x + EACH(6u)) >> 4 & EACH(1u);
    x = htobe64(x + EACH('0') + is_letter * ('a' - '0' - 10));
    memcpy(at, &x, sizeof x);
}

void record_id_change(char text[UUID_TEXT_SIZE], int64_t github_id)
{
    uint64_t low = VARIANT | ((uint64_t)github_id & ID_MASK);
    char digits[16];
    put_hex(digits, (uint32_t)(low >> 32));
    put_hex(digits + 8, (uint32_t)low);
    memcpy(text + 19, digits, 4);
    memcpy(text + 24, digits + 4, 12);
}

char *record_id_format(enum record_kind kind, int64_t github_id, char out[UUID_TEXT_SIZE])
{
    memcpy(out, "6769746f-6d61-8000-8000-000000000000", UUID_TEXT_SIZE);
    char digits[8];
    put_hex(digits, (uint32_t)PREFIX_HIGH | (uint32_t)kind);
    memcpy(out + 14, digits + 4, 4);
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
