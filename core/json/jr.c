#include "core/json/jr.h"
#include "core/json/clean.h"

void jr_init(struct jr *r, slice text)
{
    *r = (struct jr){.rest = text};
}

static void skip_space(slice *s)
{
    while (s->len && json_is_space(*s->ptr)) {
        s->ptr++;
        s->len--;
    }
}

/* Takes n bytes off the front. */
static slice take(slice *s, size_t n)
{
    slice head = slice_from(s->ptr, n);
    s->ptr += n;
    s->len -= n;
    return head;
}

static enum jr_token fail(struct jr *r)
{
    r->failed = true;
    return JR_ERROR;
}

static bool take_string(struct jr *r)
{
    size_t n = 1;
    while (n < r->rest.len && r->rest.ptr[n] != '"') {
        if ((unsigned char)r->rest.ptr[n] < ' ')
            return false;
        n += r->rest.ptr[n] == '\\' ? 2 : 1;
    }
    if (n >= r->rest.len)
        return false;
    slice quoted = take(&r->rest, n + 1);
    r->text = slice_from(quoted.ptr + 1, n - 1);
    return true;
}

static size_t digits(slice s, size_t at)
{
    size_t n = 0;
    while (at + n < s.len && s.ptr[at + n] >= '0' && s.ptr[at + n] <= '9')
        n++;
    return n;
}

/* -?int frac? exp?; 0: not a number. */
static size_t number_length(slice s)
{
    size_t n = s.ptr[0] == '-', whole = digits(s, n), more;
    if (whole == 0 || (whole > 1 && s.ptr[n] == '0'))
        return 0;
    n += whole;
    if (n < s.len && s.ptr[n] == '.') {
        if ((more = digits(s, n + 1)) == 0)
            return 0;
        n += 1 + more;
    }
    if (n < s.len && (s.ptr[n] == 'e' || s.ptr[n] == 'E')) {
        n++;
        n += n < s.len && (s.ptr[n] == '+' || s.ptr[n] == '-');
        if ((more = digits(s, n)) == 0)
            return 0;
        n += more;
    }
    return n;
}

static enum jr_token literal(struct jr *r)
{
    static const struct {
        slice text;
        enum jr_token token;
    } words[] = {{SLICE("true"), JR_TRUE}, {SLICE("false"), JR_FALSE}, {SLICE("null"), JR_NULL}};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (slice_starts(r->rest, words[i].text)) {
            r->text = take(&r->rest, words[i].text.len);
            return words[i].token;
        }
    }
    size_t n = number_length(r->rest);
    if (n == 0)
        return fail(r);
    r->text = take(&r->rest, n);
    return JR_NUMBER;
}

static enum jr_token open_container(struct jr *r, bool is_array)
{
    if (r->depth == JR_MAX_DEPTH)
        return fail(r);
    r->text = take(&r->rest, 1);
    r->depth++;
    r->is_array[r->depth] = is_array;
    r->has_items[r->depth] = false;
    return is_array ? JR_ARRAY : JR_OBJECT;
}

static enum jr_token value(struct jr *r)
{
    r->after_key = false;
    switch (r->rest.ptr[0]) {
    case '{':
        return open_container(r, false);
    case '[':
        return open_container(r, true);
    case '"':
        return take_string(r) ? JR_STRING : fail(r);
    default:
        return literal(r);
    }
}

static enum jr_token key(struct jr *r)
{
    if (r->rest.ptr[0] != '"' || !take_string(r))
        return fail(r);
    skip_space(&r->rest);
    if (r->rest.len == 0 || r->rest.ptr[0] != ':')
        return fail(r);
    take(&r->rest, 1);
    r->after_key = true;
    return JR_KEY;
}

enum jr_token jr_next(struct jr *r)
{
    if (r->failed)
        return JR_ERROR;
    skip_space(&r->rest);
    if (r->rest.len == 0)
        return r->depth == 0 && r->has_items[0] ? JR_END : fail(r);
    if (r->after_key)
        return value(r);
    bool first = !r->has_items[r->depth];
    if (r->depth == 0) {
        r->has_items[0] = true;
        return first ? value(r) : fail(r);
    }
    bool is_array = r->is_array[r->depth];
    if (r->rest.ptr[0] == (is_array ? ']' : '}')) {
        r->text = take(&r->rest, 1);
        r->depth--;
        return is_array ? JR_END_ARRAY : JR_END_OBJECT;
    }
    if (!first) {
        if (r->rest.ptr[0] != ',')
            return fail(r);
        take(&r->rest, 1);
        skip_space(&r->rest);
        if (r->rest.len == 0)
            return fail(r);
    }
    r->has_items[r->depth] = true;
    return is_array ? value(r) : key(r);
}

bool jr_skip(struct jr *r, enum jr_token last)
{
    if (last != JR_OBJECT && last != JR_ARRAY)
        return last != JR_ERROR;
    for (int outside = r->depth - 1; r->depth > outside;)
        if (jr_next(r) == JR_ERROR)
            return false;
    return true;
}
