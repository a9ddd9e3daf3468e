#include "api/request/cursor.h"
#include "core/base/buf.h"
#include <endian.h>
#include <sodium.h>

/* version, direction, fingerprint, then each key: 0 for null, or 1 and its value (8 bytes, or 2 of length and the text) */
#define VERSION   1
#define BYTES_MAX 6000
#define VARIANT   sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define UNREADABLE                                                                                           \
    "This is not a cursor of this list. Take one from `next` or `previous`, or omit it to start at the "     \
    "beginning."

static void put_u64(struct buf *b, uint64_t value)
{
    value = htobe64(value);
    buf_put(b, &value, sizeof value);
}

char *list_cursor_write(struct arena *a, uint64_t fingerprint, const struct cursor *cursor,
                        const enum browse_type *types, size_t n_types)
{
    AUTO_BUF b = {0};
    buf_putc(&b, VERSION);
    buf_putc(&b, (char)cursor->way);
    put_u64(&b, fingerprint);
    bool keys = cursor->way == CURSOR_AFTER || cursor->way == CURSOR_BEFORE;
    for (size_t i = 0; keys && i < n_types; i++) {
        const struct browse_value *key = &cursor->keys[i];
        buf_putc(&b, key->null ? 0 : 1);
        if (key->null)
            continue;
        if (types[i] != BROWSE_TEXT) {
            put_u64(&b, (uint64_t)key->number);
            continue;
        }
        uint16_t length = htobe16((uint16_t)key->text.len);
        buf_put(&b, &length, sizeof length);
        buf_put(&b, key->text.ptr, key->text.len);
    }
    size_t size = sodium_base64_ENCODED_LEN(b.len, VARIANT);
    char *out = arena_alloc(a, size);
    sodium_bin2base64(out, size, (const unsigned char *)b.ptr, b.len, VARIANT);
    return out;
}

static bool get(slice *rest, size_t n, const void **out)
{
    if (rest->len < n)
        return false;
    *out = rest->ptr;
    *rest = slice_from(rest->ptr + n, rest->len - n);
    return true;
}

static bool get_u64(slice *rest, uint64_t *out)
{
    const void *at;
    if (!get(rest, sizeof *out, &at))
        return false;
    memcpy(out, at, sizeof *out);
    *out = be64toh(*out);
    return true;
}

static bool get_key(slice *rest, enum browse_type type, struct browse_value *out)
{
    const void *at;
    uint64_t number;
    uint16_t length;
    *out = (struct browse_value){.null = true};
    if (!get(rest, 1, &at) || *(const unsigned char *)at > 1)
        return false;
    if (*(const unsigned char *)at == 0)
        return true;
    out->null = false;
    if (type != BROWSE_TEXT) {
        bool ok = get_u64(rest, &number);
        out->number = ok ? (int64_t)number : 0;
        /* PostgreSQL counts times from 2000: stay far from the ends */
        return ok && (type != BROWSE_TIME || (out->number > -(1LL << 57) && out->number < 1LL << 57));
    }
    if (!get(rest, sizeof length, &at))
        return false;
    memcpy(&length, at, sizeof length);
    length = be16toh(length);
    if (!get(rest, length, &at))
        return false;
    out->text = slice_from(at, length);
    return slice_utf8_valid(out->text) && slice_find(out->text, '\0') < 0;
}

bool list_cursor_read(struct arena *a, slice text, uint64_t fingerprint, const enum browse_type *types,
                      size_t n_types, struct cursor *out, const char **why_out)
{
    const void *at;
    size_t length;
    uint64_t of;
    *out = (struct cursor){.way = CURSOR_BEGIN};
    *why_out = UNREADABLE;
    if (text.len == 0)
        return true;
    unsigned char *bytes = arena_alloc(a, BYTES_MAX);
    if (sodium_base642bin(bytes, BYTES_MAX, text.ptr, text.len, NULL, &length, NULL, VARIANT) != 0)
        return false;
    slice rest = slice_from((char *)bytes, length);
    if (!get(&rest, 2, &at) || ((const char *)at)[0] != VERSION ||
        ((const unsigned char *)at)[1] > CURSOR_END || !get_u64(&rest, &of))
        return false;
    out->way = ((const unsigned char *)at)[1];
    if (of != fingerprint) {
        *why_out = "This cursor belongs to another list, or to other filters, search or ordering. Leave it "
                   "empty to begin.";
        return false;
    }
    bool keys = out->way == CURSOR_AFTER || out->way == CURSOR_BEFORE;
    for (size_t i = 0; keys && i < n_types; i++)
        if (!get_key(&rest, types[i], &out->keys[i]))
            return false;
    return rest.len == 0;
}
