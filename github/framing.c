#include "github/framing.h"
#include "core/base/token.h"

/* "HTTP/1.1 200 OK", "HTTP/2 200 ": statuses from 100 to 599 (RFC 9110 15), but 101: no switch of protocols was requested. */
static bool status_line(struct gh_framing *f, slice line)
{
    static const slice versions[] = {SLICE("HTTP/1.1 "), SLICE("HTTP/1.0 "), SLICE("HTTP/2 "),
                                     SLICE("HTTP/2.0 "), SLICE("HTTP/3 ")};
    *f = (struct gh_framing){.http10 = slice_starts(line, versions[1])};
    for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
        if (!slice_starts(line, versions[i]))
            continue;
        slice rest = slice_from(line.ptr + versions[i].len, line.len - versions[i].len);
        if (rest.len >= 3)
            f->status = (rest.ptr[0] - '0') * 100 + (rest.ptr[1] - '0') * 10 + rest.ptr[2] - '0';
        return rest.len >= 3 && rest.ptr[0] >= '1' && rest.ptr[0] <= '5' && is_digit(rest.ptr[1]) &&
               is_digit(rest.ptr[2]) && (rest.len == 3 || rest.ptr[3] == ' ') && is_field_value(rest) &&
               memcmp(rest.ptr, "101", 3) != 0;
    }
    return false;
}

/* Equal lengths, in one line or several, are one (RFC 9110 8.6). */
static bool length_field(struct gh_framing *f, slice value)
{
    slice rest = value, one;
    while (slice_split(&rest, ',', &one)) {
        int64_t length;
        one = slice_trim(one);
        if (!one.len || !is_digit(one.ptr[0]) || !slice_i64(one, 0, INT64_MAX, &length))
            return false;
        if (f->has_length && f->length != length)
            return false;
        f->has_length = true;
        f->length = length;
    }
    return f->has_length && !f->chunked;
}

static bool coding_field(struct gh_framing *f, slice value)
{
    bool again = f->chunked;
    f->chunked = true;
    return !again && !f->has_length && !f->http10 && slice_eq_nocase(value, SLICE("chunked"));
}

/* HTTP/1.0 servers say Content-Length: 0. */
static bool body_is_allowed(const struct gh_framing *f)
{
    bool none = f->status < 200 || f->status == 204 || f->status == 205;
    return !none || (!f->length && (!f->chunked || f->status == 205));
}

bool gh_framing_line(struct gh_framing *f, slice line)
{
    if (line.len && line.ptr[line.len - 1] == '\n')
        line.len--;
    if (line.len && line.ptr[line.len - 1] == '\r')
        line.len--;
    f->trailer = f->head_ended && f->status >= 200;
    if (!line.len) {
        f->head_ended = true;
        return body_is_allowed(f);
    }
    if (slice_starts(line, SLICE("HTTP/")) && !f->trailer)
        return status_line(f, line);
    ptrdiff_t colon = slice_find(line, ':');
    if (colon < 0) /* a folded line begins with a blank, so its name is no token */
        return false;
    slice name = slice_from(line.ptr, (size_t)colon);
    slice value = slice_from(line.ptr + colon + 1, line.len - (size_t)colon - 1);
    if (!is_token(name) || !is_field_value(value))
        return false;
    value = slice_trim(value);
    if (slice_eq_nocase(name, SLICE("Content-Length")))
        return length_field(f, value);
    return !slice_eq_nocase(name, SLICE("Transfer-Encoding")) || coding_field(f, value);
}
