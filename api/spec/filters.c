#include "api/spec/filters.h"
#include "api/request/value.h"

#define EXACT  LOOKUP_EXACT
#define IN     LOOKUP_IN
#define ISNULL LOOKUP_ISNULL
/* The original's lookups, and additional ones. */
#define RANGE   (LOOKUP_EXACT | LOOKUP_LTE | LOOKUP_GTE | LOOKUP_LT | LOOKUP_GT)
#define WORDS   (LOOKUP_ICONTAINS | LOOKUP_STARTSWITH)
#define NUMBER  (RANGE | IN)
#define MISSING (ISNULL | LOOKUP_ISEMPTY)

static const struct filter_field developer_fields[] = {
    {BROWSE_LOGIN, RANGE | IN | WORDS | LOOKUP_IEXACT},
    {BROWSE_NAME, RANGE | MISSING | LOOKUP_CONTAINS | IN | WORDS | LOOKUP_IEXACT},
    {BROWSE_LOCATION, RANGE | MISSING | IN | WORDS | LOOKUP_IEXACT},
    {BROWSE_BIO, RANGE | MISSING | LOOKUP_CONTAINS | LOOKUP_ICONTAINS},
    {BROWSE_COMPANY, RANGE | MISSING | IN | WORDS},
    {BROWSE_EMAIL, RANGE | MISSING | IN | LOOKUP_STARTSWITH},
    {BROWSE_CREATED_AT, RANGE},
    {BROWSE_UPDATED_AT, RANGE},
    {BROWSE_FOLLOWERS_COUNT, NUMBER},
    {BROWSE_FOLLOWING_COUNT, NUMBER},
    {BROWSE_PUBLIC_GISTS, NUMBER},
    {BROWSE_PUBLIC_REPOS, NUMBER},
    {BROWSE_GITHUB_ID, EXACT | IN},
    {BROWSE_TYPE, EXACT | IN},
};

static const struct filter_field repository_fields[] = {
    {BROWSE_OWNER_GITHUB_ID, EXACT | IN},
    {BROWSE_NAME, EXACT | IN | WORDS | LOOKUP_IEXACT},
    {BROWSE_FULL_NAME, EXACT | IN | WORDS | LOOKUP_IEXACT},
    {BROWSE_DESCRIPTION, EXACT | MISSING | LOOKUP_CONTAINS | LOOKUP_ICONTAINS},
    {BROWSE_HOMEPAGE, EXACT | MISSING | IN | LOOKUP_STARTSWITH},
    {BROWSE_LANGUAGE, EXACT | MISSING | IN | LOOKUP_IEXACT},
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
    {BROWSE_STARGAZERS_COUNT, NUMBER},
    {BROWSE_SUBSCRIBERS_COUNT, NUMBER},
    {BROWSE_WATCHERS_COUNT, NUMBER},
    {BROWSE_OPEN_ISSUES_COUNT, NUMBER},
    {BROWSE_GITHUB_ID, EXACT | IN},
    {BROWSE_FORK, EXACT},
    {BROWSE_LICENSE, EXACT | MISSING | IN | LOOKUP_IEXACT},
    {BROWSE_TOPICS, EXACT | IN},
};

static const struct filter_field rate_limit_fields[] = {
    {BROWSE_RATE_LIMIT, RANGE},
    {BROWSE_RATE_REMAINING, RANGE},
    {BROWSE_RATE_RESET_RAW, RANGE},
    {BROWSE_RATE_RESET, RANGE},
};

static const struct filter_lookup lookups[] = {
    {"", LOOKUP_EXACT, BROWSE_EXACT, "is"},
    {"__iexact", LOOKUP_IEXACT, BROWSE_IEXACT, "is, in any case"},
    {"__lt", LOOKUP_LT, BROWSE_LT, "less than"},
    {"__lte", LOOKUP_LTE, BROWSE_LTE, "at most"},
    {"__gt", LOOKUP_GT, BROWSE_GT, "more than"},
    {"__gte", LOOKUP_GTE, BROWSE_GTE, "at least"},
    {"__isnull", LOOKUP_ISNULL, BROWSE_ISNULL, "is null"},
    {"__isempty", LOOKUP_ISEMPTY, BROWSE_ISEMPTY, "is an empty text"},
    {"__contains", LOOKUP_CONTAINS, BROWSE_CONTAINS, "contains"},
    {"__icontains", LOOKUP_ICONTAINS, BROWSE_ICONTAINS, "contains, in any case"},
    {"__startswith", LOOKUP_STARTSWITH, BROWSE_STARTSWITH, "starts with"},
    {"__in", LOOKUP_IN, BROWSE_IN, "is one of"},
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

const struct filter_lookup *filter_lookup(enum browse_list list, slice parameter, slice *field_out)
{
    enum browse_op op;
    const struct filter_field *field = find_field(list, parameter, &op);
    if (!field)
        return NULL;
    *field_out = slice_of(browse_column_name(field->column));
    for (size_t i = 0; i < ARRAY_LEN(lookups); i++)
        if (lookups[i].op == op)
            return &lookups[i];
    return NULL;
}

bool filter_exists(enum browse_list list, slice parameter)
{
    enum browse_op op;
    return find_field(list, parameter, &op) != NULL;
}

bool filter_is_list(enum browse_list list, slice parameter)
{
    enum browse_op op;
    return find_field(list, parameter, &op) && op == BROWSE_IN;
}

/* Compares whole numbers (counts, ms) with one that may be between two of them: x >= 5.5 means x >= 6, x < 5.5 means x < 6. */
static void set_ordered(struct browse_filter *filter, int64_t floor, bool between, bool is_time)
{
    if (between && filter->op == BROWSE_EXACT)
        filter->op = BROWSE_NOTHING;
    bool up = between && (filter->op == BROWSE_GTE || filter->op == BROWSE_LT);
    int64_t bound = up ? floor + 1 : floor;
    filter->value = is_time ? DB_TIME(bound) : DB_I64(bound);
}

static void set_number(struct browse_filter *filter, const struct number *number)
{
    bool downwards = filter->op == BROWSE_LTE || filter->op == BROWSE_LT;
    bool never = number->beyond && (filter->op == BROWSE_EXACT || downwards == (number->beyond < 0));
    if (never)
        filter->op = BROWSE_NOTHING;
    else if (number->beyond) /* beyond all: the nearest int64 counts as well */
        filter->op = downwards ? BROWSE_LTE : BROWSE_GTE;
    set_ordered(filter, number->floor, number->fraction, false);
}

/* An id is a string in the API: "007" is not "7". */
static bool read_id(slice text, int64_t *out)
{
    return slice_i64(text, 0, INT64_MAX, out) && !(text.ptr[0] == '0' && text.len > 1);
}

static bool is_id(enum browse_column column)
{
    return column == BROWSE_OWNER_GITHUB_ID || column == BROWSE_GITHUB_ID;
}

/* A number of __in. False: not a number; *keep_out false: not equal to any whole number. */
static bool read_value(enum browse_column column, slice text, int64_t *out, bool *keep_out)
{
    struct number number;
    if (is_id(column)) {
        *keep_out = read_id(text, out);
        return true;
    }
    if (!value_number(text, &number))
        return false;
    *out = number.floor;
    *keep_out = !number.fraction && !number.beyond;
    return true;
}

/* NULL: valid; otherwise the text of the error. */
static const char *set_values(struct arena *a, struct browse_filter *filter, slice text)
{
    slice rest = text, part;
    slice *texts = arena_array(a, FILTER_MAX_VALUES, sizeof *texts);
    int64_t *numbers = arena_array(a, FILTER_MAX_VALUES, sizeof *numbers);
    size_t n = 0, n_given = 0;
    bool number = browse_column_type(filter->column) == BROWSE_NUMBER, keep = true;
    while (slice_split(&rest, ',', &part)) {
        part = slice_trim(part);
        if (part.len == 0)
            continue;
        if (n_given++ == FILTER_MAX_VALUES)
            return "Enter at most 100 values.";
        if (number && !read_value(filter->column, part, &numbers[n], &keep))
            return "Enter numbers separated by commas.";
        texts[n] = part;
        n += keep;
    }
    if (n_given == 0)
        return "Enter at least one value.";
    filter->value = number ? DB_I64S(numbers, n) : DB_TEXTS(texts, n);
    return NULL;
}

static const char *set_bool(struct browse_filter *filter, slice text)
{
    bool flag;
    if (!value_bool(text, &flag))
        return VALUE_BOOL_EXPECTED;
    filter->value = DB_BOOL(flag);
    return NULL;
}

/* A null text is neither empty nor non-empty. */
static const char *set_empty(struct browse_filter *filter, slice text)
{
    const char *message = set_bool(filter, text);
    if (message)
        return message;
    filter->op = filter->value.boolean ? BROWSE_EXACT : BROWSE_GT;
    filter->value = DB_TEXT(SLICE(""));
    return NULL;
}

/* NULL: valid; otherwise the text of the error. */
static const char *set_value(struct arena *a, struct browse_filter *filter, slice text)
{
    struct number number;
    int64_t at_ms, id;
    bool between;
    if (filter->op == BROWSE_ISNULL)
        return set_bool(filter, text);
    if (filter->op == BROWSE_ISEMPTY)
        return set_empty(filter, text);
    enum browse_type type = browse_column_type(filter->column);
    bool has_nul = slice_find(text, '\0') >= 0;
    if (has_nul && (type == BROWSE_TEXT || type == BROWSE_TEXTS || is_id(filter->column)))
        return "Null characters are not allowed.";
    if (filter->op == BROWSE_IN)
        return set_values(a, filter, text);
    if (is_id(filter->column) && filter->op == BROWSE_EXACT) {
        if (read_id(text, &id))
            filter->value = DB_I64(id);
        else
            filter->op = BROWSE_NOTHING;
        return NULL;
    }
    switch (type) {
    case BROWSE_TEXT:
    case BROWSE_TEXTS:
        filter->value = DB_TEXT(text);
        return NULL;
    case BROWSE_BOOL:
        return set_bool(filter, text);
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

void filters_parse(struct arena *a, enum browse_list list, const struct param_list *params,
                   struct filters *out, struct param_errors *errors)
{
    out->n = 0;
    for (size_t i = 0; i < params->n; i++) {
        const struct param *param = &params->items[i];
        struct browse_filter filter;
        const struct filter_field *field = find_field(list, param->key, &filter.op);
        if (!field || param->value.len == 0)
            continue;
        filter.column = field->column;
        filter.value = DB_NULL;
        const char *message = set_value(a, &filter, param->value);
        if (!message && out->n == BROWSE_MAX_FILTERS)
            message = "Too many filters: at most 60 are taken.";
        if (message)
            param_errors_add(errors, param->key, message);
        else
            out->items[out->n++] = filter;
    }
}
