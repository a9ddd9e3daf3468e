#include "core/json/yaml.h"
#include "core/json/jr.h"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Words that YAML 1.1 and 1.2 readers do not read as text. */
static bool is_keyword(slice text)
{
    static const char *const words[] = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (slice_eq_nocase(text, slice_of(words[i])))
            return true;
    return false;
}

/* Letters, digits and "_/.-" with single spaces between, beginning with a letter or (as paths do) a slash, and no
 * keyword: text without quotes. Whatever else has a meaning in YAML is not among these. */
static bool is_plain(slice text)
{
    if (text.len == 0 || text.len > 200 || is_keyword(text) ||
        !(is_letter(text.ptr[0]) || text.ptr[0] == '/'))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool inside_space = c == ' ' && i + 1 < text.len && text.ptr[i + 1] != ' ';
        if (!is_letter(c) && !(c >= '0' && c <= '9') && !(c && strchr("_/.-", c)) && !inside_space)
            return false;
    }
    return true;
}

static void put_text(struct buf *out, slice text)
{
    bool plain = is_plain(text);
    if (!plain)
        buf_putc(out, '"');
    buf_put(out, text.ptr, text.len);
    if (!plain)
        buf_putc(out, '"');
}

static void line_break(struct buf *out, int indent)
{
    buf_putc(out, '\n');
    for (int i = 0; i < indent; i++)
        buf_puts(out, "  ");
}

static bool put_value(struct buf *out, struct jr *r, enum jr_token token, int indent, bool in_item);

/* in_item: the first entry follows the "- " of the list item that holds this object. */
static bool put_object(struct buf *out, struct jr *r, int indent, bool in_item)
{
    enum jr_token token = jr_next(r);
    if (token == JR_END_OBJECT) {
        buf_puts(out, &" {}"[in_item]);
        return true;
    }
    for (bool first = true; token == JR_KEY; token = jr_next(r), first = false) {
        if (!first || !in_item)
            line_break(out, indent);
        put_text(out, r->text);
        buf_putc(out, ':');
        if (!put_value(out, r, jr_next(r), indent + 1, false))
            return false;
    }
    return token == JR_END_OBJECT;
}

static bool put_array(struct buf *out, struct jr *r, int indent, bool in_item)
{
    enum jr_token token = jr_next(r);
    if (token == JR_END_ARRAY) {
        buf_puts(out, &" []"[in_item]);
        return true;
    }
    for (bool first = true; token != JR_END_ARRAY; token = jr_next(r), first = false) {
        if (!first || !in_item)
            line_break(out, indent);
        buf_puts(out, "- ");
        if (!put_value(out, r, token, indent + 1, true))
            return false;
    }
    return true;
}

static bool put_value(struct buf *out, struct jr *r, enum jr_token token, int indent, bool in_item)
{
    bool scalar =
        token == JR_STRING || token == JR_NUMBER || token == JR_TRUE || token == JR_FALSE || token == JR_NULL;
    if (token == JR_OBJECT)
        return put_object(out, r, indent, in_item);
    if (token == JR_ARRAY)
        return put_array(out, r, indent, in_item);
    if (!scalar)
        return false;
    if (!in_item && indent)
        buf_putc(out, ' ');
    if (token == JR_STRING)
        put_text(out, r->text);
    else
        buf_put(out, r->text.ptr, r->text.len);
    return true;
}

bool yaml_from_json(struct buf *out, slice json)
{
    struct jr r;
    jr_init(&r, json);
    size_t begun = out->len;
    if (!put_value(out, &r, jr_next(&r), 0, true) || jr_next(&r) != JR_END)
        return false;
    if (out->len > begun)
        buf_putc(out, '\n');
    return true;
}
