/* JSON is not parsed here. A quote followed by an address can only begin a string (behind the end of one comes
 * punctuation) unless it is escaped; what stands before it tells whether the string is a member's value, and which. */
#include "mirror/rewrite.h"

static bool ends_base(slice text, size_t at, const char *also)
{
    return at >= text.len || (text.ptr[at] && strchr("/?{#", text.ptr[at])) ||
           (text.ptr[at] && strchr(also, text.ptr[at]));
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The name of the member whose value begins at `at` (its quote); ptr NULL when it is no member's value. */
static slice member_before(slice json, size_t at)
{
    while (at > 0 && is_blank(json.ptr[at - 1]))
        at--;
    if (at == 0 || json.ptr[--at] != ':')
        return (slice){NULL, 0};
    while (at > 0 && is_blank(json.ptr[at - 1]))
        at--;
    if (at == 0 || json.ptr[--at] != '"')
        return (slice){NULL, 0};
    size_t end = at;
    while (at > 0 && json.ptr[at - 1] != '"')
        at--;
    return slice_from(json.ptr + at, end - at);
}

static bool is_address_member(slice name, bool below_links)
{
    return name.ptr && (slice_eq(name, SLICE("url")) || slice_ends(name, SLICE("_url")) ||
                        (below_links && slice_eq(name, SLICE("href"))));
}

bool rewrite_json(slice json, const struct base_pair *bases, struct buf *out)
{
    size_t done = 0, at = 0;
    const char *links = memmem(json.ptr, json.len, "\"_links\"", 8), *found;
    if (!bases->from.len || json.len < bases->from.len)
        return false;
    while ((found = memmem(json.ptr + at, json.len - at, bases->from.ptr, bases->from.len))) {
        size_t start = (size_t)(found - json.ptr);
        at = start + bases->from.len;
        if (start == 0 || json.ptr[start - 1] != '"' || (start > 1 && json.ptr[start - 2] == '\\') ||
            !ends_base(json, at, "\"") ||
            !is_address_member(member_before(json, start - 1), links && links < found))
            continue;
        buf_put(out, json.ptr + done, start - done);
        buf_put(out, bases->to.ptr, bases->to.len);
        done = at;
    }
    if (done)
        buf_put(out, json.ptr + done, json.len - done);
    return done > 0;
}

bool rewrite_link(slice link, const struct base_pair *bases, struct buf *out)
{
    size_t done = 0, at = 0;
    const char *found;
    if (!bases->from.len)
        return false;
    while ((found = memmem(link.ptr + at, link.len - at, bases->from.ptr, bases->from.len))) {
        size_t start = (size_t)(found - link.ptr);
        at = start + bases->from.len;
        if (start == 0 || link.ptr[start - 1] != '<' || !ends_base(link, at, ">"))
            continue;
        buf_put(out, link.ptr + done, start - done);
        buf_put(out, bases->to.ptr, bases->to.len);
        done = at;
    }
    if (done)
        buf_put(out, link.ptr + done, link.len - done);
    return done > 0;
}

bool rewrite_address(slice url, const struct base_pair *bases, struct buf *out)
{
    if (!bases->from.len || !slice_starts(url, bases->from) || !ends_base(url, bases->from.len, ""))
        return false;
    buf_put(out, bases->to.ptr, bases->to.len);
    buf_put(out, url.ptr + bases->from.len, url.len - bases->from.len);
    return true;
}
