/* Two states: a value is due, or one has just ended. What is open is a stack of bits. */
#include "core/json/check.h"
#include "core/json/clean.h"

struct check {
    const char *at, *end;
    size_t depth;
    uint64_t arrays[JSON_CHECK_MAX_DEPTH / 64]; /* a bit for each open container: 1 array, 0 object */
    int64_t commas;                             /* in the outermost container */
};

static struct check begin(slice text)
{
    const char *at = text.ptr ? text.ptr : "";
    return (struct check){.at = at, .end = at + text.len};
}

static void skip_blank(struct check *c)
{
    while (c->at < c->end && json_is_space(*c->at))
        c->at++;
}

static bool in_array(const struct check *c)
{
    size_t top = c->depth - 1;
    return c->arrays[top / 64] >> (top % 64) & 1;
}

static bool open_container(struct check *c, bool array)
{
    if (c->depth == JSON_CHECK_MAX_DEPTH)
        return false;
    uint64_t bit = UINT64_C(1) << (c->depth % 64);
    if (array)
        c->arrays[c->depth / 64] |= bit;
    else
        c->arrays[c->depth / 64] &= ~bit;
    c->depth++;
    c->at++;
    return true;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static bool pass_escape(struct check *c)
{
    if (c->end - c->at < 2)
        return false;
    char kind = c->at[1];
    c->at += 2;
    if (kind != 'u')
        return kind && strchr("\"\\/bfnrt", kind);
    if (c->end - c->at < 4)
        return false;
    for (int i = 0; i < 4; i++)
        if (!is_hex(*c->at++))
            return false;
    return true;
}

/* At its opening quote. */
static bool pass_string(struct check *c)
{
    c->at++;
    while (c->at < c->end) {
        unsigned char ch = (unsigned char)*c->at;
        if (ch == '"') {
            c->at++;
            return true;
        }
        if (ch < 0x20)
            return false;
        if (ch != '\\')
            c->at++;
        else if (!pass_escape(c))
            return false;
    }
    return false;
}

static bool pass_digits(struct check *c)
{
    const char *from = c->at;
    while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
        c->at++;
    return c->at > from;
}

static bool takes(struct check *c, char one, char other)
{
    if (c->at >= c->end || (*c->at != one && *c->at != other))
        return false;
    c->at++;
    return true;
}

static bool pass_number(struct check *c)
{
    takes(c, '-', '-');
    if (!takes(c, '0', '0') && !pass_digits(c))
        return false;
    if (takes(c, '.', '.') && !pass_digits(c))
        return false;
    if (!takes(c, 'e', 'E'))
        return true;
    takes(c, '+', '-');
    return pass_digits(c);
}

static bool pass_word(struct check *c, slice word)
{
    if ((size_t)(c->end - c->at) < word.len || memcmp(c->at, word.ptr, word.len) != 0)
        return false;
    c->at += word.len;
    return true;
}

static bool pass_scalar(struct check *c)
{
    switch (*c->at) {
    case '"':
        return pass_string(c);
    case 't':
        return pass_word(c, SLICE("true"));
    case 'f':
        return pass_word(c, SLICE("false"));
    case 'n':
        return pass_word(c, SLICE("null"));
    default:
        return pass_number(c);
    }
}

/* A member's name and its colon. */
static bool pass_name(struct check *c)
{
    skip_blank(c);
    if (c->at >= c->end || *c->at != '"' || !pass_string(c))
        return false;
    skip_blank(c);
    return takes(c, ':', ':');
}

static bool closes(struct check *c)
{
    return c->at < c->end && *c->at == (in_array(c) ? ']' : '}');
}

/* After the end of a value: brackets, commas and names, until the next value is due or everything is closed. */
static bool pass_ends(struct check *c)
{
    while (c->depth) {
        skip_blank(c);
        if (closes(c)) {
            c->at++;
            c->depth--;
            continue;
        }
        if (!takes(c, ',', ','))
            return false;
        c->commas += c->depth == 1;
        return in_array(c) || pass_name(c);
    }
    return true;
}

/* One value, up to its first inner one: true if it is a container that is still open. */
static bool pass_opening(struct check *c, bool *ok)
{
    skip_blank(c);
    *ok = c->at < c->end;
    if (!*ok || (*c->at != '{' && *c->at != '[')) {
        *ok = *ok && pass_scalar(c);
        return false;
    }
    *ok = open_container(c, *c->at == '[');
    if (!*ok)
        return false;
    skip_blank(c);
    if (closes(c))
        return false;
    *ok = in_array(c) || pass_name(c);
    return *ok;
}

enum json_kind json_kind_of_start(slice text)
{
    struct check c = begin(text);
    skip_blank(&c);
    if (c.at == c.end)
        return JSON_BROKEN;
    switch (*c.at) {
    case '{':
        return JSON_OF_OBJECT;
    case '[':
        return JSON_OF_ARRAY;
    case '"':
        return JSON_OF_STRING;
    case 't':
    case 'f':
    case 'n':
        return JSON_OF_WORD;
    default:
        return *c.at == '-' || (*c.at >= '0' && *c.at <= '9') ? JSON_OF_NUMBER : JSON_BROKEN;
    }
}

enum json_kind json_check(slice text, int64_t *n_items_out)
{
    struct check c = begin(text);
    enum json_kind kind = json_kind_of_start(text);
    bool ok, first = true, empty = false;
    *n_items_out = -1;
    if (kind == JSON_BROKEN)
        return JSON_BROKEN;
    do {
        bool open = pass_opening(&c, &ok);
        if (!ok)
            return JSON_BROKEN;
        empty = empty || (first && !open);
        first = false;
        if (!open && !pass_ends(&c))
            return JSON_BROKEN;
    } while (c.depth);
    skip_blank(&c);
    if (c.at != c.end || !slice_utf8_valid(text)) /* RFC 8259, 8.1 */
        return JSON_BROKEN;
    if (kind == JSON_OF_ARRAY)
        *n_items_out = empty ? 0 : c.commas + 1;
    return kind;
}
