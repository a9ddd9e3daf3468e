/* slice: a borrowed run of bytes; never owns, never ends in NUL by itself.
 * A value type: pass it by value. ptr may be NULL only when len is 0. */
#pragma once
#include "core/base/attr.h"
#include <string.h>

typedef struct {
    const char *ptr;
    size_t len;
} slice;

/* printf("%.*s", SLICE_ARG(s)) */
#define SLICE_ARG(s) (int)(s).len, (s).ptr ? (s).ptr : ""
#define SLICE(lit)   ((slice){"" lit, sizeof(lit) - 1})

static inline slice slice_of(const char *text)
{
    return text ? (slice){text, strlen(text)} : (slice){NULL, 0};
}

static inline slice slice_from(const char *ptr, size_t len)
{
    return (slice){ptr, len};
}

/* A space or a tab: what may surround the value of a header field (RFC 9110, 5.6.3). */
static inline bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

bool slice_eq(slice a, slice b);
/* ASCII case folding only: what GitHub does for logins and repository names. */
bool slice_eq_nocase(slice a, slice b);
bool slice_starts(slice s, slice prefix);
bool slice_ends(slice s, slice suffix);
/* Without the spaces, tabs, CR and LF at both ends. */
slice slice_trim(slice s);
/* Index of the first such byte, or -1. */
ptrdiff_t slice_find(slice s, char byte);
/* Takes the part before `sep` off the front of *rest and moves *rest past it; without one, all of it.
 * False when *rest was already used up (ptr NULL). "a,,b" gives "a", "", "b". */
bool slice_split(slice *rest, char sep, slice *head_out);
/* Whole slice as a decimal number within bounds: no sign but '-', no spaces, no overflow. */
bool slice_i64(slice s, int64_t min, int64_t max, int64_t *out);
bool slice_utf8_valid(slice s);
/* Characters of valid UTF-8. */
size_t slice_utf8_length(slice s);
/* Bytes of the well-formed UTF-8 sequence at the front (RFC 3629: no overlong forms, no surrogates), or 0. */
size_t slice_utf8_sequence(slice s);
