#include "export/number_rows.h"
#include "core/base/buf.h"
#include "core/base/day.h"
#include "export/row_sort.h"

#define CHUNK_BYTES  (30 << 20)
#define PIECE        (64 << 10)
#define HEADER_BYTES 19 /* of COPY's binary format: signature, flags, length of the (absent) extension */
#define DAY_US       (DAY_MS * 1000)
#define DAYS_TO_2000 10957
#define ERA_DAYS     146097 /* the calendar repeats after 400 years */

struct reading {
    const struct snapshot_table *table;
    struct row_sort *sort;
    int n;
    bool begun;
    const struct number_rows_calls *calls;
};

bool number_rows_fit(const struct snapshot_table *table)
{
    for (const struct snapshot_column *c = table->columns; c->name; c++)
        if (c->type != SNAPSHOT_NUMBER && c->type != SNAPSHOT_TIME && c->type != SNAPSHOT_DAY)
            return false;
    return true;
}

/* ---- COPY's binary format (https://www.postgresql.org/docs/15/sql-copy.html) ---- */

static bool take_int(slice *rest, size_t n, int64_t *out)
{
    uint64_t value = 0;
    if (rest->len < n)
        return false;
    for (size_t i = 0; i < n; i++)
        value = value << 8 | (unsigned char)rest->ptr[i];
    *rest = slice_from(rest->ptr + n, rest->len - n);
    *out = n == 8 ? (int64_t)value : n == 4 ? (int32_t)value : (int16_t)value;
    return true;
}

/* The last number of a row has a bit for each column that is null. */
static bool take_fields(struct reading *r, slice rest, int64_t *row)
{
    int64_t size;
    row[r->n] = 0;
    for (int i = 0; i < r->n; i++) {
        if (!take_int(&rest, 4, &size))
            return false;
        row[i] = 0;
        if (size == -1)
            row[r->n] |= INT64_C(1) << i;
        else if ((size != 8 && size != 4) || !take_int(&rest, (size_t)size, &row[i]))
            return false;
    }
    return rest.len == 0;
}

static bool take_row(void *context, slice message, struct err *err)
{
    struct reading *r = context;
    int64_t n = 0;
    if (!r->begun) {
        if (message.len < HEADER_BYTES)
            return err_set(err, ERR_INTERNAL, "COPY began with %zu bytes", message.len);
        message = slice_from(message.ptr + HEADER_BYTES, message.len - HEADER_BYTES);
        r->begun = true;
    }
    if (!message.len)
        return true;
    if (!take_int(&message, 2, &n) || (n != -1 && n != r->n))
        return err_set(err, ERR_INTERNAL, "a row of %s has %d fields, expected %d", r->table->name, (int)n,
                       r->n);
    if (n == -1) /* the end */
        return true;
    int64_t *row = row_sort_add(r->sort, err);
    if (!row)
        return false;
    if (!take_fields(r, message, row))
        return err_set(err, ERR_INTERNAL, "a row of %s does not consist of numbers", r->table->name);
    return r->calls->counted(r->calls->context, err);
}

/* ---- text ---- */

static void put_number(struct buf *b, int64_t value)
{
    char text[24];
    size_t at = sizeof text;
    uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do
        text[--at] = (char)('0' + left % 10);
    while (left /= 10);
    if (value < 0)
        text[--at] = '-';
    buf_put(b, text + at, sizeof text - at);
}

static void put_padded(struct buf *b, int64_t value, int n)
{
    char text[8];
    for (int i = n - 1; i >= 0; i--, value /= 10)
        text[i] = (char)('0' + value % 10);
    buf_put(b, text, (size_t)n);
}

/* Since 1970. True: BC, which is written at the end. */
static bool put_day(struct buf *b, int64_t day)
{
    static _Thread_local int64_t last = INT64_MIN;
    static _Thread_local char text[DAY_TEXT_SIZE];
    int64_t year, eras = 0;
    if (day < -719162) /* the year 1 */
        eras = (day + 719162) / ERA_DAYS - 1;
    else if (day > 2932896) /* the year 9999 */
        eras = (day - 2932896) / ERA_DAYS + 1;
    if (day != last || eras)
        day_text(day - eras * ERA_DAYS, text);
    last = eras ? INT64_MIN : day;
    if (!eras) {
        buf_put(b, text, DAY_TEXT_SIZE - 1);
        return false;
    }
    (void)slice_i64(slice_from(text, 4), 0, 9999, &year);
    year += eras * 400;
    bool bc = year <= 0;
    if (bc)
        year = 1 - year;
    if (year > 9999)
        put_number(b, year);
    else
        put_padded(b, year, 4);
    buf_put(b, text + 4, DAY_TEXT_SIZE - 5);
    return bc;
}

/* Microseconds since 2000. */
static void put_time(struct buf *b, int64_t us)
{
    if (us == INT64_MAX || us == INT64_MIN) {
        buf_puts(b, us > 0 ? "infinity" : "-infinity");
        return;
    }
    int64_t day = us / DAY_US - (us % DAY_US < 0), rest = us - day * DAY_US, second = rest / 1000000;
    bool bc = put_day(b, day + DAYS_TO_2000);
    buf_putc(b, ' ');
    put_padded(b, second / 3600, 2);
    buf_putc(b, ':');
    put_padded(b, second / 60 % 60, 2);
    buf_putc(b, ':');
    put_padded(b, second % 60, 2);
    if (rest % 1000000) {
        buf_putc(b, '.');
        put_padded(b, rest % 1000000, 6);
        while (b->len && b->ptr[b->len - 1] == '0')
            b->len--;
    }
    buf_puts(b, bc ? "+00 BC" : "+00");
}

static void put_date(struct buf *b, int64_t day)
{
    if (day == INT32_MAX || day == INT32_MIN)
        buf_puts(b, day > 0 ? "infinity" : "-infinity");
    else if (put_day(b, day + DAYS_TO_2000))
        buf_puts(b, " BC");
}

static void put_row(struct buf *b, const struct snapshot_column *columns, int n, const int64_t *row)
{
    for (int i = 0; i < n; i++) {
        if (i)
            buf_putc(b, ',');
        if (row[n] >> i & 1)
            continue;
        if (columns[i].type == SNAPSHOT_TIME)
            put_time(b, row[i]);
        else if (columns[i].type == SNAPSHOT_DAY)
            put_date(b, row[i]);
        else
            put_number(b, row[i]);
    }
    buf_putc(b, '\n');
}

static bool flush(struct sink *sink, struct buf *b, struct err *err)
{
    bool ok = sink_put(sink, buf_slice(b), err);
    buf_reset(b);
    return ok;
}

static bool write_rows(struct reading *r, struct sink *sink, struct err *err)
{
    AUTO_BUF b = {0};
    const int64_t *row = NULL;
    bool ok = row_sort_finish(r->sort, err);
    for (int i = 0; i < r->n; i++) {
        buf_puts(&b, i ? "," : "");
        buf_puts(&b, r->table->columns[i].name);
    }
    buf_putc(&b, '\n');
    while (ok && (ok = row_sort_next(r->sort, &row, err)) && row) {
        put_row(&b, r->table->columns, r->n, row);
        if (b.len > PIECE)
            ok = flush(sink, &b, err) && r->calls->is_going_on(r->calls->context, err);
    }
    ok = ok && flush(sink, &b, err);
    return ok;
}

bool number_rows_write(struct db *db, const char *sql, const struct snapshot_table *table, const char *folder,
                       struct sink *sink, const struct number_rows_calls *calls, struct err *err)
{
    struct reading r = {.table = table, .n = (int)snapshot_n_columns(table), .calls = calls};
    r.sort = row_sort_create(r.n + 1, table->n_key, CHUNK_BYTES, folder);
    bool ok = db_copy_out(db, sql, take_row, &r, err) && write_rows(&r, sink, err);
    row_sort_destroy(r.sort);
    return ok;
}
