/* jr: a pull reader of JSON text (RFC 8259): one token a call, no tree, no copies, no allocation.
 * A token's text is borrowed; strings come without their quotes, with their escapes. Structure
 * and literals are checked; the digits of escapes and the encoding are not. Nesting is bounded (JR_MAX_DEPTH). */
#pragma once
#include "core/base/slice.h"

#define JR_MAX_DEPTH 32

enum jr_token {
    JR_END, /* the text is used up; also every call after */
    JR_ERROR,
    JR_OBJECT,
    JR_END_OBJECT,
    JR_ARRAY,
    JR_END_ARRAY,
    JR_KEY,    /* text: without quotes */
    JR_STRING, /* text: without quotes */
    JR_NUMBER, /* this and the rest: text verbatim */
    JR_TRUE,
    JR_FALSE,
    JR_NULL,
};

struct jr {
    slice rest;
    slice text; /* of the last token */
    int depth;  /* containers open after the last token */
    bool is_array[JR_MAX_DEPTH + 1], has_items[JR_MAX_DEPTH + 1];
    bool after_key, failed;
};

void jr_init(struct jr *r, slice text);
enum jr_token jr_next(struct jr *r);
/* Reads the rest of the container that the last token opened; after any other token, nothing. False on an error. */
bool jr_skip(struct jr *r, enum jr_token last);
