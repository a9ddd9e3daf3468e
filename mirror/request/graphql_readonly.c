#include "mirror/request/graphql_readonly.h"

#define MAX_DEPTH 200

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Index after the string that begins at `at`, or len if it does not end. */
static size_t skip_string(slice d, size_t at)
{
    bool block = d.len - at >= 3 && memcmp(d.ptr + at, "\"\"\"", 3) == 0;
    for (at += block ? 3 : 1; at < d.len; at++) {
        if (block && d.len - at >= 4 && memcmp(d.ptr + at, "\\\"\"\"", 4) == 0)
            at += 3;
        else if (block && d.len - at >= 3 && memcmp(d.ptr + at, "\"\"\"", 3) == 0)
            return at + 3;
        else if (!block && d.ptr[at] == '\\')
            at++;
        else if (!block && d.ptr[at] == '"')
            return at + 1;
    }
    return d.len + 1;
}

static size_t skip_comment(slice d, size_t at)
{
    while (at < d.len && d.ptr[at] != '\n' && d.ptr[at] != '\r')
        at++;
    return at;
}

/* A definition's first token: a keyword, or the '{' of a shorthand. */
enum definition { DEF_QUERY, DEF_FRAGMENT, DEF_OTHER };

static enum definition definition_of(slice word)
{
    if (slice_eq(word, SLICE("query")))
        return DEF_QUERY;
    return slice_eq(word, SLICE("fragment")) ? DEF_FRAGMENT : DEF_OTHER;
}

bool graphql_is_readonly(slice d)
{
    char open[MAX_DEPTH];
    size_t depth = 0, n_queries = 0;
    bool inside = false; /* within a definition, from its keyword to the '}' of its selection */
    for (size_t at = 0; at < d.len;) {
        char c = d.ptr[at];
        if (c == '"') {
            at = skip_string(d, at);
            if (at > d.len || !inside)
                return false;
        } else if (c == '#') {
            at = skip_comment(d, at);
        } else if (c == '{' || c == '(' || c == '[') {
            if (depth == MAX_DEPTH || (!inside && c != '{'))
                return false;
            n_queries += !inside;
            inside = true;
            open[depth++] = c;
            at++;
        } else if (c == '}' || c == ')' || c == ']') {
            if (!depth || open[--depth] != (c == '}' ? '{' : c == ')' ? '(' : '['))
                return false;
            inside = depth > 0 || c != '}';
            at++;
        } else if (is_name_char(c)) {
            size_t start = at;
            while (at < d.len && is_name_char(d.ptr[at]))
                at++;
            if (inside)
                continue;
            enum definition what = definition_of(slice_from(d.ptr + start, at - start));
            if (what == DEF_OTHER)
                return false;
            n_queries += what == DEF_QUERY;
            inside = true;
        } else {
            if (c == '\0')
                return false;
            at++;
        }
    }
    return !inside && depth == 0 && n_queries > 0;
}
