/* JSON is not parsed here. A quote followed by an address can only begin a string (the end of one is followed by punctuation) unless
 * it is escaped; the text before it shows whether the string is a member's value, and which. In the rare case that the name alone does
 * not decide, the text is read backwards to the objects and lists around it. */
#include "mirror/cache/rewrite.h"
#include "core/json/clean.h"

#define MAX_LEVELS      4
#define LOOK_BACK_BYTES (4u * 1024u * 1024u) /* of one text, in total: a hostile answer may have many */

static bool ends_base(slice text, size_t at, const char *also)
{
    return at >= text.len || (text.ptr[at] && strchr("/?{#", text.ptr[at])) ||
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

struct search {
    slice text;
    const struct base_pair *bases;
    const char *api, *uploads; /* the next of each, or NULL */
};

static const char *find(slice text, size_t from, slice base)
{
    return base.len && from <= text.len ? memmem(text.ptr + from, text.len - from, base.ptr, base.len) : NULL;
}

static void search_begin(struct search *s, slice text, const struct base_pair *bases)
{
    *s = (struct search){text, bases, find(text, 0, bases->from), find(text, 0, bases->uploads_from)};
}

/* The next base in the text: where, and what replaces it. */
static bool search_next(struct search *s, size_t *start_out, slice *from_out, slice *to_out)
{
    bool uploads = s->uploads && (!s->api || s->uploads < s->api);
    const char *found = uploads ? s->uploads : s->api;
    if (!found)
        return false;
    *start_out = (size_t)(found - s->text.ptr);
    *from_out = uploads ? s->bases->uploads_from : s->bases->from;
    *to_out = uploads ? s->bases->uploads_to : s->bases->to;
    const char *after = find(s->text, *start_out + from_out->len, *from_out);
    if (uploads)
        s->uploads = after;
    else
        s->api = after;
    return true;
}

/* ---- rewriting ---- */

/* Replaces the bases that follow `open`, if `close` or more of the path comes next; of JSON, only in members that hold addresses. */
static bool rewrite(slice text, bool json, char open, const char *close, const struct base_pair *bases,
                    struct buf *out)
{
    struct search search;
    size_t done = 0, start, budget = LOOK_BACK_BYTES;
    slice from, to;
    search_begin(&search, text, bases);
    while (search_next(&search, &start, &from, &to)) {
        if (start == 0 || text.ptr[start - 1] != open || (json && is_escaped(text, start - 1)) ||
            !ends_base(text, start + from.len, close) || (json && !is_address(text, start - 1, &budget)))
            continue;
        buf_put(out, text.ptr + done, start - done);
        buf_put(out, to.ptr, to.len);
        done = start + from.len;
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
    if (!from.len || !slice_starts(url, from) || !ends_base(url, from.len, ""))
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
