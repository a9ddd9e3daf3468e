#include "http/strict.h"
#include "core/base/token.h"
#include "http/blanks.h"
#include "http/head_memory.h"
#include "http/hosts.h"
#include <endian.h>
#include <stdarg.h>
#include <stdio.h>

#define METHOD_MAX     32
#define CHUNK_LINE_MAX 256
#define TRAILERS_MAX   2048
#define VERSION_BYTES  12 /* more than " HTTP/1.1\r" after the target */

__attribute__((format(printf, 3, 4))) static enum strict_verdict fault(struct strict *s, int status,
                                                                       const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(s->why, sizeof s->why, format, args);
    va_end(args);
    s->status = status;
    return STRICT_FAULT;
}

static slice after(slice text, size_t n)
{
    return slice_from(text.ptr + n, text.len - n);
}

/* ---- the request line ---- */

static enum strict_verdict judge_version(struct strict *s, slice version)
{
    s->http10 = slice_eq(version, SLICE("HTTP/1.0"));
    if (s->http10 || slice_eq(version, SLICE("HTTP/1.1")))
        return STRICT_PASS;
    if (version.len == 8 && slice_starts(version, SLICE("HTTP/")) && is_digit(version.ptr[5]) &&
        version.ptr[6] == '.' && is_digit(version.ptr[7]))
        return fault(s, 505, "HTTP version %.*s is not supported, expected HTTP/1.1 or HTTP/1.0.",
                     SLICE_ARG(version));
    return fault(s, 400, "The request line does not end with a version such as HTTP/1.1.");
}

/* "http://host/path" (RFC 9112 3.2.2). */
static enum strict_verdict judge_absolute(struct strict *s, slice target)
{
    size_t scheme = target.len > 8 && slice_eq_nocase(slice_from(target.ptr, 8), SLICE("https://")) ? 8 : 7,
           end;
    if (target.len < 8 || (scheme == 7 && !slice_eq_nocase(slice_from(target.ptr, 7), SLICE("http://"))))
        return fault(s, 400, "The request's target is neither a path nor an http address.");
    for (end = scheme; end < target.len && !strchr("/?", target.ptr[end]);)
        end++;
    s->authority = slice_from(target.ptr + scheme, end - scheme);
    if (!host_is_valid(s->authority))
        return fault(s, 400, "The host in the request's target is invalid, expected HOST or HOST:PORT.");
    return STRICT_PASS;
}

static enum strict_verdict judge_target(struct strict *s, slice method, slice target)
{
    if (target.len > s->limits->target)
        return fault(s, 414, "The address is longer than %zu bytes.", s->limits->target);
    if (slice_eq(method, SLICE("CONNECT")))
        return fault(s, 501, "CONNECT is not supported: this server is not a proxy.");
    if (!target.len || memchr(target.ptr, '\t', target.len) || memchr(target.ptr, '#', target.len))
        return fault(s, 400, "The request's target is empty or holds a tab or \"#\".");
    s->head_memory = s->target_memory = head_memory_of_target(target);
    if (target.ptr[0] == '/')
        return STRICT_PASS;
    if (slice_eq(target, SLICE("*")))
        return slice_eq(method, SLICE("OPTIONS")) ? STRICT_PASS
                                                  : fault(s, 400, "The target \"*\" is for OPTIONS only.");
    return judge_absolute(s, target);
}

static enum strict_verdict judge_request_line(struct strict *s, slice line)
{
    size_t n = token_length(line);
    slice method = slice_from(line.ptr, n);
    if (!n || n == line.len || line.ptr[n] != ' ')
        return fault(s, 400, "The request line does not begin with a method and one space.");
    if (n > METHOD_MAX)
        return fault(s, 501, "The method is longer than %d bytes.", METHOD_MAX);
    slice rest = after(line, n + 1);
    ptrdiff_t space = slice_find(rest, ' ');
    if (space < 0) {
        if (rest.len > s->limits->target)
            return judge_target(s, method, rest);
        return fault(s, 400, "The request line has no HTTP version.");
    }
    slice target = slice_from(rest.ptr, (size_t)space);
    if (judge_version(s, after(rest, (size_t)space + 1)) == STRICT_FAULT)
        return STRICT_FAULT;
    s->target_at = n + 1;
    s->target_len = target.len;
    return judge_target(s, method, target);
}

/* ---- fields ---- */

static enum strict_verdict judge_once(struct strict *s, bool *has, const char *name)
{
    if (*has)
        return fault(s, 400, "There are several %s fields, expected one.", name);
    *has = true;
    return STRICT_PASS;
}

static enum strict_verdict judge_host(struct strict *s, slice value)
{
    if (judge_once(s, &s->has_host, "Host") == STRICT_FAULT)
        return STRICT_FAULT;
    s->empty_host = !value.len; /* which is right only beside a target with a host (RFC 9112 3.2) */
    return s->empty_host || host_is_valid(value)
               ? STRICT_PASS
               : fault(s, 400, "Invalid Host header: expected HOST or HOST:PORT.");
}

static enum strict_verdict judge_length(struct strict *s, slice value)
{
    int64_t n = 0;
    if (judge_once(s, &s->has_length, "Content-Length") == STRICT_FAULT)
        return STRICT_FAULT;
    for (size_t i = 0; i < value.len; i++)
        if (!is_digit(value.ptr[i]))
            return fault(s, 400, "Content-Length: expected one number.");
    if (!value.len || !slice_i64(value, 0, INT64_MAX, &n))
        return fault(s, 400, "Content-Length: expected one number below 2^63.");
    s->length = (uint64_t)n;
    return STRICT_PASS;
}

static enum strict_verdict judge_coding(struct strict *s, slice value)
{
    if (s->chunked)
        return fault(s, 400, "There are several Transfer-Encoding fields, expected one.");
    if (!slice_eq_nocase(value, SLICE("chunked")))
        return fault(s, 501, "Transfer-Encoding: only \"chunked\" is supported.");
    if (s->http10)
        return fault(s, 400, "Transfer-Encoding does not exist in HTTP/1.0.");
    s->chunked = true;
    return STRICT_PASS;
}

/* One line of a head or of trailers. */
static enum strict_verdict split_field(struct strict *s, slice line, slice *name_out, slice *value_out)
{
    size_t n = token_length(line);
    if (is_blank(line.ptr[0]))
        return fault(s, 400, "A line of the header begins with whitespace.");
    if (n && n < line.len && is_blank(line.ptr[n]))
        return fault(s, 400, "The name of a header is followed by whitespace, expected a colon.");
    if (!n || n == line.len || line.ptr[n] != ':')
        return fault(s, 400, "A line of the header has no name and colon.");
    *name_out = slice_from(line.ptr, n);
    *value_out = slice_trim(after(line, n + 1));
    return STRICT_PASS;
}

static enum strict_verdict judge_field(struct strict *s, slice line)
{
    slice name, value;
    if (s->n_lines - 1 > s->limits->fields) /* the first is the request line */
        return fault(s, 431, "There are more than %u header fields.", s->limits->fields);
    if (split_field(s, line, &name, &value) == STRICT_FAULT)
        return STRICT_FAULT;
    s->head_memory += head_memory_of_field(name, value);
    s->blanks |= is_blank(line.ptr[line.len - 1]) && value.len;
    switch (name.len) {
    case 13:
        return slice_eq_nocase(name, SLICE("Authorization")) /* a proxy may have checked the other one */
                   ? judge_once(s, &s->has_authorization, "Authorization")
                   : STRICT_PASS;
    case 4:
        return slice_eq_nocase(name, SLICE("Host")) ? judge_host(s, value) : STRICT_PASS;
    case 14:
        return slice_eq_nocase(name, SLICE("Content-Length")) ? judge_length(s, value) : STRICT_PASS;
    case 17:
        return slice_eq_nocase(name, SLICE("Transfer-Encoding")) ? judge_coding(s, value) : STRICT_PASS;
    default:
        return STRICT_PASS;
    }
}

static enum strict_verdict judge_trailer(struct strict *s, slice line)
{
    static const slice refused[] = {SLICE("Content-Length"), SLICE("Transfer-Encoding"),
                                    SLICE("Host"),           SLICE("Trailer"),
                                    SLICE("Authorization"),  SLICE("Content-Encoding")};
    slice name, value;
    if (split_field(s, line, &name, &value) == STRICT_FAULT)
        return STRICT_FAULT;
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        if (slice_eq_nocase(name, refused[i]))
            return fault(s, 400, "%.*s may not come in a trailer.", SLICE_ARG(refused[i]));
    return STRICT_PASS;
}

/* ---- lines ---- */

static void end_unit(struct strict *s, enum strict_phase next)
{
    s->phase = next;
    s->scanned = s->line = 0;
    s->n_lines = 0;
}

static void begin_head(struct strict *s)
{
    s->http10 = s->has_host = s->empty_host = s->has_authorization = s->has_length = s->chunked = s->blanks =
        false;
    s->length = s->body = s->left = 0;
    s->head_bytes = s->head_memory = s->target_memory = 0;
    s->authority = (slice){NULL, 0};
}

/* Of eight bytes how many pass before one that is below a space or DEL. Most of a head is read here, so it counts. */
static size_t plain_of_eight(const char *at)
{
    const uint64_t ones = UINT64_MAX / 255;
    uint64_t x, del, found;
    memcpy(&x, at, sizeof x);
    x = le64toh(x);
    del = x ^ (ones * 0x7f);
    found = (((x - ones * ' ') & ~x) | ((del - ones) & ~del)) & (ones * 0x80); /* its lowest bit is exact */
    return found ? (size_t)__builtin_ctzll(found) / 8 : 8;
}

/* The first byte from `at` on that is below a space or DEL; n: there is none. */
static size_t next_control(const char *bytes, size_t at, size_t n)
{
    while (n - at >= 8) {
        size_t plain = plain_of_eight(bytes + at);
        at += plain;
        if (plain < 8)
            return at;
    }
    while (at < n && (unsigned char)bytes[at] >= ' ' && bytes[at] != 0x7f)
        at++;
    return at;
}

/* Finds the end of the next line of the unit. STRICT_MORE: it is not there yet. */
static enum strict_verdict next_line(struct strict *s, const char *bytes, size_t n, slice *line_out)
{
    for (; (s->scanned = next_control(bytes, s->scanned, n)) < n; s->scanned++) {
        char c = bytes[s->scanned];
        if (c == '\t')
            continue;
        if (c == '\n')
            return fault(s, 400, "A line ends with LF, expected CRLF.");
        if (c != '\r')
            return fault(s, 400, "The request holds a NUL or a control character.");
        if (s->scanned + 1 == n)
            return STRICT_MORE;
        if (bytes[s->scanned + 1] != '\n')
            return fault(s, 400, "The request holds a CR without LF.");
        *line_out = slice_from(bytes + s->line, s->scanned - s->line);
        s->line = s->scanned += 2;
        return STRICT_PASS;
    }
    return STRICT_MORE;
}

/* Of a head of n bytes, or n with its trailers. */
static enum strict_verdict judge_size(struct strict *s, size_t n)
{
    if ((n > s->limits->read ? n : s->limits->read) + s->head_memory <= s->limits->head)
        return STRICT_PASS;
    if (s->target_memory > s->limits->head / 4)
        return fault(s, 414, "The address has more parameters than there is room for.");
    return fault(s, 431, "The head takes %zu bytes, with %u for each field and cookie, expected %zu at most.",
                 n + s->head_memory, HEAD_MEMORY_EACH_BYTES, s->limits->head);
}

static enum strict_verdict end_head(struct strict *s)
{
    if (!s->http10 && (!s->has_host || (s->empty_host && !s->authority.ptr)))
        return fault(s, 400, "A Host header is needed.");
    if (s->has_length && s->chunked)
        return fault(s, 400, "Content-Length and Transfer-Encoding exclude each other.");
    if (s->length > s->limits->body)
        return fault(s, 413, "The body is larger than %llu bytes.", (unsigned long long)s->limits->body);
    s->left = s->length;
    s->empty_line = false;
    end_unit(s, s->chunked ? STRICT_CHUNK_SIZE : s->left ? STRICT_BODY : STRICT_HEAD);
    return s->authority.ptr ? STRICT_ABSOLUTE : STRICT_PASS;
}

/* What is wrong with a head before its line is complete. */
static enum strict_verdict judge_unfinished(struct strict *s, const char *bytes, size_t n)
{
    if (!s->n_lines && n > s->limits->target + METHOD_MAX + VERSION_BYTES)
        return fault(s, 414, "The address is longer than %zu bytes.", s->limits->target);
    if (!is_token_char(bytes[0]) && bytes[0] != '\r')
        return fault(s, 400, "The request does not begin with a method.");
    return judge_size(s, n) == STRICT_FAULT ? STRICT_FAULT : STRICT_MORE;
}

/* The authority was noted in bytes that may have moved since. */
static void note_authority(struct strict *s, const char *bytes)
{
    size_t at = s->target_at;
    if (!s->authority.ptr)
        return;
    while (bytes[at] != ':')
        at++;
    s->authority.ptr = bytes + at + 3;
}

static enum strict_verdict judge_head(struct strict *s, const char *bytes, size_t n, size_t *n_out)
{
    slice line;
    enum strict_verdict verdict;
    if (!s->scanned)
        begin_head(s);
    while ((verdict = next_line(s, bytes, n, &line)) == STRICT_PASS) {
        if (!line.len && !s->n_lines) {
            if (s->empty_line)
                return fault(s, 400, "There is more than one empty line before the request.");
            s->empty_line = true;
            end_unit(s, STRICT_HEAD);
            *n_out = 2;
            return STRICT_DROP;
        }
        if (!line.len) {
            *n_out = s->head_bytes = s->scanned;
            note_authority(s, bytes);
            return end_head(s);
        }
        verdict = s->n_lines++ ? judge_field(s, line) : judge_request_line(s, line);
        if (verdict == STRICT_FAULT || judge_size(s, s->scanned) == STRICT_FAULT)
            return STRICT_FAULT;
    }
    return verdict == STRICT_MORE ? judge_unfinished(s, bytes, n) : verdict;
}

/* ---- bodies ---- */

static enum strict_verdict pass_data(struct strict *s, size_t n, enum strict_phase next, size_t *n_out)
{
    *n_out = s->left < n ? (size_t)s->left : n;
    s->left -= *n_out;
    if (!s->left)
        end_unit(s, next);
    return STRICT_PASS;
}

static enum strict_verdict judge_chunk_size(struct strict *s, slice line)
{
    size_t n = 0;
    uint64_t size = 0;
    for (; n < line.len && hex_value(line.ptr[n]) >= 0; n++) {
        size = size * 16 + (uint64_t)hex_value(line.ptr[n]);
        if (n >= 15)
            return fault(s, 400, "The size of a chunk has more than 15 digits.");
    }
    if (!n || !is_chunk_extensions(after(line, n)))
        return fault(s, 400,
                     "The size of a chunk is not a hexadecimal number, or its extension is malformed.");
    if (size > s->limits->body - s->body)
        return fault(s, 413, "The body is larger than %llu bytes.", (unsigned long long)s->limits->body);
    s->left = size;
    s->body += size;
    return STRICT_PASS;
}

static enum strict_verdict judge_size_line(struct strict *s, const char *bytes, size_t n, size_t *n_out)
{
    slice line;
    enum strict_verdict verdict = next_line(s, bytes, n, &line);
    if (verdict == STRICT_MORE)
        return n > CHUNK_LINE_MAX
                   ? fault(s, 400, "The line of a chunk's size is longer than %d bytes.", CHUNK_LINE_MAX)
                   : STRICT_MORE;
    if (verdict == STRICT_FAULT || judge_chunk_size(s, line) == STRICT_FAULT)
        return STRICT_FAULT;
    if (!s->left) {
        s->phase = STRICT_TRAILER; /* a unit with what follows */
        return STRICT_MORE;
    }
    *n_out = s->scanned;
    end_unit(s, STRICT_CHUNK_DATA);
    return STRICT_PASS;
}

static enum strict_verdict judge_chunk_end(struct strict *s, const char *bytes, size_t n, size_t *n_out)
{
    if (bytes[0] != '\r' || (n > 1 && bytes[1] != '\n'))
        return fault(s, 400, "A chunk is longer than its stated size.");
    if (n < 2)
        return STRICT_MORE;
    *n_out = 2;
    end_unit(s, STRICT_CHUNK_SIZE);
    return STRICT_PASS;
}

static enum strict_verdict judge_trailers(struct strict *s, const char *bytes, size_t n, size_t *n_out)
{
    slice line;
    enum strict_verdict verdict;
    while ((verdict = next_line(s, bytes, n, &line)) == STRICT_PASS) {
        if (s->scanned > TRAILERS_MAX)
            break;
        if (!line.len) {
            *n_out = s->scanned;
            end_unit(s, STRICT_HEAD);
            return STRICT_PASS;
        }
        s->head_memory += HEAD_MEMORY_EACH_BYTES;
        if (judge_trailer(s, line) == STRICT_FAULT ||
            judge_size(s, s->head_bytes + s->scanned) == STRICT_FAULT)
            return STRICT_FAULT;
    }
    if (verdict != STRICT_FAULT && n > TRAILERS_MAX)
        return fault(s, 431, "The trailers are larger than %d bytes.", TRAILERS_MAX);
    return verdict;
}

enum strict_verdict strict_next(struct strict *s, const char *bytes, size_t n, size_t *n_out)
{
    *n_out = 0;
    if (s->status)
        return STRICT_FAULT;
    if (!n)
        return STRICT_MORE;
    switch (s->phase) {
    case STRICT_HEAD:
        return judge_head(s, bytes, n, n_out);
    case STRICT_BODY:
        return pass_data(s, n, STRICT_HEAD, n_out);
    case STRICT_CHUNK_DATA:
        return pass_data(s, n, STRICT_CHUNK_END, n_out);
    case STRICT_CHUNK_END:
        return judge_chunk_end(s, bytes, n, n_out);
    case STRICT_CHUNK_SIZE: {
        enum strict_verdict verdict = judge_size_line(s, bytes, n, n_out);
        return s->phase == STRICT_TRAILER && verdict == STRICT_MORE ? judge_trailers(s, bytes, n, n_out)
                                                                    : verdict;
    }
    case STRICT_TRAILER:
        return judge_trailers(s, bytes, n, n_out);
    }
    return STRICT_FAULT;
}

void strict_time_out(struct strict *s)
{
    fault(s, 408, "The request did not arrive in time.");
}

slice strict_ending(const struct strict *s)
{
    switch (s->phase) {
    case STRICT_CHUNK_END:
        return SLICE("\r\n0\r\n\r\n");
    case STRICT_CHUNK_SIZE:
    case STRICT_TRAILER:
        return SLICE("0\r\n\r\n");
    default:
        return SLICE("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    }
}
