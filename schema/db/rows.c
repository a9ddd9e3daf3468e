/* Binary rows as values. */
#include "schema/db/db_private.h"
#include <arpa/inet.h>
#include <assert.h>
#include <endian.h>
#include <stdlib.h>

void db_rows_clear(struct db_rows *rows)
{
    PQclear(rows->result);
    rows->result = NULL;
    rows->n = 0;
}

bool db_is_null(const struct db_rows *rows, int row, int col)
{
    return PQgetisnull(rows->result, row, col);
}

int64_t db_i64(const struct db_rows *rows, int row, int col)
{
    const char *v = PQgetvalue(rows->result, row, col);
    if (db_is_null(rows, row, col))
        return 0;
    switch (PQftype(rows->result, col)) {
    case 20: {
        uint64_t be;
        memcpy(&be, v, sizeof be);
        return (int64_t)be64toh(be);
    }
    case 23: {
        uint32_t be;
        memcpy(&be, v, sizeof be);
        return (int32_t)ntohl(be);
    }
    case 21: {
        uint16_t be;
        memcpy(&be, v, sizeof be);
        return (int16_t)ntohs(be);
    }
    default:
        abort(); /* the statement's columns and its reader disagree */
    }
}

double db_f64(const struct db_rows *rows, int row, int col)
{
    if (db_is_null(rows, row, col))
        return 0;
    assert(PQftype(rows->result, col) == 701);
    uint64_t be;
    double value;
    memcpy(&be, PQgetvalue(rows->result, row, col), sizeof be);
    be = be64toh(be);
    memcpy(&value, &be, sizeof value);
    return value;
}

bool db_bool(const struct db_rows *rows, int row, int col)
{
    assert(PQftype(rows->result, col) == 16);
    return !db_is_null(rows, row, col) && PQgetvalue(rows->result, row, col)[0] != 0;
}

slice db_text(const struct db_rows *rows, int row, int col)
{
    if (db_is_null(rows, row, col))
        return (slice){NULL, 0};
    slice value = slice_from(PQgetvalue(rows->result, row, col), (size_t)PQgetlength(rows->result, row, col));
    if (PQftype(rows->result, col) == 3802) /* jsonb's binary form is a version byte and the text */
        value = slice_from(value.ptr + 1, value.len - 1);
    return value;
}

int64_t db_time_us(const struct db_rows *rows, int row, int col)
{
    uint64_t be;
    if (db_is_null(rows, row, col))
        return 0;
    assert(PQftype(rows->result, col) == 1184);
    memcpy(&be, PQgetvalue(rows->result, row, col), sizeof be);
    return (int64_t)be64toh(be) + PG_EPOCH_US;
}

int64_t db_time(const struct db_rows *rows, int row, int col)
{
    if (db_is_null(rows, row, col))
        return 0;
    assert(PQftype(rows->result, col) == 1184);
    uint64_t be;
    memcpy(&be, PQgetvalue(rows->result, row, col), sizeof be);
    int64_t us = (int64_t)be64toh(be);
    if (us == INT64_MAX || us == INT64_MIN)
        return us;
    us += PG_EPOCH_US;
    return us >= 0 ? us / 1000 : -((-us + 999) / 1000);
}

/* The items of an array of one dimension; NULL: null, or none. */
static const char *items_of(const struct db_rows *rows, int row, int col, Oid type, size_t *n_out)
{
    *n_out = 0;
    if (db_is_null(rows, row, col))
        return NULL;
    assert(PQftype(rows->result, col) == type);
    const char *v = PQgetvalue(rows->result, row, col);
    uint32_t head[5]; /* dimensions, has-null, oid, length, lower bound */
    memcpy(head, v, 12);
    if (ntohl(head[0]) == 0)
        return NULL;
    memcpy(head, v, sizeof head);
    *n_out = ntohl(head[3]);
    return v + sizeof head;
}

const slice *db_texts(const struct db_rows *rows, int row, int col, struct arena *a, size_t *n_out)
{
    size_t n;
    uint32_t length;
    const char *at = items_of(rows, row, col, 1009, &n);
    *n_out = 0;
    if (!at)
        return NULL;
    slice *items = arena_array(a, n, sizeof *items);
    for (size_t i = 0; i < n; i++) {
        memcpy(&length, at, 4);
        length = ntohl(length);
        at += 4;
        if (length == UINT32_MAX) /* null */
            continue;
        items[(*n_out)++] = slice_from(at, length);
        at += length;
    }
    return items;
}

const int64_t *db_i64s(const struct db_rows *rows, int row, int col, struct arena *a, size_t *n_out)
{
    const char *at = items_of(rows, row, col, 1016, n_out);
    if (!at)
        return NULL;
    int64_t *items = arena_array(a, *n_out, sizeof *items);
    for (size_t i = 0; i < *n_out; i++) {
        uint64_t be;
        uint32_t length;
        memcpy(&length, at, 4);
        assert(ntohl(length) == 8);
        memcpy(&be, at + 4, 8);
        items[i] = (int64_t)be64toh(be);
        at += 12;
    }
    return items;
}

size_t db_length(const struct db_rows *rows, int row, int col)
{
    uint32_t dimensions = 0, length = 0;
    const char *v = PQgetvalue(rows->result, row, col);
    if (db_is_null(rows, row, col))
        return 0;
    memcpy(&dimensions, v, 4);
    if (dimensions)
        memcpy(&length, v + 12, 4);
    return ntohl(length);
}
