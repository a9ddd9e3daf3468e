/* value: numbers, dates and booleans as people write them into a query string. Pure. */
#pragma once
#include "core/base/slice.h"

/* A decimal number for comparison with whole ones: its floor, and whether it had a fraction. Beyond int64 the floor is the
 * nearest int64 and `beyond` is the side. */
struct number {
    int64_t floor;
    bool fraction;
    int beyond; /* -1, 0, 1 */
};
/* "5", "-5", "5.0", " 5 ", "1e3". */
MUST_CHECK bool value_number(slice text, struct number *out);

/* A whole number from min (0 or more) to max: "7", "+7", " 7 ", "007". */
MUST_CHECK bool value_whole(slice text, int64_t min, int64_t max, int64_t *out);
/* The same, but a larger one counts as max. */
MUST_CHECK bool value_whole_up_to(slice text, int64_t min, int64_t max, int64_t *out);

/* "2020-01-02", optionally with a time after 'T' or a space: "03:04", "03:04:05", "03:04:05.678" (a fraction only of seconds); then nothing (UTC), "Z", or an
 * offset "+02:00", "+0200", "+02" (a '+' that became a space counts). One digit is accepted instead of two, except in the
 * offset. Years 1 to 9999. *fraction_out: parts of a millisecond were cut off. */
MUST_CHECK bool value_time(slice text, int64_t *at_ms_out, bool *fraction_out);

/* true or 1, false or 0; letters in any case. */
#define VALUE_BOOL_EXPECTED "Enter true or false."
MUST_CHECK bool value_bool(slice text, bool *out);
