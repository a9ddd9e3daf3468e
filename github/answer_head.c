#include "github/answer_head.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static slice without_end(slice line)
{
    if (line.len && line.ptr[line.len - 1] == '\n')
        line.len--;
    if (line.len && line.ptr[line.len - 1] == '\r')
        line.len--;
    return line;
}

static bool has_control(slice line)
{
    for (size_t i = 0; i < line.len; i++) {
        unsigned char c = (unsigned char)line.ptr[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return true;
    }
    return false;
}

/* "HTTP/1.1 200 OK", "HTTP/1.1 200", "HTTP/2 200 ". */
static const char *status_line(struct gh_answer_head *head, slice line)
{
    slice rest = line, version;
    slice_split(&rest, ' ', &version);
    *head = (struct gh_answer_head){.http10 = slice_eq(version, SLICE("HTTP/1.0"))};
    head->http1 = head->http10 || slice_eq(version, SLICE("HTTP/1.1"));
    if (!head->http1 && !slice_eq(version, SLICE("HTTP/2")) && !slice_eq(version, SLICE("HTTP/3")))
        return "its HTTP version is unknown";
    if (!rest.ptr || rest.len < 3 || !is_digit(rest.ptr[0]) || !is_digit(rest.ptr[1]) ||
        !is_digit(rest.ptr[2]) || (rest.len > 3 && rest.ptr[3] != ' '))
        return "its status is no number of three digits";
    head->status = (rest.ptr[0] - '0') * 100 + (rest.ptr[1] - '0') * 10 + rest.ptr[2] - '0';
    if (head->status < 100 || head->status > 599)
        return "its status does not exist";
    return head->status == 101 ? "it switches to a protocol nobody asked for" : NULL;
}

static bool is_name(slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] <= ' ' || (unsigned char)name.ptr[i] >= 0x7f ||
            strchr("\"(),/:;<=>?@[\\]{}", name.ptr[i]))
            return false;
    return name.len != 0;
}

static const char *content_length(struct gh_answer_head *head, slice value)
{
    int64_t n;
    if (!slice_i64(value, 0, INT64_MAX - 1, &n) || !is_digit(value.ptr[0]))
        return "its Content-Length is not one number";
    if (head->length && head->length != n + 1)
        return "it has several Content-Lengths";
    head->length = n + 1;
    return NULL;
}

static const char *transfer_encoding(struct gh_answer_head *head, slice value)
{
    if (head->has_coding || head->http10 || !slice_eq_nocase(value, SLICE("chunked")))
        return "its Transfer-Encoding is not one \"chunked\" of HTTP/1.1";
    head->has_coding = true;
    return NULL;
}

static const char *field(struct gh_answer_head *head, slice line)
{
    ptrdiff_t colon = slice_find(line, ':');
    const char *fault = NULL;
    if (line.ptr[0] == ' ' || line.ptr[0] == '\t')
        return "a line of its header is folded";
    if (colon < 0 || !is_name(slice_from(line.ptr, (size_t)colon)))
        return "a line of its header is no name with a colon";
    slice name = slice_from(line.ptr, (size_t)colon),
          value = slice_trim(slice_from(line.ptr + colon + 1, line.len - (size_t)colon - 1));
    if (slice_eq_nocase(name, SLICE("Content-Length")))
        fault = content_length(head, value);
    else if (slice_eq_nocase(name, SLICE("Transfer-Encoding")) && head->http1)
        fault = transfer_encoding(head, value);
    if (!fault && head->length && head->has_coding)
        fault = "it has a Content-Length beside Transfer-Encoding";
    return fault;
}

void gh_answer_head_line(struct gh_answer_head *head, slice line)
{
    line = without_end(line);
    if (head->fault || (!line.len && head->status))
        return;
    const char *fault = has_control(line)                    ? "its header holds a control character"
                        : slice_starts(line, SLICE("HTTP/")) ? status_line(head, line)
                        : head->status                       ? field(head, line)
                                                             : "it has no status line";
    head->fault = fault;
}
