#include "api/spec/ordering.h"
#include "core/base/buf.h"

static const enum browse_column developer_columns[] = {
    BROWSE_CREATED_AT,      BROWSE_UPDATED_AT,   BROWSE_GITHUB_ID,    BROWSE_LOGIN, BROWSE_NAME,
    BROWSE_LOCATION,        BROWSE_COMPANY,      BROWSE_EMAIL,        BROWSE_TYPE,  BROWSE_FOLLOWERS_COUNT,
    BROWSE_FOLLOWING_COUNT, BROWSE_PUBLIC_GISTS, BROWSE_PUBLIC_REPOS,
};
static const enum browse_column repository_columns[] = {
    BROWSE_CREATED_AT,        BROWSE_UPDATED_AT,     BROWSE_GITHUB_ID,
    BROWSE_OWNER_GITHUB_ID,   BROWSE_NAME,           BROWSE_FULL_NAME,
    BROWSE_HOMEPAGE,          BROWSE_LANGUAGE,       BROWSE_STARGAZERS_COUNT,
    BROWSE_SUBSCRIBERS_COUNT, BROWSE_WATCHERS_COUNT, BROWSE_OPEN_ISSUES_COUNT,
};

const enum browse_column *ordering_columns(enum browse_list list, size_t *n_out)
{
    switch (list) {
    case BROWSE_DEVELOPERS:
        *n_out = ARRAY_LEN(developer_columns);
        return developer_columns;
    case BROWSE_REPOSITORIES:
        *n_out = ARRAY_LEN(repository_columns);
        return repository_columns;
    case BROWSE_RATE_LIMITS:
        break;
    }
    *n_out = 0;
    return NULL;
}

static const char *choices(struct arena *a, enum browse_list list)
{
    size_t n;
    const enum browse_column *columns = ordering_columns(list, &n);
    const char *text = "";
    for (size_t i = 0; i < n; i++)
        text = arena_printf(a, "%s%s%s", text, i ? ", " : "", browse_column_name(columns[i]));
    return text;
}

static bool find(enum browse_list list, slice name, enum browse_column *out)
{
    size_t n;
    const enum browse_column *columns = ordering_columns(list, &n);
    for (size_t i = 0; i < n; i++) {
        *out = columns[i];
        if (slice_eq(name, slice_of(browse_column_name(columns[i]))))
            return true;
    }
    return false;
}

bool ordering_parse(struct arena *a, enum browse_list list, slice text,
                    struct browse_order out[BROWSE_MAX_ORDER], size_t *n_out, const char **why_out)
{
    slice rest = text, part;
    *n_out = 0;
    while (slice_split(&rest, ',', &part)) {
        struct browse_order order = {0};
        slice name = part = slice_trim(part);
        bool seen = false;
        if (name.len == 0)
            continue;
        if (name.ptr[0] == '-') {
            order.descending = true;
            name = slice_from(name.ptr + 1, name.len - 1);
        }
        if (!find(list, name, &order.column)) {
            *why_out = arena_printf(a, "\"%.*s\" is not a field to order by. Choose from: %s.",
                                    (int)(part.len < 60 ? part.len : 60), part.ptr, choices(a, list));
            return false;
        }
        for (size_t i = 0; i < *n_out; i++)
            seen |= out[i].column == order.column;
        if (seen)
            continue;
        if (*n_out == BROWSE_MAX_ORDER) {
            *why_out = arena_printf(a, "Order by at most %d fields.", BROWSE_MAX_ORDER);
            return false;
        }
        out[(*n_out)++] = order;
    }
    return true;
}
