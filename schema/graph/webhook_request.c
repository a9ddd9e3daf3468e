#include "schema/graph/webhook_request.h"
#include "schema/graph/details.h"

#define FILTER_EXPECTED "expected developer=LOGIN or repository=OWNER/NAME"

static int shown(slice text)
{
    return text.len < 60 ? (int)text.len : 60;
}

bool webhook_secret_fits(slice secret)
{
    size_t n = slice_utf8_length(secret);
    bool fits = n >= WEBHOOK_SECRET_MIN && n <= WEBHOOK_SECRET_MAX && slice_utf8_valid(secret);
    for (size_t i = 0; i < secret.len; i++)
        fits = fits && (unsigned char)secret.ptr[i] >= ' ';
    return fits;
}

bool webhook_request_types(struct webhook_request *rq, slice text, struct err *err)
{
    slice one;
    rq->n_types = 0;
    bool given = text.len > 0;
    while (text.len && slice_split(&text, ',', &one)) {
        size_t i = 0;
        one = slice_trim(one);
        if (!one.len)
            continue;
        while (i < n_change_types && !slice_eq(one, slice_of(change_types[i])))
            i++;
        if (i == n_change_types || rq->n_types == CHANGES_MAX_TYPES)
            return err_set(err, ERR_BAD_PARAM,
                           "got \"%.*s\", expected types of changes separated by commas: " CHANGE_TYPES_TEXT,
                           shown(one), one.ptr);
        rq->types[rq->n_types++] = slice_of(change_types[i]);
    }
    if (given && !rq->n_types)
        return err_set(err, ERR_BAD_PARAM, "expected at least one type: " CHANGE_TYPES_TEXT);
    return true;
}

bool webhook_request_filter(struct webhook_request *rq, struct db *db, struct arena *a, slice text,
                            struct err *err)
{
    slice value = text, field;
    if (rq->n_developers + rq->n_repositories == WEBHOOK_MAX_FILTERS)
        return err_set(err, ERR_BAD_PARAM, "expected at most %d filters", WEBHOOK_MAX_FILTERS);
    if (slice_find(text, '=') < 0 || slice_find(text, '\0') >= 0 || !slice_split(&value, '=', &field) ||
        !value.len)
        return err_set(err, ERR_BAD_PARAM, "got \"%.*s\", " FILTER_EXPECTED, shown(text), text.ptr);
    const char *name = arena_dup(a, value);
    if (slice_eq(field, SLICE("developer"))) {
        struct developer_ref found;
        if (!details_find_login(db, name, a, &found, err))
            return false;
        rq->developers[rq->n_developers++] = found.github_id;
        return found.known ||
               err_set(err, ERR_NOT_FOUND,
                       "got \"%.60s\", expected a developer that is stored here: request the profile first",
                       name);
    }
    if (slice_eq(field, SLICE("repository"))) {
        struct repository_ref found;
        if (!details_find_full_name(db, name, a, &found, err))
            return false;
        rq->repositories[rq->n_repositories++] = found.github_id;
        return found.known ||
               err_set(
                   err, ERR_NOT_FOUND,
                   "got \"%.60s\", expected a repository that is stored here: request the repository first",
                   name);
    }
    return err_set(err, ERR_BAD_PARAM, "got \"%.*s\", " FILTER_EXPECTED, shown(text), text.ptr);
}

struct webhook_new webhook_requested(const struct webhook_request *rq, const char *url, const char *secret)
{
    return (struct webhook_new){.url = url,
                                .secret = secret,
                                .types = rq->types,
                                .n_types = rq->n_types,
                                .developers = rq->developers,
                                .n_developers = rq->n_developers,
                                .repositories = rq->repositories,
                                .n_repositories = rq->n_repositories};
}
