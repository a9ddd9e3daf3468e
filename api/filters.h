/* filters: which parameters filter which list, as a table, and their values checked. Pure.
 * `field` is an exact match, `field__lte` and so on the other lookups. Unknown parameters, empty values and bad booleans
 * are ignored; bad numbers and dates are errors under the parameter's own name. */
#pragma once
#include "api/params.h"
#include "schema/browse.h"

enum lookup { LOOKUP_EXACT = 1, LOOKUP_LTE = 2, LOOKUP_GTE = 4, LOOKUP_ISNULL = 8, LOOKUP_CONTAINS = 16 };

struct filter_field {
    enum browse_column column;
    unsigned lookups; /* enum lookup, or-ed */
};
/* The table of a list, for serving and for documentation. */
const struct filter_field *filter_fields(enum browse_list list, size_t *n_out);

/* What may stand behind a field's name, and what it asks for. */
struct filter_lookup {
    const char *suffix;
    enum lookup lookup;
    enum browse_op op;
    const char *about; /* between the field's name and the value */
};
const struct filter_lookup *filter_lookups(size_t *n_out);

struct filter_error {
    slice parameter;
    const char *message;
};

struct filters {
    struct browse_filter items[BROWSE_MAX_FILTERS];
    size_t n;
    struct filter_error errors[BROWSE_MAX_FILTERS];
    size_t n_errors;
};
/* Values borrow from params. */
void filters_parse(enum browse_list list, const struct param_list *params, struct filters *out);
