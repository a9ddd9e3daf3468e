#include "core/model/node_id.h"
#include <assert.h>
#include <sodium/utils.h>
#include <stdio.h>

#define PACKED_MAX 11 /* the array's head, the 0, and a number of eight bytes with its type */

static const struct {
    const char *legacy, *prefix;
} kinds[N_NODE_KINDS] = {
    [NODE_USER] = {"04:User", "U_"},
    [NODE_ORGANIZATION] = {"012:Organization", "O_"},
    [NODE_BOT] = {"03:Bot", "BOT_"},
    [NODE_REPOSITORY] = {"010:Repository", "R_"},
};

char *node_id_legacy(enum node_kind kind, int64_t github_id, char out[NODE_ID_SIZE])
{
    char plain[40];
    int n = snprintf(plain, sizeof plain, "%s%lld", kinds[kind].legacy, (long long)github_id);
    assert(github_id > 0 && n > 0 && (size_t)n < sizeof plain);
    return sodium_bin2base64(out, NODE_ID_SIZE, (const unsigned char *)plain, (size_t)n,
                             sodium_base64_VARIANT_ORIGINAL);
}

/* The shortest form: one byte below 128, else a type and 1, 2, 4 or 8 bytes, the highest first. */
static size_t pack_number(uint64_t number, unsigned char *out)
{
    size_t n = 0, width = number <= UINT8_MAX ? 1 : number <= UINT16_MAX ? 2 : number <= UINT32_MAX ? 4 : 8;
    if (number >= 128)
        out[n++] = (unsigned char)(width == 1 ? 0xcc : width == 2 ? 0xcd : width == 4 ? 0xce : 0xcf);
    for (size_t i = width; i-- > 0;)
        out[n++] = (unsigned char)(number >> (8 * i) & 255);
    return n;
}

char *node_id_new(enum node_kind kind, int64_t github_id, char out[NODE_ID_SIZE])
{
    unsigned char packed[PACKED_MAX] = {0x92, 0x00};
    size_t n = strlen(kinds[kind].prefix);
    assert(github_id > 0);
    memcpy(out, kinds[kind].prefix, n);
    sodium_bin2base64(out + n, NODE_ID_SIZE - n, packed, 2 + pack_number((uint64_t)github_id, packed + 2),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return out;
}

/* Whether `write` produces exactly this text: any other spelling is not an id of GitHub's. */
static bool is_written_by(char *(*write)(enum node_kind, int64_t, char *), slice text, enum node_kind kind,
                          int64_t id)
{
    char room[NODE_ID_SIZE];
    return id > 0 && slice_eq(text, slice_of(write(kind, id, room)));
}

static bool read_new(slice text, enum node_kind kind, int64_t *id_out)
{
    unsigned char packed[PACKED_MAX];
    size_t n, prefix = strlen(kinds[kind].prefix);
    uint64_t id = 0;
    if (sodium_base642bin(packed, sizeof packed, text.ptr + prefix, text.len - prefix, NULL, &n, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        n < 3)
        return false;
    for (size_t i = n == 3 ? 2 : 3; i < n; i++)
        id = id << 8 | packed[i];
    *id_out = (int64_t)id;
    return id <= INT64_MAX && is_written_by(node_id_new, text, kind, *id_out);
}

static bool read_legacy(slice text, enum node_kind *kind_out, int64_t *id_out)
{
    unsigned char plain[NODE_ID_SIZE];
    size_t n;
    if (sodium_base642bin(plain, sizeof plain, text.ptr, text.len, NULL, &n, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    for (enum node_kind kind = 0; kind < N_NODE_KINDS; kind++) {
        slice all = slice_from((const char *)plain, n), head = slice_of(kinds[kind].legacy);
        if (slice_starts(all, head) &&
            slice_i64(slice_from(all.ptr + head.len, n - head.len), 1, INT64_MAX, id_out) &&
            is_written_by(node_id_legacy, text, kind, *id_out)) {
            *kind_out = kind;
            return true;
        }
    }
    return false;
}

bool node_id_read(slice text, enum node_kind *kind_out, int64_t *github_id_out)
{
    if (text.len >= NODE_ID_SIZE)
        return false;
    for (enum node_kind kind = 0; kind < N_NODE_KINDS; kind++)
        if (slice_starts(text, slice_of(kinds[kind].prefix)) && read_new(text, kind, github_id_out)) {
            *kind_out = kind;
            return true;
        }
    return read_legacy(text, kind_out, github_id_out);
}
