/* Parameters in wire format: binary, except jsonb. */
#include "schema/db/db_private.h"
#include <arpa/inet.h>
#include <assert.h>
#include <endian.h>

static void put_be32(struct buf *b, int32_t v)
{
    uint32_t be = htonl((uint32_t)v);
    buf_put(b, &be, sizeof be);
}

static void put_be64(struct buf *b, int64_t v)
{
    uint64_t be = htobe64((uint64_t)v);
    buf_put(b, &be, sizeof be);
}

static int64_t pg_time(int64_t unix_ms)
{
    if (unix_ms == INT64_MAX || unix_ms == INT64_MIN)
        return unix_ms;
    return unix_ms * 1000 - PG_EPOCH_US;
}

static void put_array_head(struct buf *b, size_t n, bool has_null, unsigned oid)
{
    put_be32(b, n ? 1 : 0);
    put_be32(b, has_null);
    put_be32(b, (int32_t)oid);
    if (n) {
        put_be32(b, (int32_t)n);
        put_be32(b, 1);
    }
}

static void put_i64s(struct buf *b, const struct db_arg *arg)
{
    put_array_head(b, arg->i64s.n, false, 20);
    for (size_t i = 0; i < arg->i64s.n; i++) {
        put_be32(b, 8);
        put_be64(b, arg->i64s.items[i]);
    }
}

static void put_texts(struct buf *b, const struct db_arg *arg)
{
    bool has_null = false;
    for (size_t i = 0; i < arg->texts.n; i++)
        has_null |= arg->texts.items[i].ptr == NULL;
    put_array_head(b, arg->texts.n, has_null, 25);
    for (size_t i = 0; i < arg->texts.n; i++) {
        slice item = arg->texts.items[i];
        put_be32(b, item.ptr ? (int32_t)item.len : -1);
        buf_put(b, item.ptr, item.len);
    }
}

/* type: the declared OID, 0 when the server infers it (then integers are sent as int8). */
static void encode(struct wire *w, size_t i, const struct db_arg *arg, unsigned type)
{
    struct buf *b = &w->bytes;
    w->formats[i] = 1;
    w->offsets[i] = b->len;
    w->in_bytes[i] = true;
    switch (arg->type) {
    case DB_ARG_NULL:
        w->values[i] = NULL;
        w->in_bytes[i] = false;
        return;
    case DB_ARG_I64:
        if (type == 23) {
            put_be32(b, (int32_t)arg->i64);
        } else if (type == 21) {
            uint16_t be = htons((uint16_t)arg->i64);
            buf_put(b, &be, sizeof be);
        } else {
            put_be64(b, arg->i64);
        }
        break;
    case DB_ARG_BOOL:
        buf_putc(b, arg->boolean ? 1 : 0);
        break;
    case DB_ARG_TIME:
        put_be64(b, pg_time(arg->i64));
        break;
    case DB_ARG_TIME_US:
        put_be64(b, arg->i64 - PG_EPOCH_US);
        break;
    case DB_ARG_TEXT: /* binary text carries its length, so a NUL inside is refused by the server instead of cutting */
        buf_put(b, arg->text.ptr, arg->text.len);
        if (type == 3802) {
            w->formats[i] = 0;
            buf_putc(b, '\0');
        }
        break;
    case DB_ARG_I64S:
        put_i64s(b, arg);
        break;
    case DB_ARG_TEXTS:
        put_texts(b, arg);
        break;
    }
    w->lengths[i] = (int)(b->len - w->offsets[i]);
}

/* ---- running ---- */

bool wire_encode(struct wire *w, const char *name, const unsigned *types, const struct db_arg *args, size_t n,
                 struct err *err)
{
    assert(n <= MAX_ARGS);
    buf_init(&w->bytes, 128u * 1024u * 1024u);
    for (size_t i = 0; i < n; i++)
        encode(w, i, &args[i], types ? types[i] : 0);
    for (size_t i = 0; i < n; i++)
        if (w->in_bytes[i]) /* empty texts alone fill no buffer, and NULL is null */
            w->values[i] = w->bytes.ptr ? w->bytes.ptr + w->offsets[i] : "";
    if (!w->bytes.overflow)
        return true;
    buf_finish(&w->bytes);
    return err_set(err, ERR_TOO_BIG, "%s: parameters over 128 MiB", name);
}
