#include "api/request/negotiate.h"
#include "api/request/value.h"

#define INDENT_MAX 8
#define Q_ONE      1000 /* weights have three decimals */

static int clamp_indent(slice text)
{
    int64_t n;
    return value_whole_up_to(text, 0, INDENT_MAX, &n) ? (int)n : 0;
}

/* "0.5" as 500. An invalid weight counts as 1, so that a faulty header still gets an answer. */
static int weight(slice q)
{
    static const int place[] = {100, 10, 1};
    if (q.len == 0 || q.ptr[0] != '0' || (q.len > 1 && q.ptr[1] != '.'))
        return Q_ONE;
    int sum = 0;
    for (size_t i = 2; i < q.len && i < 5 && q.ptr[i] >= '0' && q.ptr[i] <= '9'; i++)
        sum += (q.ptr[i] - '0') * place[i - 2];
    return sum;
}

/* Takes ";name=value" off the front of *rest. */
static bool next_parameter(slice *rest, slice *name_out, slice *value_out)
{
    slice parameter;
    while (slice_split(rest, ';', &parameter)) {
        ptrdiff_t equals = slice_find(parameter, '=');
        if (equals < 0)
            continue;
        *name_out = slice_trim(slice_from(parameter.ptr, (size_t)equals));
        *value_out = slice_trim(slice_from(parameter.ptr + equals + 1, parameter.len - (size_t)equals - 1));
        return true;
    }
    return false;
}

/* One available media type, and the weight of the most exact range that includes it. */
struct wanted {
    slice type, any_subtype;
    int exact; /* 3 the type itself, 2 type/<any>, 1 anything, 0 not named yet */
    int q, indent;
};

static void match_range(slice range, struct wanted *wanted)
{
    slice rest = range, type, name, value;
    int q = Q_ONE, indent = 0;
    if (!slice_split(&rest, ';', &type))
        return;
    type = slice_trim(type);
    int exact = slice_eq_nocase(type, wanted->type)          ? 3
                : slice_eq_nocase(type, wanted->any_subtype) ? 2
                : slice_eq(type, SLICE("*/*"))               ? 1
                                                             : 0;
    if (exact <= wanted->exact)
        return;
    while (next_parameter(&rest, &name, &value)) {
        if (slice_eq_nocase(name, SLICE("q")))
            q = weight(value);
        else if (slice_eq_nocase(name, SLICE("indent")) && exact == 3)
            indent = clamp_indent(value);
    }
    wanted->exact = exact;
    wanted->q = q;
    wanted->indent = indent;
}

static bool match_all(slice accept, struct wanted *wanted, size_t n)
{
    slice rest = accept, range;
    bool any = false; /* empty elements do not count (RFC 9110 5.6.1.2) */
    while (slice_split(&rest, ',', &range)) {
        any |= slice_trim(range).len > 0;
        for (size_t i = 0; i < n; i++)
            match_range(range, &wanted[i]);
    }
    for (size_t i = 0; i < n && !any; i++)
        wanted[i].q = Q_ONE;
    return any;
}

static const struct {
    const char *name, *type, *any_subtype;
} forms[N_FORMS] = {
    [FORM_JSON] = {"json", "application/json", "application/*"},
    [FORM_CSV] = {"csv", "text/csv", "text/*"},
    [FORM_NDJSON] = {"ndjson", "application/x-ndjson", "application/*"},
    [FORM_GEXF] = {"gexf", "application/gexf+xml", "application/*"},
    [FORM_EVENTS] = {"events", "text/event-stream", "text/*"},
    [FORM_GRAPHML] = {"graphml", "application/graphml+xml", "application/*"},
};

const char *form_name(enum reply_form form)
{
    return forms[form].name;
}

const char *form_type(enum reply_form form)
{
    return forms[form].type;
}

enum reply_form negotiate_form(slice accept, const struct param_list *params, unsigned offered,
                               bool *acceptable_out)
{
    slice format = params_get(params, "format");
    struct wanted wanted[N_FORMS + 1];
    enum reply_form best = FORM_JSON;
    for (int i = 0; i < N_FORMS; i++)
        wanted[i] =
            (struct wanted){.type = slice_of(forms[i].type), .any_subtype = slice_of(forms[i].any_subtype)};
    wanted[N_FORMS] = (struct wanted){.type = SLICE("text/html"), .any_subtype = SLICE("text/*")};
    bool any = match_all(accept, wanted, ARRAY_LEN(wanted));
    *acceptable_out = true;
    for (int i = FORM_CSV; i < FORM_EVENTS && format.len; i++) {
        if (!(offered >> i & 1) || !slice_eq(format, slice_of(forms[i].name)))
            continue;
        *acceptable_out = wanted[i].q > 0;
        return (enum reply_form)i;
    }
    for (int i = FORM_CSV; i < N_FORMS && any && !format.len; i++)
        if ((offered >> i & 1) && wanted[i].q > wanted[N_FORMS].q && wanted[i].q > wanted[best].q)
            best = (enum reply_form)i;
    return best;
}

enum negotiated negotiate(slice accept, const struct param_list *params, int *indent_out, bool *page_out)
{
    slice format = params_get(params, "format"), indent = params_get(params, "indent");
    struct wanted both[] = {{.type = SLICE("application/json"), .any_subtype = SLICE("application/*")},
                            {.type = SLICE("text/html"), .any_subtype = SLICE("text/*")}};
    match_all(accept, both, ARRAY_LEN(both));
    struct wanted json = both[0], page = both[1];
    *indent_out = 0;
    *page_out = page.q > json.q;
    if (slice_eq(format, SLICE("json")))
        page.q = 0;
    else if (slice_eq(format, SLICE("html")) || slice_eq(format, SLICE("api")))
        json.q = 0;
    else if (format.len)
        return NEGOTIATED_NO_SUCH_FORMAT;
    if (page.q == 0 && json.q == 0)
        return NEGOTIATED_NOT_ACCEPTABLE;
    *page_out = page.q > json.q;
    if (*page_out)
        return NEGOTIATED_PAGE;
    *indent_out = indent.len ? clamp_indent(indent) : json.indent;
    return NEGOTIATED_JSON;
}
