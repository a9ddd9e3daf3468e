/* node_id.c: encoding and decoding of global node ids. */
#include "sim/world/node_id.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static const char std_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void base64(struct buf *b, const unsigned char *in, size_t len, const char *alphabet, bool pad)
{
    for (size_t i = 0; i < len; i += 3) {
        unsigned v = (unsigned)in[i] << 16;
        v |= i + 1 < len ? (unsigned)in[i + 1] << 8 : 0;
        v |= i + 2 < len ? in[i + 2] : 0;
        size_t chars = len - i >= 3 ? 4 : len - i + 1;
        for (size_t k = 0; k < 4; k++) {
            if (k < chars)
                buf_add(b, &alphabet[v >> (18 - 6 * k) & 63], 1);
            else if (pad)
                BUF_LIT(b, "=");
        }
    }
}

static size_t unbase64(const char *in, unsigned char *out, size_t size)
{
    unsigned v = 0, bits = 0;
    size_t n = 0;
    for (; *in && *in != '='; in++) {
        const char *at = strchr(std_alphabet, *in);
        if (!at)
            at = *in == '-' ? std_alphabet + 62 : *in == '_' ? std_alphabet + 63 : NULL;
        if (!at || n == size)
            return 0;
        v = v << 6 | (unsigned)(at - std_alphabet);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out[n++] = (unsigned char)(v >> bits & 255);
        }
    }
    return n;
}

void node_id_write(struct buf *b, enum node_kind kind, int64_t id, bool legacy)
{
    if (legacy) {
        static const char *const names[] = {"", "04:User", "012:Organization", "010:Repository", "03:Bot"};
        char text[64];
        int n = snprintf(text, sizeof text, "%s%lld", names[kind], (long long)id);
        base64(b, (const unsigned char *)text, (size_t)n, std_alphabet, true);
        return;
    }
    static const char *const prefixes[] = {"", "U_", "O_", "R_", "BOT_"};
    unsigned char packed[11] = {0x92, 0x00};
    size_t n = 2, width = id <= 0xff ? 1 : id <= 0xffff ? 2 : id <= UINT32_MAX ? 4 : 8;
    if (id >= 0x80)
        packed[n++] = width == 1 ? 0xcc : width == 2 ? 0xcd : width == 4 ? 0xce : 0xcf;
    for (size_t i = width; i-- > 0;)
        packed[n++] = (unsigned char)((uint64_t)id >> (8 * i) & 255);
    buf_str(b, prefixes[kind]);
    base64(b, packed, n, url_alphabet, false);
}

static enum node_kind read_new(const char *text, int64_t *id_out)
{
    enum node_kind kind = text[0] == 'U'   ? NODE_USER
                          : text[0] == 'O' ? NODE_ORG
                          : text[0] == 'B' ? NODE_BOT
                                           : NODE_REPO;
    unsigned char packed[16];
    size_t n = unbase64(text + (kind == NODE_BOT ? 4 : 2), packed, sizeof packed);
    uint64_t id = 0;
    if (n < 3)
        return NODE_NONE;
    for (size_t i = n == 3 ? 2 : 3; i < n; i++)
        id = id << 8 | packed[i];
    *id_out = (int64_t)id;
    return kind;
}

static enum node_kind read_legacy(const char *text, int64_t *id_out)
{
    unsigned char plain[64];
    size_t n = unbase64(text, plain, sizeof plain - 1);
    plain[n] = '\0';
    static const struct {
        const char *prefix;
        enum node_kind kind;
    } kinds[] = {{"04:User", NODE_USER},
                 {"012:Organization", NODE_ORG},
                 {"010:Repository", NODE_REPO},
                 {"03:Bot", NODE_BOT}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t len = strlen(kinds[i].prefix);
        if (strncmp((char *)plain, kinds[i].prefix, len) != 0 || !isdigit(plain[len]))
            continue;
        *id_out = strtoll((char *)plain + len, NULL, 10);
        return kinds[i].kind;
    }
    return NODE_NONE;
}

enum node_kind node_id_read(const char *text, int64_t *id_out)
{
    bool is_new = ((text[0] == 'U' || text[0] == 'O' || text[0] == 'R') && text[1] == '_') ||
                  strncmp(text, "BOT_", 4) == 0;
    if (strlen(text) > 80)
        return NODE_NONE;
    enum node_kind kind = is_new ? read_new(text, id_out) : read_legacy(text, id_out);
    if (kind == NODE_NONE || *id_out <= 0)
        return NODE_NONE;
    struct buf written = {0};
    node_id_write(&written, kind, *id_out, !is_new);
    bool same = written.len == strlen(text) && memcmp(written.data, text, written.len) == 0;
    buf_finish(&written);
    return same ? kind : NODE_NONE;
}
