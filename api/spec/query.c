#include "api/spec/query.h"
#include "api/request/value.h"
#include "api/spec/filters.h"
#include "api/spec/parameters.h"

/* ---- lists ---- */

static slice join(struct arena *a, const struct param_list *params, slice key)
{
    AUTO_BUF all = {0};
    for (size_t i = 0; i < params->n_given; i++) {
        slice value = params->given[i].value;
        if (!slice_eq(params->given[i].key, key) || !value.len)
            continue;
        if (all.len)
            buf_putc(&all, ',');
        buf_put(&all, value.ptr, value.len);
    }
    size_t n = all.len;
    char *copy = arena_dup(a, buf_slice(&all));
    return slice_from(copy, n);
}

static bool is_list(const struct route *route, slice name)
{
    const struct parameter *parameter = parameter_find(route, name);
    return parameter ? parameter->several
                     : (route->takes & TAKES_FILTERS) && filter_is_list(route->list, name);
}

void query_join_lists(struct request *rq)
{
    for (size_t i = 0; i < rq->params.n && rq->params.n < rq->params.n_given; i++)
        if (is_list(rq->route, rq->params.items[i].key))
            rq->params.items[i].value = join(rq->arena, &rq->params, rq->params.items[i].key);
}

/* ---- values ---- */

static bool is_whole(slice text, int64_t min)
{
    int64_t unused;
    return value_whole_up_to(text, min, INT64_MAX, &unused);
}

/* Only blanks; in a list, also commas. */
static bool has_only_blanks(slice text, bool list)
{
    for (size_t i = 0; i < text.len; i++)
        if (!strchr(" \t\r\n\f\v", text.ptr[i]) && !(list && text.ptr[i] == ','))
            return false;
    return true;
}

static bool has_error(const struct param_errors *errors, slice parameter)
{
    for (size_t i = 0; i < errors->n; i++)
        if (slice_eq(errors->items[i].parameter, parameter))
            return true;
    return false;
}

#define MAY_BE_BLANK (TAKES_SEARCH | TAKES_ORDERING | TAKES_WORDS | TAKES_NEXT) /* as if it were not given */

/* A value that names nothing. Those of filters are checked with the filters. */
static void refuse_blanks(const struct request *rq, struct param_errors *errors)
{
    for (size_t i = 0; i < rq->params.n; i++) {
        const struct param *given = &rq->params.items[i];
        const struct parameter *parameter = parameter_find(rq->route, given->key);
        if (parameter && given->value.len && !(parameter->takes & MAY_BE_BLANK) &&
            has_only_blanks(given->value, parameter->several) && !has_error(errors, given->key))
            param_errors_add(errors, given->key,
                             parameter->several ? "Enter at least one value." : "Enter a value.");
    }
}

/* A request for the past must not be answered with the present, with strict=1 or without. */
static bool refuses_as_of(const struct request *rq, slice name)
{
    return (rq->route->takes & REFUSES_AS_OF) && slice_eq(name, SLICE("as_of"));
}

static void check_values(const struct request *rq, struct param_errors *errors, bool *strict_out)
{
    slice size = params_get(&rq->params, "page_size"), indent = params_get(&rq->params, "indent");
    slice strict = params_get(&rq->params, "strict");
    *strict_out = false;
    if (size.len && parameter_find(rq->route, SLICE("page_size")) && !is_whole(size, 1))
        param_errors_add(errors, SLICE("page_size"), "Enter a whole number above 0.");
    slice limit = params_get(&rq->params, "limit");
    if (limit.len && (rq->route->takes & (TAKES_LIMIT | TAKES_ROWS)) && !is_whole(limit, 1))
        param_errors_add(errors, SLICE("limit"), "Enter a whole number above 0.");
    if (indent.len && parameter_find(rq->route, SLICE("indent")) && !is_whole(indent, 0))
        param_errors_add(errors, SLICE("indent"), "Enter a whole number from 0 to 8.");
    slice view = params_get(&rq->params, "view");
    if (view.len && parameter_find(rq->route, SLICE("view")) && !slice_eq(view, SLICE("json")))
        param_errors_add(errors, SLICE("view"), "Choose from: json.");
    slice days = params_get(&rq->params, "days");
    if (days.len && parameter_find(rq->route, SLICE("days")) && !growth_span_find(days))
        param_errors_add(errors, SLICE("days"), "Choose from: 30, 90, all.");
    if (params_get(&rq->params, "as_of").len && refuses_as_of(rq, SLICE("as_of")))
        param_errors_add(errors, SLICE("as_of"), "Former owners of repositories are not known.");
    if (strict.len && !value_bool(strict, strict_out))
        param_errors_add(errors, SLICE("strict"), VALUE_BOOL_EXPECTED);
}

/* ---- unknown parameters ---- */

/* Only their tables take fields. */
static bool is_of_tables(const struct request *rq)
{
    return rq->route->shape == SHAPE_FACETS || rq->route->shape == SHAPE_QUOTA_HISTORY;
}

/* CSV and NDJSON have the whole list, other formats a page, by number or by cursor, which is the position of its beginning. */
static bool is_of_form(const struct request *rq, slice name)
{
    static const char *const of_pages[] = {"page", "page_size", "cursor"};
    bool is_json = rq->form == FORM_JSON;
    if (slice_eq(name, SLICE("days")))
        return rq->page;
    if (slice_eq(name, SLICE("indent")))
        return is_json;
    if (slice_eq(name, SLICE("fields")) && (rq->form == FORM_EVENTS || (is_json && is_of_tables(rq))))
        return false;
    if (slice_eq(name, SLICE("limit")) && (rq->route->takes & (TAKES_LIMIT | TAKES_ROWS)))
        return rq->form == FORM_CSV || rq->form == FORM_NDJSON;
    if (!(rq->route->takes & TAKES_LIMIT))
        return true;
    if (is_json && slice_eq(name, SLICE("page")))
        return !(rq->route->takes & TAKES_CURSOR) || !params_get(&rq->params, "cursor").ptr ||
               !params_get(&rq->params, "page").len;
    for (size_t i = 0; i < ARRAY_LEN(of_pages); i++)
        if (slice_eq(name, slice_of(of_pages[i])))
            return is_json;
    return true;
}

static bool is_taken(const struct request *rq, slice name)
{
    return refuses_as_of(rq, name) || (parameter_exists(rq, name) && is_of_form(rq, name));
}

/* False: no room for it. */
static bool put_name(struct buf *names, slice name)
{
    size_t before = names->len;
    if (names->len)
        buf_puts(names, ", ");
    if (name.len)
        params_encode(names, name);
    else
        buf_puts(names, "\"\""); /* which no encoded name is */
    if (names->len + 5 <= IGNORED_MAX_BYTES)
        return true;
    names->len = before;
    buf_puts(names, before ? ", ..." : "...");
    return false;
}

/* of_body: fields of the body, or NULL. */
static void name_ignored(struct request *rq, struct response *rs, const struct param_list *of_body)
{
    AUTO_BUF names = {0};
    bool room = true;
    for (size_t i = 0; i < rq->params.n && room; i++)
        if (!is_taken(rq, rq->params.items[i].key))
            room = put_name(&names, rq->params.items[i].key);
    for (size_t i = 0; of_body && i < of_body->n && room; i++)
        room = put_name(&names, of_body->items[i].key);
    if (room && of_body && of_body->n > FORM_UNKNOWN_MAX) /* form.h: further ones are not kept */
        buf_puts(&names, ", ...");
    if (names.len) {
        const char *text = arena_dup(rq->arena, buf_slice(&names));
        if (!of_body) /* pages say it, but the form of tasks sends the fields of all of them */
            rq->ignored = text;
        response_replace(rs, IGNORED_PARAMETERS, text);
    }
}

static void refuse_unknown(const struct request *rq, struct param_errors *errors)
{
    for (size_t i = 0; i < rq->params.n; i++)
        if (!is_taken(rq, rq->params.items[i].key))
            param_errors_add(errors, rq->params.items[i].key,
                             parameter_exists(rq, rq->params.items[i].key)
                                 ? "An answer in this form takes no parameter of this name."
                                 : "This address takes no parameter of this name.");
}

/* The fields of a body where none are expected: an action's. */
static bool check_no_fields(struct request *rq, struct response *rs)
{
    static const char *const none[] = {NULL};
    struct param_list form, unknown;
    const struct body *body = body_of(rq->route);
    bool reads_them = body ? body->n_fields > 0 : (rq->route->takes & TAKES_NEXT) != 0; /* login/ */
    if (request_is(rq, "GET") || request_is(rq, "HEAD") || reads_them)
        return true;
    return query_read_form(rq, rs, none, &form, &unknown) && query_check_body(rq, rs, &unknown);
}

bool query_check(struct request *rq, struct response *rs)
{
    struct param_errors errors = {0};
    bool strict;
    check_values(rq, &errors, &strict);
    refuse_blanks(rq, &errors);
    if (strict)
        refuse_unknown(rq, &errors);
    else
        name_ignored(rq, rs, NULL);
    if (errors.n == 0)
        return check_no_fields(rq, rs);
    if (rq->route->takes & TAKES_FILTERS) { /* all errors in one answer */
        struct filters *filters = arena_alloc(rq->arena, sizeof *filters);
        filters_parse(rq->arena, rq->route->list, &rq->params, filters, &errors);
    }
    reply_param_errors(rq, rs, &errors);
    return false;
}

bool query_read_form(struct request *rq, struct response *rs, const char *const *known,
                     struct param_list *out, struct param_list *unknown_out)
{
    const char *why;
    enum form_outcome outcome =
        form_parse(rq->arena, request_header(rq, "Content-Type"), rq->body, known, out, unknown_out, &why);
    if (outcome != FORM_OK)
        reply_detail(rq, rs, outcome == FORM_BAD ? 400 : 415, why);
    return outcome == FORM_OK;
}

bool query_check_body(struct request *rq, struct response *rs, const struct param_list *unknown)
{
    struct param_errors errors = {0};
    bool strict = false;
    slice text = params_get(&rq->params, "strict");
    if (unknown->n == 0)
        return true;
    if (!text.len || !value_bool(text, &strict) || !strict) {
        name_ignored(rq, rs, unknown);
        return true;
    }
    for (size_t i = 0; i < unknown->n; i++)
        param_errors_add(&errors, unknown->items[i].key, "This address takes no field of this name.");
    reply_param_errors(rq, rs, &errors);
    return false;
}
