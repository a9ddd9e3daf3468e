/* Parsing here is only as much as comparing origins needs. A peer's URL is never passed on as a whole: what goes out is
 * the configured origin followed by the peer's path, so that no difference in how two parsers read an authority can
 * send a credential elsewhere. */
#include "github/url.h"
#include "core/base/token.h"
#include <stdio.h>

#define URL_MAX_BYTES 2000

struct url {
    slice origin; /* scheme://authority, as written */
    slice scheme, host;
    int64_t port;
    slice path; /* "" or "/…", without the query */
    slice tail; /* path and query */
};

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static slice from(slice s, size_t at)
{
    return slice_from(s.ptr + at, s.len - at);
}

char *gh_url_segment(struct arena *a, slice segment)
{
    static const char hex[] = "0123456789ABCDEF";
    /* "." and ".." would be dot segments */
    bool dots = slice_eq(segment, SLICE(".")) || slice_eq(segment, SLICE(".."));
    char *out = arena_array(a, segment.len * 3 + 1, 1), *at = out;
    for (size_t i = 0; i < segment.len; i++) {
        unsigned char c = (unsigned char)segment.ptr[i];
        if (is_unreserved((char)c) && !dots) {
            *at++ = (char)c;
            continue;
        }
        *at++ = '%';
        *at++ = hex[c >> 4];
        *at++ = hex[c & 15];
    }
    return out;
}

static slice without_trailing_slashes(slice s)
{
    while (s.len && s.ptr[s.len - 1] == '/')
        s.len--;
    return s;
}

char *gh_url_join(struct arena *a, const char *base, const char *path)
{
    slice head = without_trailing_slashes(slice_of(base));
    return arena_printf(a, "%.*s%s%s", SLICE_ARG(head), path[0] == '/' ? "" : "/", path);
}

char *gh_url_graphql(struct arena *a, const char *base)
{
    slice head = without_trailing_slashes(slice_of(base));
    if (slice_ends(head, SLICE("/api/v3")))
        head.len -= 3;
    return arena_printf(a, "%.*s/graphql", SLICE_ARG(head));
}

/* Authority without userinfo: host or [v6], optional port. */
static bool parse_authority(slice authority, struct url *u)
{
    ptrdiff_t colon;
    if (!authority.len || slice_find(authority, '@') >= 0)
        return false;
    u->host = authority;
    if (authority.ptr[0] == '[') {
        ptrdiff_t close = slice_find(authority, ']');
        if (close < 0)
            return false;
        slice after = from(authority, (size_t)close + 1);
        if (after.len && after.ptr[0] != ':')
            return false;
        colon = after.len ? close + 1 : -1;
    } else {
        colon = slice_find(authority, ':');
    }
    if (colon < 0)
        return true;
    u->host.len = (size_t)colon;
    slice port = from(authority, (size_t)colon + 1);
    return u->host.len && (!port.len || slice_i64(port, 0, 65535, &u->port));
}

/* http and https only. */
static bool parse_absolute(slice text, struct url *u)
{
    static const struct {
        slice prefix;
        int64_t port;
    } schemes[] = {{SLICE("http://"), 80}, {SLICE("https://"), 443}};
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        slice prefix = schemes[i].prefix;
        if (text.len <= prefix.len || !slice_eq_nocase(slice_from(text.ptr, prefix.len), prefix))
            continue;
        size_t end = prefix.len;
        while (end < text.len && text.ptr[end] != '/' && text.ptr[end] != '?')
            end++;
        u->scheme = prefix;
        u->port = schemes[i].port;
        u->origin = slice_from(text.ptr, end);
        u->tail = from(text, end);
        ptrdiff_t query = slice_find(u->tail, '?');
        u->path = slice_from(u->tail.ptr, query < 0 ? u->tail.len : (size_t)query);
        return parse_authority(slice_from(text.ptr + prefix.len, end - prefix.len), u);
    }
    return false;
}

/* Characters that no URL has, or that parsers disagree on; braces mean a URI template. */
static bool characters_ok(slice url)
{
    for (size_t i = 0; i < url.len; i++) {
        unsigned char c = (unsigned char)url.ptr[i];
        if (c <= ' ' || c >= 0x7f || strchr("#\\{}<>\"", c))
            return false;
    }
    return true;
}

/* ---- dot segments ---- */

#define MAX_DECODINGS 6

/* Characters that a server may take for others after compatibility normalization (Unicode, UAX 15) or a best-fit conversion. */
static const struct {
    uint32_t code;
    const char *meant;
} look_alikes[] = {
    {0x00a5, "\\"}, {0x2024, "."},  {0x2025, ".."}, {0x2044, "/"},  {0x20a9, "\\"}, {0x2215, "/"},
    {0x2216, "\\"}, {0x29f5, "\\"}, {0x29f8, "/"},  {0x29f9, "\\"}, {0xfe30, ".."}, {0xfe52, "."},
    {0xfe68, "\\"}, {0xff0e, "."},  {0xff0f, "/"},  {0xff3c, "\\"},
};

static const char *meant_by(uint32_t code)
{
    for (size_t i = 0; i < ARRAY_LEN(look_alikes); i++)
        if (code == look_alikes[i].code)
            return look_alikes[i].meant;
    return NULL;
}

/* What the bytes at the beginning of text may mean, at most two characters. */
struct meaning {
    size_t bytes; /* 0: they mean themselves */
    char text[3];
};

static struct meaning meaning_of(size_t bytes, uint32_t code)
{
    struct meaning m = {.bytes = bytes};
    const char *meant = meant_by(code);
    if (meant)
        snprintf(m.text, sizeof m.text, "%s", meant);
    else
        m.text[0] = code < 0x100 ? (char)code : 'x';
    return m;
}

/* "%uXXXX", which some servers read. */
static struct meaning decode_wide(slice text)
{
    uint32_t code = 0;
    if (text.len < 6 || (text.ptr[1] | 32) != 'u')
        return (struct meaning){0};
    for (size_t i = 2; i < 6; i++) {
        if (hex_value(text.ptr[i]) < 0)
            return (struct meaning){0};
        code = code << 4 | (uint32_t)hex_value(text.ptr[i]);
    }
    return meaning_of(6, code);
}

/* UTF-8: look-alikes, and what RFC 3629 forbids but lenient servers read: more bytes than the character needs, or later bytes that are
 * none of a sequence. */
static struct meaning decode_utf8(slice text)
{
    unsigned char lead = (unsigned char)text.ptr[0];
    size_t n = lead >= 0xfc ? 6 : lead >= 0xf8 ? 5 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    uint32_t code = lead & (0x7fu >> n);
    if (lead < 0xc0 || lead > 0xfd || text.len < n)
        return (struct meaning){0};
    if (lead < 0xc2 &&
        strchr("./\\", text.ptr[1])) /* that lead is in no valid text: it may be dropped, too */
        return meaning_of(2, (unsigned char)text.ptr[1]);
    for (size_t i = 1; i < n; i++)
        code = code << 6 | ((uint32_t)text.ptr[i] & 0x3f);
    return code < 0x80 || meant_by(code) ? meaning_of(n, code) : (struct meaning){0};
}

static struct meaning decode_one(slice text)
{
    if (text.ptr[0] & 0x80)
        return decode_utf8(text);
    if (text.ptr[0] != '%')
        return (struct meaning){0};
    if (text.len >= 3 && hex_value(text.ptr[1]) >= 0 && hex_value(text.ptr[2]) >= 0)
        return (struct meaning){3, {(char)(hex_value(text.ptr[1]) << 4 | hex_value(text.ptr[2]))}};
    return decode_wide(text);
}

/* In place, once. False when nothing was encoded. */
static bool decode_path(char *path, size_t *len)
{
    size_t to = 0;
    bool any = false;
    for (size_t at = 0; at < *len;) {
        struct meaning m = decode_one(slice_from(path + at, *len - at));
        any = any || m.bytes;
        path[to++] = m.bytes ? m.text[0] : path[at];
        if (m.text[1])
            path[to++] = m.text[1];
        at += m.bytes ? m.bytes : 1;
    }
    *len = to;
    return any;
}

/* "." or "..", also with what servers cut off a segment: parameters (";x"), a query, blanks ("+" is one to some) and control
 * characters. */
static bool is_dots(slice segment, size_t least)
{
    size_t end = 0, dots = 0;
    while (end < segment.len && !strchr(";?#", segment.ptr[end]))
        end++;
    for (size_t i = 0; i < end; i++) {
        unsigned char c = (unsigned char)segment.ptr[i];
        if (c == '.')
            dots++;
        else if (c > ' ' && c != '+' && c != 0x7f)
            return false;
    }
    return dots >= least && dots <= 2;
}

static bool has_dots(slice path, size_t least)
{
    size_t from_at = 0;
    for (size_t i = 0; i <= path.len; i++) {
        if (i < path.len && path.ptr[i] == '\0')
            return true;
        if (i < path.len && path.ptr[i] != '/' && path.ptr[i] != '\\')
            continue;
        if (is_dots(slice_from(path.ptr + from_at, i - from_at), least))
            return true;
        from_at = i + 1;
    }
    return false;
}

static bool is_plain(slice path)
{
    for (size_t i = 0; i < path.len; i++)
        if (path.ptr[i] == '%' || (path.ptr[i] & 0x80))
            return false;
    return true;
}

/* least: how many dots make a segment one of those. */
static bool has_dots_in_any_spelling(slice path, size_t least)
{
    if (is_plain(path))
        return has_dots(path, least);
    AUTO_ARENA a = arena_create();
    char *text = arena_dup(a, path);
    size_t len = path.len;
    bool found = has_dots(path, least), more = true;
    for (int i = 0; !found && more && i < MAX_DECODINGS; i++) {
        more = decode_path(text, &len);
        found = has_dots(slice_from(text, len), least);
    }
    return found || more;
}

bool gh_url_has_dots(slice path)
{
    return has_dots_in_any_spelling(path, 1);
}

/* A segment "." changes nothing. */
static bool climbs(slice path)
{
    return has_dots_in_any_spelling(path, 2);
}

static bool same_origin(const struct url *a, const struct url *b)
{
    return slice_eq(a->scheme, b->scheme) && slice_eq_nocase(a->host, b->host) && a->port == b->port;
}

static bool is_below(slice path, slice base_path)
{
    slice stem = without_trailing_slashes(base_path);
    return slice_starts(path, stem) && (path.len == stem.len || path.ptr[stem.len] == '/');
}

char *gh_url_same_origin(struct arena *a, const char *base, slice url)
{
    struct url home, there;
    if (!url.len || url.len > URL_MAX_BYTES || !characters_ok(url) || !parse_absolute(slice_of(base), &home))
        return NULL;
    if (url.ptr[0] == '/') {
        if (url.len > 1 && url.ptr[1] == '/') /* names another host */
            return NULL;
        ptrdiff_t query = slice_find(url, '?');
        there = home;
        there.tail = url;
        there.path = slice_from(url.ptr, query < 0 ? url.len : (size_t)query);
    } else if (!parse_absolute(url, &there) || !same_origin(&home, &there)) {
        return NULL;
    }
    if (!is_below(there.path, home.path) || climbs(there.path))
        return NULL;
    const char *slash = there.path.len ? "" : "/";
    if (home.origin.len + strlen(slash) + there.tail.len > URL_MAX_BYTES)
        return NULL;
    return arena_printf(a, "%.*s%s%.*s", SLICE_ARG(home.origin), slash, SLICE_ARG(there.tail));
}

static size_t up_to(slice s, const char *ends)
{
    size_t n = 0;
    while (n < s.len && !strchr(ends, s.ptr[n]))
        n++;
    return n;
}

static bool has_scheme(slice reference)
{
    size_t n = up_to(reference, ":/?#");
    return n && n < reference.len && reference.ptr[n] == ':';
}

char *gh_url_resolve(struct arena *a, const char *from, slice reference)
{
    slice whole = slice_of(from);
    slice ref = slice_from(reference.ptr, up_to(reference, "#"));
    size_t scheme = up_to(whole, "/"); /* "https:" */
    size_t host = scheme + 2 < whole.len ? scheme + 2 : whole.len;
    size_t path = host + up_to(slice_from(whole.ptr + host, whole.len - host), "/?#");
    size_t path_end = path + up_to(slice_from(whole.ptr + path, whole.len - path), "?#");
    size_t kept;
    if (has_scheme(ref)) {
        kept = 0;
    } else if (slice_starts(ref, SLICE("//"))) {
        kept = scheme;
    } else if (slice_starts(ref, SLICE("/"))) {
        kept = path;
    } else if (slice_starts(ref, SLICE("?"))) {
        kept = path_end;
    } else if (!ref.len) {
        kept = up_to(whole, "#");
    } else {
        kept = path_end;
        while (kept > path && whole.ptr[kept - 1] != '/')
            kept--;
    }
    return arena_printf(a, "%.*s%.*s", (int)kept, from, SLICE_ARG(ref));
}

char *gh_url_rebase(struct arena *a, const char *base, slice url, bool *foreign_out)
{
    struct url home, there;
    *foreign_out = false;
    char *same = gh_url_same_origin(a, base, url);
    if (same)
        return same;
    if (!url.len || url.len > URL_MAX_BYTES || !characters_ok(url) ||
        !parse_absolute(slice_of(base), &home) || !parse_absolute(url, &there) || climbs(there.path) ||
        (there.path.len && there.path.ptr[0] != '/'))
        return NULL;
    *foreign_out = !same_origin(&home, &there);
    slice prefix = is_below(there.path, home.path) ? SLICE("") : without_trailing_slashes(home.path);
    const char *slash = there.path.len ? "" : "/";
    if (home.origin.len + prefix.len + strlen(slash) + there.tail.len > URL_MAX_BYTES)
        return NULL;
    return arena_printf(a, "%.*s%.*s%s%.*s", SLICE_ARG(home.origin), SLICE_ARG(prefix), slash,
                        SLICE_ARG(there.tail));
}

/* What follows "/user/" and the like, if it begins with a digit; else nothing. */
static slice after_stem(slice path)
{
    static const slice stems[] = {SLICE("/repositories/"), SLICE("/user/"), SLICE("/organizations/")};
    for (size_t i = 0; i < ARRAY_LEN(stems); i++)
        if (slice_starts(path, stems[i]) && path.len > stems[i].len && path.ptr[stems[i].len] >= '0' &&
            path.ptr[stems[i].len] <= '9')
            return slice_from(path.ptr + stems[i].len, path.len - stems[i].len);
    return SLICE("");
}

bool gh_url_is_by_id(slice path)
{
    return after_stem(path).len > 0;
}

int64_t gh_url_id(slice path)
{
    slice id = after_stem(path);
    size_t n = 0;
    while (n < id.len && id.ptr[n] >= '0' && id.ptr[n] <= '9')
        n++;
    int64_t out;
    bool whole = n == id.len || strchr("/?", id.ptr[n]);
    return whole && slice_i64(slice_from(id.ptr, n), 1, INT64_MAX, &out) ? out : 0;
}

bool gh_url_lacks_api_path(const char *base)
{
    struct url home;
    return parse_absolute(slice_of(base), &home) && !without_trailing_slashes(home.path).len &&
           !slice_starts(home.host, SLICE("api."));
}

bool gh_url_is_github(const char *base)
{
    static const char host[] = "api.github.com";
    const char *at = strstr(base, "://");
    if (!at || strncasecmp(at + 3, host, sizeof host - 1) != 0)
        return false;
    return at[3 + sizeof host - 1] == '\0' || strchr(":/", at[3 + sizeof host - 1]);
}

/* ---- one spelling ---- */

/* %2F, %3F and %23 are other characters than the delimiters, %25 begins no escape, and '*' is a wildcard of globs. */
static bool is_same_decoded(char c)
{
    return c > ' ' && c < 0x7f && !strchr("%/?#*\\", c);
}

/* The character at the beginning of text, decoded if it means the same encoded. *len_out: its bytes. */
static char same_character(const char *text, size_t *len_out)
{
    *len_out = 1;
    if (text[0] != '%' || hex_value(text[1]) < 0 || hex_value(text[2]) < 0)
        return text[0];
    char meant = (char)(hex_value(text[1]) << 4 | hex_value(text[2]));
    if (!is_same_decoded(meant))
        return text[0];
    *len_out = 3;
    return meant;
}

void gh_url_canonical(char *url)
{
    char *scheme = *url == '/' ? NULL : strstr(url, "://"), *path = strchr(scheme ? scheme + 3 : url, '/');
    char *at = path, *to = path;
    size_t len;
    if (!path)
        return;
    for (; *at && *at != '?'; at += len) {
        char c = same_character(at, &len);
        if (c != '/' || to == path || to[-1] != '/')
            *to++ = c;
    }
    if (to > path + 1 && to[-1] == '/')
        to--;
    memmove(to, at, strlen(at) + 1);
}
