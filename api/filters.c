#include "api/filters.h"
#include "api/value.h"

#define EXACT  LOOKUP_EXACT
#define RANGE  (LOOKUP_EXACT | LOOKUP_LTE | LOOKUP_GTE)
#define NULLED (RANGE | LOOKUP_ISNULL)
#define ALL    (NULLED | LOOKUP_CONTAINS)

static const struct filter_field developer_fields[] = {
    {BROWSE_LOGIN, RANGE},           {BROWSE_NAME, ALL},
    {BROWSE_LOCATION, NULLED},       {BROWSE_BIO, ALL},
    {BROWSE_COMPANY, NULLED},        {BROWSE_EMAIL, NULLED},
    {BROWSE_CREATED_AT, RANGE},      {BROWSE_UPDATED_AT, RANGE},
    {BROWSE_FOLLOWERS_COUNT, RANGE}, {BROWSE_FOLLOWING_COUNT, RANGE},
    {BROWSE_PUBLIC_GISTS, RANGE},    {BROWSE_PUBLIC_REPOS, RANGE},
};

static const struct filter_field repository_fields[] = {
    {BROWSE_OWNER_GITHUB_ID, EXACT},
    {BROWSE_NAME, EXACT},
    {BROWSE_FULL_NAME, EXACT},
    {BROWSE_DESCRIPTION, EXACT | LOOKUP_ISNULL | LOOKUP_CONTAINS},
    {BROWSE_HOMEPAGE, EXACT | LOOKUP_ISNULL},
    {BROWSE_LANGUAGE, EXACT | LOOKUP_ISNULL},
    {BROWSE_CREATED_AT, RANGE},
    {BROWSE_UPDATED_AT, RANGE},
    {BROWSE_HAS_DOWNLOADS, EXACT},
    {BROWSE_HAS_ISSUES, EXACT},
    {BROWSE_HAS_PAGES, EXACT},
    {BROWSE_HAS_PROJECTS, EXACT},
    {BROWSE_HAS_WIKI, EXACT},
    {BROWSE_PRIVATE, EXACT},
    {BROWSE_ARCHIVED, EXACT},
    {BROWSE_DISABLED, EXACT},
    {BROWSE_STARGAZERS_COUNT, RANGE},
    {BROWSE_SUBSCRIBERS_COUNT, RANGE},
    {BROWSE_WATCHERS_COUNT, RANGE},
    {BROWSE_OPEN_ISSUES_COUNT, RANGE},
};

static const struct filter_field rate_limit_fields[] = {
    {BROWSE_RATE_LIMIT, RANGE},
    {BROWSE_RATE_REMAINING, RANGE},
    {BROWSE_RATE_RESET_RAW, RANGE},
    {BROWSE_RATE_RESET, RANGE},
};

static const struct filter_lookup lookups[] = {
    {"", LOOKUP_EXACT, BROWSE_EXACT, "is"},
    {"__lte", LOOKUP_LTE, BROWSE_LTE, "at most"},
    {"__gte", LOOKUP_GTE, BROWSE_GTE, "at least"},
    {"__isnull", LOOKUP_ISNULL, BROWSE_ISNULL, "is null"},
    {"__contains", LOOKUP_CONTAINS, BROWSE_CONTAINS, "contains"},
};

const struct filter_lookup *filter_lookups(size_t *n_out)
{
    *n_out = ARRAY_LEN(lookups);
    return lookups;
}

const struct filter_field *filter_fields(enum browse_list list, size_t *n_out)
{
    switch (list) {
    case BROWSE_DEVELOPERS:
        *n_out = ARRAY_LEN(developer_fields);
        return developer_fields;
    case BROWSE_REPOSITORIES:
        *n_out = ARRAY_LEN(repository_fields);
        return repository_fields;
    case BROWSE_RATE_LIMITS:
        *n_out = ARRAY_LEN(rate_limit_fields);
        return rate_limit_fields;
    }
    *n_out = 0;
    return NULL;
}

/* "created_at__gte" -> the field's row and the operation. */
static const struct filter_field *find_field(enum browse_list list, slice parameter, enum browse_op *op_out)
{
    size_t n;
    const struct filter_field *fields = filter_fields(list, &n);
    for (size_t i = 0; i < n; i++) {
        slice name = slice_of(browse_column_name(fields[i].column));
        if (!slice_starts(parameter, name))
            continue;
        slice suffix = slice_from(parameter.ptr + name.len, parameter.len - name.len);
        for (size_t k = 0; k < ARRAY_LEN(lookups); k++) {
            if ((fields[i].lookups & lookups[k].lookup) && slice_eq(suffix, slice_of(lookups[k].suffix))) {
                *op_out = lookups[k].op;
                return &fields[i];
            }
        }
    }
    return NULL;
}

/* Whole numbers (counts, ms) against one that may lie between two of them: x >= 5.5 means x >= 6. */
static void set_ordered(struct browse_filter *filter, int64_t floor, bool between, bool is_time)
{
    if (between && filter->op == BROWSE_EXACT)
        filter->op = BROWSE_NOTHING;
    int64_t bound = between && filter->op == BROWSE_GTE ? floor + 1 : floor;
    filter->value = is_time ? DB_TIME(bound) : DB_I64(bound);
}

static void set_number(struct browse_filter *filter, const struct number *number)
{
    bool never =
        number->beyond && (filter->op == BROWSE_EXACT || (filter->op == BROWSE_LTE) == (number->beyond < 0));
    if (never)
        filter->op = BROWSE_NOTHING;
    set_ordered(filter, number->floor, number->fraction, false);
}

/* NULL: fine, or ignored (*keep_out false); otherwise what to tell. */
static const char *set_value(struct browse_filter *filter, slice text, bool *keep_out)
{
    struct number number;
    int64_t at_ms, id;
    bool flag, between;
    *keep_out = true;
    if (filter->op == BROWSE_ISNULL) {
        *keep_out = value_bool(text, &flag);
        filter->value = DB_BOOL(flag);
        return NULL;
    }
    if (filter->column == BROWSE_OWNER_GITHUB_ID) { /* a string to those who use the API: "007" is not "7" */
        if (!slice_i64(text, 0, INT64_MAX, &id) || (text.ptr[0] == '0' && text.len > 1))
            filter->op = BROWSE_NOTHING;
        else
            filter->value = DB_I64(id);
        return NULL;
    }
    switch (browse_column_type(filter->column)) {
    case BROWSE_TEXT:
        filter->value = DB_TEXT(text);
        return NULL;
    case BROWSE_BOOL:
        *keep_out = value_bool(text, &flag);
        filter->value = DB_BOOL(flag);
        return NULL;
    case BROWSE_NUMBER:
        if (!value_number(text, &number))
            return "Enter a number.";
        set_number(filter, &number);
        return NULL;
    case BROWSE_TIME:
        if (!value_time(text, &at_ms, &between))
            return "Enter a valid date/time.";
        set_ordered(filter, at_ms, between, true);
        return NULL;
    }
    return NULL;
}

void filters_parse(enum browse_list list, const struct param_list *params, struct filters *out)
{
    out->n = out->n_errors = 0;
    for (size_t i = 0; i < params->n; i++) {
        const struct param *param = &params->items[i];
        struct browse_filter filter;
        bool keep;
        const struct filter_field *field = find_field(list, param->key, &filter.op);
        if (!field || param->value.len == 0)
            continue;
        filter.column = field->column;
        filter.value = DB_NULL;
        const char *message = set_value(&filter, param->value, &keep);
        if (message && out->n_errors < BROWSE_MAX_FILTERS)
            out->errors[out->n_errors++] = (struct filter_error){param->key, message};
        else if (!message && keep && out->n < BROWSE_MAX_FILTERS)
            out->items[out->n++] = filter;
    }
}
