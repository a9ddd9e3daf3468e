/* filters: the parameters that filter each list, as a table, and the checks of their values. Pure.
 * `field` is an exact match, `field__lte` and so on the other lookups. Empty values are ignored; an invalid value is an
 * error under the parameter's own name. query.c handles unknown parameters. */
#pragma once
#include "api/request/param_errors.h"
#include "schema/browse/browse.h"

enum lookup {
    LOOKUP_EXACT = 1,
    LOOKUP_LTE = 2,
    LOOKUP_GTE = 4,
    LOOKUP_ISNULL = 8,
    LOOKUP_CONTAINS = 16,
    LOOKUP_LT = 32,
    LOOKUP_GT = 64,
    LOOKUP_IN = 128, /* values separated by commas, at most FILTER_MAX_VALUES */
    LOOKUP_ICONTAINS = 256,
    LOOKUP_STARTSWITH = 512,
    LOOKUP_IEXACT = 1024,
    LOOKUP_ISEMPTY = 2048, /* needed because a parameter without a value counts as absent */
};
#define FILTER_MAX_VALUES 100

struct filter_field {
    enum browse_column column;
    unsigned lookups; /* enum lookup, or-ed */
};
/* The table of a list, for serving and for documentation. */
const struct filter_field *filter_fields(enum browse_list list, size_t *n_out);
/* Whether a parameter of this name filters the list. */
bool filter_exists(enum browse_list list, slice parameter);
/* Whether it takes several values, separated by commas. */
bool filter_is_list(enum browse_list list, slice parameter);

/* The suffixes of a field's name, and their meaning. */
struct filter_lookup {
    const char *suffix;
    enum lookup lookup;
    enum browse_op op;
    const char *about; /* between the field's name and the value */
};
const struct filter_lookup *filter_lookups(size_t *n_out);

/* The lookup of a filter's parameter, and its field; NULL: the parameter does not filter the list. */
const struct filter_lookup *filter_lookup(enum browse_list list, slice parameter, slice *field_out);

struct filters {
    struct browse_filter items[BROWSE_MAX_FILTERS];
    size_t n;
};
/* Values borrow from params and the arena. */
void filters_parse(struct arena *a, enum browse_list list, const struct param_list *params,
                   struct filters *out, struct param_errors *errors);
