#include "api/request/params.h"
#include <stdlib.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static slice decode(struct arena *a, slice text, bool plus_is_space)
{
    char *out = arena_alloc(a, text.len + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '+' && plus_is_space) {
            c = ' ';
        } else if (c == '%' && i + 2 < text.len && hex_digit(text.ptr[i + 1]) >= 0 &&
                   hex_digit(text.ptr[i + 2]) >= 0) {
            c = (char)(hex_digit(text.ptr[i + 1]) * 16 + hex_digit(text.ptr[i + 2]));
            i += 2;
        }
        out[n++] = c;
    }
    return slice_from(out, n);
}

bool params_decode_segment(struct arena *a, slice text, slice *out)
{
    *out = decode(a, text, false);
    return slice_find(*out, '\0') < 0 && slice_find(*out, '/') < 0 && slice_utf8_valid(*out);
}

static bool clean(slice text)
{
    return slice_find(text, '\0') < 0 && slice_utf8_valid(text);
}

static int compare(slice a, slice b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.ptr, b.ptr, n) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* Equal keys keep their order: their slices are at increasing positions of the array that they were read into. */
struct numbered {
    struct param param;
    size_t place;
};

static int by_key(const void *x, const void *y)
{
    const struct numbered *a = x, *b = y;
    int order = compare(a->param.key, b->param.key);
    return order ? order : (a->place > b->place) - (a->place < b->place);
}

bool params_parse(struct arena *a, slice text, struct param_list *out, const char **why_out)
{
    struct numbered found[PARAMS_MAX];
    size_t n = 0;
    bool all_clean = true;
    slice rest = text, pair;
    *out = (struct param_list){0};
    while (slice_split(&rest, '&', &pair)) {
        if (pair.len == 0)
            continue;
        if (n == PARAMS_MAX) {
            *why_out = arena_printf(a, "Too many parameters: at most %d are taken.", PARAMS_MAX);
            return false;
        }
        ptrdiff_t equals = slice_find(pair, '=');
        slice key = equals < 0 ? pair : slice_from(pair.ptr, (size_t)equals);
        slice value =
            equals < 0 ? SLICE("") : slice_from(pair.ptr + equals + 1, pair.len - (size_t)equals - 1);
        struct param param = {decode(a, key, true), decode(a, value, true)};
        if (!clean(param.key)) {
            *why_out = "A parameter's name holds a NUL or is not valid UTF-8.";
            return false;
        }
        if (all_clean && !clean(param.value)) {
            *why_out =
                arena_printf(a, "%.*s: the value holds a NUL or is not valid UTF-8.", SLICE_ARG(param.key));
            all_clean = false;
        }
        if (!slice_utf8_valid(param.value))
            return false;
        found[n] = (struct numbered){param, n};
        n++;
    }
    qsort(found, n, sizeof *found, by_key);
    out->items = arena_array(a, n, sizeof *out->items);
    out->given = arena_array(a, n, sizeof *out->given);
    for (size_t i = 0; i < n; i++) {
        out->given[out->n_given++] = found[i].param;
        if (i + 1 == n || !slice_eq(found[i].param.key, found[i + 1].param.key))
            out->items[out->n++] = found[i].param;
    }
    return all_clean;
}

slice params_get(const struct param_list *params, const char *key)
{
    for (size_t i = params->n; i > 0; i--)
        if (slice_eq(params->items[i - 1].key, slice_of(key)))
            return params->items[i - 1].value;
    return (slice){NULL, 0};
}

struct param_list params_with(struct arena *a, const struct param_list *params, slice key, slice value)
{
    struct param_list out = {.items = arena_array(a, params->n_given + 1, sizeof *out.items)};
    bool put = value.ptr == NULL;
    for (size_t i = 0; i < params->n_given; i++) {
        int order = compare(params->given[i].key, key);
        if (order >= 0 && !put) {
            out.items[out.n++] = (struct param){key, value};
            put = true;
        }
        if (order != 0)
            out.items[out.n++] = params->given[i];
    }
    if (!put)
        out.items[out.n++] = (struct param){key, value};
    out.given = out.items;
    out.n_given = out.n;
    return out;
}

void params_encode(struct buf *out, slice text)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            (c && strchr("_.-~", c)))
            buf_putc(out, (char)c);
        else if (c == ' ')
            buf_putc(out, '+');
        else
            buf_put(out, (char[]){'%', hex[c >> 4], hex[c & 15]}, 3);
    }
}

void params_put_query(struct buf *out, const struct param_list *params, const char *separator)
{
    for (size_t i = 0; i < params->n; i++) {
        buf_puts(out, i ? separator : "?");
        params_encode(out, params->items[i].key);
        buf_putc(out, '=');
        params_encode(out, params->items[i].value);
    }
}
