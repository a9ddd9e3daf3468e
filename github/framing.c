#include "github/framing.h"
#include "core/base/token.h"

/* "HTTP/1.1 200 OK", "HTTP/2 200 ": statuses from 100 to 599 (RFC 9110 15), but 101: no switch of protocols was requested. */
static bool status_line(struct gh_framing *f, slice line)
{
    static const slice versions[] = {SLICE("HTTP/1.1 "), SLICE("HTTP/1.0 "), SLICE("HTTP/2 "),
                                     SLICE("HTTP/2.0 "), SLICE("HTTP/3 ")};
    *f = (struct gh_framing){.http11 = slice_starts(line, versions[0]), .only_http1 = f->only_http1};
    for (size_t i = 0; i < (f->only_http1 ? 2 : ARRAY_LEN(versions)); i++) {
        if (!slice_starts(line, versions[i]))
            continue;
        f->http1 = i < 2;
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
    return !again && !f->has_length && f->http11 && slice_eq_nocase(value, SLICE("chunked"));
}

/* HTTP/1.0 servers say Content-Length: 0. */
static bool body_is_allowed(const struct gh_framing *f)
{
    bool none = f->status < 200 || f->status == 204 || f->status == 205;
    return !none || (!f->length && (!f->chunked || f->status == 205));
}

bool gh_framing_line(struct gh_framing *f, slice line)
{
    if (!slice_ends(
            line,
            SLICE(
                "\r\n"))) /* RFC 9112 2.2: some readers take a bare LF for the end of a line, others do not */
        return false;
    line.len -= 2;
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

/* ---- chunks (RFC 9112 7.1) ---- */

static bool chunk_size(struct gh_framing *f)
{
    slice line = slice_from(f->line, f->line_len);
    size_t n = 0;
    if (!slice_ends(line, SLICE("\r\n")))
        return false;
    line.len -= 2;
    f->left = 0;
    for (; n < line.len && n < 15 && hex_value(line.ptr[n]) >= 0; n++)
        f->left = f->left * 16 + (uint64_t)hex_value(line.ptr[n]);
    bool good = n && is_field_value(line) && is_chunk_extensions(slice_from(line.ptr + n, line.len - n));
    f->phase = f->left ? GH_CHUNK_DATA : GH_CHUNK_TRAILER;
    f->line_len = 0;
    f->line[0] = '\0';
    return good;
}

/* libcurl gives trailers as lines of the head (gh_framing_line), whatever ended them. */
static bool trailer_byte(struct gh_framing *f, char byte)
{
    bool after_cr = f->line[0] == '\r', empty = f->line_len == 0;
    f->line[0] = byte;
    if (byte == '\n') {
        f->line_len = 0;
        if (empty)
            f->phase = GH_CHUNK_END;
        return after_cr;
    }
    if (byte != '\r')
        f->line_len = 1; /* not empty */
    return !after_cr;
}

/* Takes the byte; false: it should not be there. */
static bool chunk_byte(struct gh_framing *f, char byte)
{
    switch (f->phase) {
    case GH_CHUNK_SIZE:
        if (f->line_len == sizeof f->line)
            return false;
        f->line[f->line_len++] = byte;
        return byte != '\n' || chunk_size(f);
    case GH_CHUNK_CR:
        f->phase = GH_CHUNK_LF;
        return byte == '\r';
    case GH_CHUNK_LF:
        f->phase = GH_CHUNK_SIZE;
        return byte == '\n';
    default:
        return trailer_byte(f, byte);
    }
}

bool gh_framing_body(struct gh_framing *f, slice bytes)
{
    for (size_t i = 0; f->chunked && !f->broken && i < bytes.len && f->phase != GH_CHUNK_END;) {
        if (f->phase != GH_CHUNK_DATA) {
            f->broken = !chunk_byte(f, bytes.ptr[i++]);
            continue;
        }
        size_t n = f->left < bytes.len - i ? (size_t)f->left : bytes.len - i;
        i += n;
        f->left -= n;
        if (!f->left)
            f->phase = GH_CHUNK_CR;
    }
    return !f->broken;
}
