/* params: a query string (or an urlencoded form) as sorted, unique, decoded keys and values. Pure.
 * The last of a repeated key wins; addresses built from it keep all of them. '+' is a space; a '%' without two hex digits is
 * literal. */
#pragma once
#include "core/base/arena.h"
#include "core/base/buf.h"

#define PARAMS_MAX 200

struct param {
    slice key, value;
};

struct param_list {
    struct param *items; /* one per key, sorted by the bytes of the key */
    size_t n;
    struct param *given; /* all given pairs, sorted by key, repeated ones in their order */
    size_t n_given;
};

/* False with a sentence in *why_out (in the arena) naming the parameter: NUL or bytes that are not UTF-8, too many.
 * If NULs in values are the only error, the values are in *out nevertheless, so that the caller can name the parameters. */
MUST_CHECK bool params_parse(struct arena *a, slice text, struct param_list *out, const char **why_out);
/* ptr NULL: not given. */
slice params_get(const struct param_list *params, const char *key);
/* The given pairs with that value for key, sorted; value.ptr NULL: without the key. For addresses: its items are all given
 * pairs. */
struct param_list params_with(struct arena *a, const struct param_list *params, slice key, slice value);
/* Decodes one segment of a path; false for NUL, '/' and bytes that are not UTF-8. '+' is literal. */
MUST_CHECK bool params_decode_segment(struct arena *a, slice text, slice *out);
/* As HTML forms encode: letters, digits, "_.-~" stay, a space becomes '+'. */
void params_encode(struct buf *out, slice text);
/* "?key=value&key=value", encoded, with the separator between pairs ("&amp;" in HTML); nothing without parameters. */
void params_put_query(struct buf *out, const struct param_list *params, const char *separator);
