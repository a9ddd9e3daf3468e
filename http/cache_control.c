#include "http/cache_control.h"
#include "core/base/token.h"
#include "http/fields.h"

static int64_t seconds_of(slice value, int64_t fallback)
{
    int64_t n;
    if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
        value = slice_from(value.ptr + 1, value.len - 2);
    if (slice_i64(value, 0, INT32_MAX, &n))
        return n;
    for (size_t i = 0; i < value.len; i++)
        if (!is_digit(value.ptr[i]))
            return fallback;
    return value.len ? INT32_MAX : fallback; /* a larger number is this one (RFC 9111, 1.2.2) */
}

/* Of two values, the first of which may not have been said (-1). */
static int64_t smaller(int64_t one, int64_t other)
{
    return one < 0 || (other >= 0 && other < one) ? other : one;
}

static int64_t larger(int64_t one, int64_t other)
{
    return other > one ? other : one;
}

/* Of a directive that comes several times, such as one of the client and one of a proxy, the strictest counts. */
static void take(slice name, slice value, struct directives *out)
{
    if (slice_eq_nocase(name, SLICE("no-cache")))
        out->no_cache = true;
    else if (slice_eq_nocase(name, SLICE("no-store")))
        out->no_store = true;
    else if (slice_eq_nocase(name, SLICE("only-if-cached")))
        out->only_if_cached = true;
    else if (slice_eq_nocase(name, SLICE("max-age")))
        out->max_age_s = smaller(out->max_age_s, seconds_of(value, -1));
    else if (slice_eq_nocase(name, SLICE("min-fresh")))
        out->min_fresh_s = larger(out->min_fresh_s, seconds_of(value, 0));
    else if (slice_eq_nocase(name, SLICE("stale-if-error")))
        out->stale_if_error_s = smaller(out->stale_if_error_s, value.ptr ? seconds_of(value, -1) : INT64_MAX);
    else if (slice_eq_nocase(name, SLICE("stale-while-revalidate")))
        out->stale_while_revalidate_s =
            smaller(out->stale_while_revalidate_s, value.ptr ? seconds_of(value, -1) : INT64_MAX);
}

void directives_parse(const char *cache_control, const char *pragma, struct directives *out)
{
    slice rest = slice_of(cache_control), one;
    *out = (struct directives){.max_age_s = -1, .stale_if_error_s = -1, .stale_while_revalidate_s = -1};
    while (slice_split(&rest, ',', &one)) {
        ptrdiff_t equals = slice_find(one, '=');
        slice name = slice_trim(equals < 0 ? one : slice_from(one.ptr, (size_t)equals));
        slice value = {NULL, 0};
        if (equals >= 0)
            value = slice_trim(slice_from(one.ptr + equals + 1, one.len - (size_t)equals - 1));
        take(name, value, out);
    }
    if (!cache_control && field_lists(pragma, "no-cache"))
        out->no_cache = true;
    if (out->max_age_s == 0)
        out->no_cache = true;
}
