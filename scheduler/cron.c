/* Parsing turns each field into a bit set; finding the next time walks days (at most eight years of them) and, within the
 * first day that fits, the minutes. Days are counted in the proleptic Gregorian calendar, so no time zone and no libc
 * state is involved. */
#include "scheduler/cron.h"
#include "core/base/attr.h"

#define MINUTE_MS   60000
#define DAY_MINUTES 1440
#define SEARCH_DAYS 2922 /* eight years with two leap days; 29 February 2096 to 2104 is the widest gap */

struct field {
    const char *name;
    int64_t min, max;
    const char *const *names; /* of min, min + 1, …; NULL: numbers only */
    size_t n_names;
};

static const char *const month_names[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                          "jul", "aug", "sep", "oct", "nov", "dec"};
static const char *const weekday_names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

enum { MINUTE, HOUR, DAY, MONTH, WEEKDAY, N_FIELDS };

static const struct field fields[N_FIELDS] = {
    [MINUTE] = {"minute", 0, 59, NULL, 0},
    [HOUR] = {"hour", 0, 23, NULL, 0},
    [DAY] = {"day of month", 1, 31, NULL, 0},
    [MONTH] = {"month", 1, 12, month_names, ARRAY_LEN(month_names)},
    [WEEKDAY] = {"day of week", 0, 7, weekday_names, ARRAY_LEN(weekday_names)},
};

static const struct {
    const char *name, *means;
} shorthands[] = {
    {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"}, {"@weekly", "0 0 * * 0"},
    {"@daily", "0 0 * * *"},  {"@midnight", "0 0 * * *"}, {"@hourly", "0 * * * *"},
};

#define PIECE_MAX 40 /* how much of a wrong piece an error repeats */

static slice shown(slice piece)
{
    return slice_from(piece.ptr, piece.len > PIECE_MAX ? PIECE_MAX : piece.len);
}

static bool wrong_value(const struct field *f, slice piece, slice value, struct err *err)
{
    return err_set(err, ERR_CONFIG, "%s: \"%.*s\" in \"%.*s\": expected a number from %d to %d%s", f->name,
                   SLICE_ARG(shown(value)), SLICE_ARG(shown(piece)), (int)f->min, (int)f->max,
                   f->names ? " or a three-letter English name" : "");
}

static bool parse_value(const struct field *f, slice piece, slice text, int64_t *out, struct err *err)
{
    for (size_t i = 0; i < f->n_names; i++) {
        if (slice_eq_nocase(text, slice_of(f->names[i]))) {
            *out = f->min + (int64_t)i;
            return true;
        }
    }
    return slice_i64(text, f->min, f->max, out) || wrong_value(f, piece, text, err);
}

/* One piece of a comma list: "*", "5", "1-5", each with an optional "/n". "5/10" is 5-max/10. */
static bool parse_piece(const struct field *f, slice piece, uint64_t *bits, struct err *err)
{
    int64_t from = f->min, to = f->max, step = 1, steps_max = f->max - f->min + 1;
    slice range = piece;
    ptrdiff_t slash = slice_find(piece, '/');
    if (slash >= 0) {
        slice text = slice_from(piece.ptr + slash + 1, piece.len - (size_t)slash - 1);
        range = slice_from(piece.ptr, (size_t)slash);
        if (!slice_i64(text, 1, steps_max, &step))
            return err_set(err, ERR_CONFIG, "%s: step \"%.*s\" in \"%.*s\": expected a number from 1 to %d",
                           f->name, SLICE_ARG(shown(text)), SLICE_ARG(shown(piece)), (int)steps_max);
    }
    if (!slice_eq(range, SLICE("*"))) {
        ptrdiff_t dash = slice_find(range, '-');
        slice first = slice_from(range.ptr, dash < 0 ? range.len : (size_t)dash);
        if (!parse_value(f, piece, first, &from, err))
            return false;
        if (dash >= 0) {
            slice last = slice_from(range.ptr + dash + 1, range.len - (size_t)dash - 1);
            if (!parse_value(f, piece, last, &to, err))
                return false;
        } else if (slash < 0) {
            to = from;
        }
        if (to < from)
            return err_set(err, ERR_CONFIG, "%s: range \"%.*s\": expected the smaller end first", f->name,
                           SLICE_ARG(shown(piece)));
    }
    for (int64_t n = from; n <= to; n += step)
        *bits |= UINT64_C(1) << n;
    return true;
}

static bool parse_field(const struct field *f, slice text, uint64_t *bits_out, struct err *err)
{
    slice rest = text, piece;
    *bits_out = 0;
    while (slice_split(&rest, ',', &piece)) {
        if (!piece.len)
            return err_set(err, ERR_CONFIG, "%s: nothing between the commas of \"%.*s\": expected a value",
                           f->name, SLICE_ARG(shown(text)));
        if (!parse_piece(f, piece, bits_out, err))
            return false;
    }
    return true;
}

/* Takes the next word off the front; false at the end. */
static bool next_word(slice *rest, slice *word_out)
{
    while (rest->len && is_blank(rest->ptr[0]))
        *rest = slice_from(rest->ptr + 1, rest->len - 1);
    size_t n = 0;
    while (n < rest->len && !is_blank(rest->ptr[n]))
        n++;
    *word_out = slice_from(rest->ptr, n);
    *rest = slice_from(rest->ptr + n, rest->len - n);
    return n > 0;
}

static bool expand_shorthand(slice *text, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(shorthands); i++) {
        if (slice_eq_nocase(*text, slice_of(shorthands[i].name))) {
            *text = slice_of(shorthands[i].means);
            return true;
        }
    }
    return err_set(
        err, ERR_CONFIG,
        "\"%.*s\": expected @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly or five fields",
        SLICE_ARG(shown(*text)));
}

bool cron_parse(slice text, struct cron_spec *spec_out, struct err *err)
{
    uint64_t bits[N_FIELDS];
    bool starred[N_FIELDS];
    slice rest = slice_trim(text), word;
    if (rest.len && rest.ptr[0] == '@' && !expand_shorthand(&rest, err))
        return false;
    for (int i = 0; i < N_FIELDS; i++) {
        if (!next_word(&rest, &word))
            return err_set(err, ERR_CONFIG,
                           "%s: missing: expected five fields (minute hour day-of-month month day-of-week)",
                           fields[i].name);
        if (!parse_field(&fields[i], word, &bits[i], err))
            return false;
        starred[i] = word.ptr[0] == '*';
    }
    if (next_word(&rest, &word))
        return err_set(err, ERR_CONFIG, "\"%.*s\" after the day of week: expected exactly five fields",
                       SLICE_ARG(shown(word)));
    *spec_out = (struct cron_spec){
        .minutes = bits[MINUTE],
        .hours = (uint32_t)bits[HOUR],
        .days = (uint32_t)bits[DAY],
        .months = (uint16_t)bits[MONTH],
        .weekdays = (uint8_t)((bits[WEEKDAY] | bits[WEEKDAY] >> 7) & 0x7f), /* 7 is Sunday too */
        .any_day = starred[DAY],
        .any_weekday = starred[WEEKDAY],
    };
    return true;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Month and day of a day counted from 1970-01-01. Years are counted from March, so that the leap day comes last. */
static void month_and_day(int64_t days, int *month_out, int *day_out)
{
    int64_t shifted = days + 719468; /* from 0000-03-01 */
    int64_t day_of_era = shifted - floor_div(shifted, 146097) * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* 0 = March */
    *day_out = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    *month_out = (int)(month < 10 ? month + 3 : month - 9);
}

static bool day_fits(const struct cron_spec *spec, int64_t days)
{
    int month, day;
    month_and_day(days, &month, &day);
    if (!(spec->months >> month & 1))
        return false;
    int64_t weekday = days + 4 - floor_div(days + 4, 7) * 7; /* 1970-01-01 was a Thursday */
    bool day_hit = spec->days >> day & 1;
    bool weekday_hit = spec->weekdays >> weekday & 1;
    if (spec->any_day || spec->any_weekday)
        return day_hit && weekday_hit;
    return day_hit || weekday_hit;
}

/* The first fitting minute of a day from `from` on, or -1. */
static int64_t minute_of_day(const struct cron_spec *spec, int64_t from)
{
    for (int64_t hour = from / 60; hour < 24; hour++) {
        if (!(spec->hours >> hour & 1))
            continue;
        for (int64_t minute = hour == from / 60 ? from % 60 : 0; minute < 60; minute++)
            if (spec->minutes >> minute & 1)
                return hour * 60 + minute;
    }
    return -1;
}

bool cron_next(const struct cron_spec *spec, int64_t after_ms, int64_t *next_ms_out)
{
    int64_t minute = floor_div(after_ms, MINUTE_MS) + 1;
    int64_t today = floor_div(minute, DAY_MINUTES);
    for (int64_t day = today; day <= today + SEARCH_DAYS; day++) {
        if (!day_fits(spec, day))
            continue;
        int64_t hit = minute_of_day(spec, day == today ? minute - today * DAY_MINUTES : 0);
        int64_t at_ms;
        if (hit < 0)
            continue;
        if (__builtin_mul_overflow(day * DAY_MINUTES + hit, (int64_t)MINUTE_MS, &at_ms))
            return false;
        *next_ms_out = at_ms;
        return true;
    }
    return false;
}
