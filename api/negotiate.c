#include "api/negotiate.h"

#define INDENT_MAX 8

static int clamp_indent(slice text)
{
    int64_t n;
    if (!slice_i64(slice_trim(text), -1000000, 1000000, &n))
        return 0;
    return (int)(n < 0 ? 0 : n > INDENT_MAX ? INDENT_MAX : n);
}

/* ";q=0", ";q=0.0": explicitly not wanted. */
static bool is_zero(slice q)
{
    if (q.len == 0 || q.ptr[0] != '0')
        return false;
    for (size_t i = 1; i < q.len; i++)
        if (q.ptr[i] != '0' && q.ptr[i] != '.')
            return false;
    return true;
}

/* One media range. Returns how exactly it names JSON: 3 application/json, 2 application/<any>, 1 anything, 0 not. */
static int match_range(slice range, int *indent_out, bool *refused_out)
{
    slice rest = range, type, parameter;
    *indent_out = 0;
    *refused_out = false;
    if (!slice_split(&rest, ';', &type))
        return 0;
    type = slice_trim(type);
    int exact = slice_eq_nocase(type, SLICE("application/json")) ? 3
                : slice_eq_nocase(type, SLICE("application/*"))  ? 2
                : slice_eq(type, SLICE("*/*"))                   ? 1
                                                                 : 0;
    while (exact && slice_split(&rest, ';', &parameter)) {
        ptrdiff_t equals = slice_find(parameter, '=');
        if (equals < 0)
            continue;
        slice name = slice_trim(slice_from(parameter.ptr, (size_t)equals));
        slice value = slice_trim(slice_from(parameter.ptr + equals + 1, parameter.len - (size_t)equals - 1));
        if (slice_eq_nocase(name, SLICE("q")))
            *refused_out = is_zero(value);
        else if (slice_eq_nocase(name, SLICE("indent")) && exact == 3)
            *indent_out = clamp_indent(value);
    }
    return exact;
}

/* The most exact range decides, as RFC 9110 has it. */
static bool accepts(slice accept, int *indent_out)
{
    int best = 0;
    bool best_refused = true;
    slice rest = accept, range;
    while (slice_split(&rest, ',', &range)) {
        int indent;
        bool refused;
        int exact = match_range(range, &indent, &refused);
        if (exact > best) {
            best = exact;
            best_refused = refused;
            *indent_out = indent;
        }
    }
    return best && !best_refused;
}

enum negotiated negotiate(slice accept, const struct param_list *params, int *indent_out)
{
    slice format = params_get(params, "format"), indent = params_get(params, "indent");
    *indent_out = 0;
    if (format.len && !slice_eq(format, SLICE("json")))
        return NEGOTIATED_NO_SUCH_FORMAT;
    if (slice_trim(accept).len && !accepts(accept, indent_out))
        return NEGOTIATED_NOT_ACCEPTABLE;
    if (indent.len)
        *indent_out = clamp_indent(indent);
    return NEGOTIATED;
}
