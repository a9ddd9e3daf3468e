#include "github/link.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static bool at_char(slice s, char c)
{
    return s.len && s.ptr[0] == c;
}

static slice skip(slice s, size_t n)
{
    return slice_from(s.ptr + n, s.len - n);
}

static slice skip_space(slice s)
{
    while (s.len && is_space(s.ptr[0]))
        s = skip(s, 1);
    return s;
}

/* A token: up to a delimiter or a space. May be empty. */
static slice take_token(slice *rest)
{
    size_t n = 0;
    while (n < rest->len && !is_space(rest->ptr[n]) && !strchr(";,=\"<>", rest->ptr[n]))
        n++;
    slice token = slice_from(rest->ptr, n);
    *rest = skip(*rest, n);
    return token;
}

/* The inside of a quoted string, escapes left in (no relation we know has one). False when its end is missing. */
static bool take_quoted(slice *rest, slice *inside_out)
{
    for (size_t i = 1; i < rest->len; i++) {
        if (rest->ptr[i] == '\\') {
            i++;
        } else if (rest->ptr[i] == '"') {
            *inside_out = slice_from(rest->ptr + 1, i - 1);
            *rest = skip(*rest, i + 1);
            return true;
        }
    }
    return false;
}

/* Reads "; name=value" parts; the first rel counts (RFC 8288, 3.3). False when malformed. */
static bool take_params(slice *rest, slice *rel_out)
{
    bool seen = false;
    for (*rest = skip_space(*rest); at_char(*rest, ';'); *rest = skip_space(*rest)) {
        *rest = skip_space(skip(*rest, 1));
        slice name = take_token(rest), value = {NULL, 0};
        *rest = skip_space(*rest);
        if (at_char(*rest, '=')) {
            *rest = skip_space(skip(*rest, 1));
            if (!at_char(*rest, '"'))
                value = take_token(rest);
            else if (!take_quoted(rest, &value))
                return false;
        }
        if (!seen && slice_eq_nocase(name, SLICE("rel"))) {
            seen = true;
            *rel_out = value;
        }
    }
    return !rest->len || rest->ptr[0] == ',';
}

/* The next relation of several, separated by spaces, or as some proxies write them: tabs between them, single quotes around. */
static slice take_relation(slice *rest)
{
    size_t n = 0, end;
    while (n < rest->len && strchr(" \t'", rest->ptr[n]))
        n++;
    for (end = n; end < rest->len && !strchr(" \t'", rest->ptr[end]);)
        end++;
    slice word = slice_from(rest->ptr + n, end - n);
    *rest = skip(*rest, end);
    return word;
}

/* The first link of each relation stays. */
static void keep(struct gh_links *out, slice rel, slice target)
{
    struct {
        slice name;
        slice *place;
    } const known[] = {
        {SLICE("next"), &out->next},
        {SLICE("prev"), &out->prev},
        {SLICE("last"), &out->last},
        {SLICE("first"), &out->first},
    };
    for (slice word = take_relation(&rel); word.len; word = take_relation(&rel))
        for (size_t i = 0; i < ARRAY_LEN(known); i++)
            if (slice_eq_nocase(word, known[i].name) && !known[i].place->ptr && target.len)
                *known[i].place = target;
}

void gh_links_parse(slice header, struct gh_links *out)
{
    slice rest = slice_trim(header);
    *out = (struct gh_links){.malformed = true};
    while (rest.len) {
        slice rel = {NULL, 0};
        if (at_char(rest, ',')) { /* also empty list elements */
            rest = skip_space(skip(rest, 1));
            continue;
        }
        ptrdiff_t close = slice_find(rest, '>');
        if (!at_char(rest, '<') || close < 0)
            return;
        slice target = slice_trim(slice_from(rest.ptr + 1, (size_t)close - 1));
        if (slice_find(target, '<') >= 0 || slice_find(target, ' ') >= 0) /* an earlier '>' is missing */
            return;
        rest = skip(rest, (size_t)close + 1);
        if (!take_params(&rest, &rel))
            return;
        keep(out, rel, target);
    }
    out->malformed = false;
}

int64_t gh_url_query_number(slice url, const char *name)
{
    int64_t value;
    slice one;
    ptrdiff_t hash = slice_find(url, '#');
    if (hash >= 0)
        url.len = (size_t)hash;
    ptrdiff_t mark = slice_find(url, '?');
    if (mark < 0)
        return -1;
    slice query = skip(url, (size_t)mark + 1);
    while (slice_split(&query, '&', &one)) {
        ptrdiff_t equals = slice_find(one, '=');
        if (equals < 0 || !slice_eq(slice_from(one.ptr, (size_t)equals), slice_of(name)))
            continue;
        return slice_i64(skip(one, (size_t)equals + 1), 0, INT64_MAX, &value) ? value : -1;
    }
    return -1;
}
