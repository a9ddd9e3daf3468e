/* JSON is not parsed here. A quote followed by an address can only begin a string (the end of one is followed by punctuation) unless
 * it is escaped; the text before it shows whether the string is a member's value, and which. In the rare case that the name alone does
 * not decide, the text is read backwards to the objects and lists around it. */
#include "mirror/cache/rewrite.h"
#include "core/json/clean.h"

#define MAX_LEVELS      4
#define LOOK_BACK_BYTES (4u * 1024u * 1024u) /* of one text, in total: a hostile answer may have many */

/* The bytes of the slash at `at`; 0: there is none. In JSON it may be escaped (RFC 8259 section 7): some servers and proxies do that. */
static size_t slash_at(slice text, size_t at, bool json)
{
    slice rest = slice_from(text.ptr + at, text.len - at);
    if (slice_starts(rest, SLICE("/")))
        return 1;
    if (!json || !slice_starts(rest, SLICE("\\")))
        return 0;
    return slice_starts(rest, SLICE("\\/"))                                               ? 2
           : slice_starts(rest, SLICE("\\u002f")) || slice_starts(rest, SLICE("\\u002F")) ? 6
                                                                                          : 0;
}

static bool ends_base(slice text, size_t at, bool json, const char *also)
{
    return at >= text.len || slash_at(text, at, json) || (text.ptr[at] && strchr("?{#", text.ptr[at])) ||
           (text.ptr[at] && strchr(also, text.ptr[at]));
}

/* ---- the context of a string ---- */

/* The name of the member whose value begins at `at`; ptr NULL: it is not a member's value. */
static slice member_before(slice json, size_t at)
{
    while (at > 0 && json_is_space(json.ptr[at - 1]))
        at--;
    if (at == 0 || json.ptr[--at] != ':')
        return (slice){NULL, 0};
    while (at > 0 && json_is_space(json.ptr[at - 1]))
        at--;
    if (at == 0 || json.ptr[--at] != '"')
        return (slice){NULL, 0};
    size_t end = at;
    while (at > 0 && json.ptr[at - 1] != '"')
        at--;
    return slice_from(json.ptr + at, end - at);
}

static bool is_escaped(slice json, size_t quote)
{
    size_t n = 0;
    while (n < quote && json.ptr[quote - n - 1] == '\\')
        n++;
    return n % 2 == 1;
}

/* The bracket that opens what `at` is in. False: none, or *budget is used up. */
static bool opened_at(slice json, size_t at, size_t *budget, size_t *out)
{
    size_t depth = 0;
    bool in_string = false;
    for (; at > 0 && *budget > 0; (*budget)--) {
        char c = json.ptr[--at];
        if (c == '"' && !is_escaped(json, at))
            in_string = !in_string;
        else if (in_string)
            continue;
        else if (c == '}' || c == ']')
            depth++;
        else if ((c == '{' || c == '[') && depth-- == 0) {
            *out = at;
            return true;
        }
    }
    return false;
}

static bool names_list_of_addresses(slice name)
{
    return name.ptr && (slice_eq(name, SLICE("urls")) || slice_ends(name, SLICE("_urls")));
}

static bool is_placed_as_address(slice json, size_t at, slice name, size_t *budget)
{
    size_t open = at;
    for (int level = 0; level < MAX_LEVELS && opened_at(json, open, budget, &open); level++) {
        slice outer = member_before(json, open);
        if (level == 0 && json.ptr[open] == '[' && names_list_of_addresses(outer))
            return true;
        if (level == 0 && name.ptr && slice_eq(name, SLICE("location")) && outer.ptr &&
            slice_eq(outer, SLICE("meta")))
            return true;
        if (outer.ptr && slice_eq(outer, SLICE("_links")))
            return true;
    }
    return false;
}

static bool names_address(slice name)
{
    return name.ptr && (slice_eq(name, SLICE("url")) || slice_ends(name, SLICE("_url")) ||
                        slice_eq(name, SLICE("uri")) || slice_ends(name, SLICE("_uri")));
}

static bool is_address(slice json, size_t quote, size_t *budget)
{
    slice name = member_before(json, quote);
    return names_address(name) || is_placed_as_address(json, quote, name, budget);
}

/* ---- finding the bases ---- */

struct found {
    size_t start, end; /* SIZE_MAX: none is left */
};

struct search {
    slice text;
    bool json;
    const struct base_pair *bases;
    struct found api, uploads; /* the next of each */
};

/* The end of the base that begins at `at`; 0: another text is there. */
static size_t base_end(slice text, size_t at, slice base, bool json)
{
    for (size_t i = 0; i < base.len; i++) {
        size_t n = at >= text.len       ? 0
                   : base.ptr[i] == '/' ? slash_at(text, at, json)
                                        : (size_t)(text.ptr[at] == base.ptr[i]);
        if (!n)
            return 0;
        at += n;
    }
    return at;
}

static struct found find(slice text, size_t from, slice base, bool json)
{
    ptrdiff_t slash = slice_find(base, '/');
    slice scheme = slice_from(base.ptr, slash > 0 ? (size_t)slash : 0); /* "https:" */
    const char *at;
    for (; scheme.len && from < text.len; from = (size_t)(at - text.ptr) + scheme.len) {
        if (!(at = memmem(text.ptr + from, text.len - from, scheme.ptr, scheme.len)))
            break;
        size_t start = (size_t)(at - text.ptr), end = base_end(text, start, base, json);
        if (end)
            return (struct found){start, end};
    }
    return (struct found){SIZE_MAX, SIZE_MAX};
}

static void search_begin(struct search *s, slice text, bool json, const struct base_pair *bases)
{
    *s = (struct search){text, json, bases, find(text, 0, bases->from, json),
                         find(text, 0, bases->uploads_from, json)};
}

/* The next base in the text: where, and what replaces it. */
static bool search_next(struct search *s, struct found *out, slice *to_out)
{
    bool uploads = s->uploads.start < s->api.start;
    struct found *next = uploads ? &s->uploads : &s->api;
    *out = *next;
    if (out->start == SIZE_MAX)
        return false;
    *to_out = uploads ? s->bases->uploads_to : s->bases->to;
    *next = find(s->text, out->end, uploads ? s->bases->uploads_from : s->bases->from, s->json);
    return true;
}

/* ---- rewriting ---- */

/* Replaces the bases that follow `open`, if `close` or more of the path comes next; of JSON, only in members that hold addresses. */
static bool rewrite(slice text, bool json, char open, const char *close, const struct base_pair *bases,
                    struct buf *out)
{
    struct search search;
    size_t done = 0, budget = LOOK_BACK_BYTES;
    struct found at;
    slice to;
    search_begin(&search, text, json, bases);
    while (search_next(&search, &at, &to)) {
        size_t before = at.start - 1;
        if (at.start == 0 || text.ptr[before] != open || (json && is_escaped(text, before)) ||
            !ends_base(text, at.end, json, close) || (json && !is_address(text, before, &budget)))
            continue;
        buf_put(out, text.ptr + done, at.start - done);
        buf_put(out, to.ptr, to.len);
        done = at.end;
    }
    if (done)
        buf_put(out, text.ptr + done, text.len - done);
    return done > 0;
}

bool rewrite_json(slice json, const struct base_pair *bases, struct buf *out)
{
    return rewrite(json, true, '"', "\"", bases, out);
}

bool rewrite_link(slice link, const struct base_pair *bases, struct buf *out)
{
    return rewrite(link, false, '<', ">", bases, out);
}

static bool rewrite_base(slice url, slice from, slice to, struct buf *out)
{
    if (!from.len || !slice_starts(url, from) || !ends_base(url, from.len, false, ""))
        return false;
    buf_put(out, to.ptr, to.len);
    buf_put(out, url.ptr + from.len, url.len - from.len);
    return true;
}

bool rewrite_address(slice url, const struct base_pair *bases, struct buf *out)
{
    return rewrite_base(url, bases->from, bases->to, out) ||
           rewrite_base(url, bases->uploads_from, bases->uploads_to, out);
}
