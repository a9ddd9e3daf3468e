#include "api/request/jsonp.h"

#define NAME_MAX_LENGTH 64

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

bool jsonp_name_ok(slice name)
{
    if (name.len == 0 || name.len > NAME_MAX_LENGTH || !is_letter(name.ptr[0]))
        return false;
    for (size_t i = 1; i < name.len; i++)
        if (!is_letter(name.ptr[i]) && name.ptr[i] != '.' && !(name.ptr[i] >= '0' && name.ptr[i] <= '9'))
            return false;
    return true;
}

static void put_meta(struct buf *out, const struct response *rs)
{
    static const char *const shown[] = {
        "Link", "X-Total-Count", "X-Total-Count-Capped", "X-Ignored-Parameters", "X-As-Of", "Retry-After"};
    struct jw w;
    jw_init(&w, out, 0);
    jw_object(&w);
    jw_ki64(&w, "status", rs->status);
    for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
        const char *value = response_get(rs, shown[i]);
        if (value)
            jw_kcstr(&w, shown[i], value);
    }
    jw_end_object(&w);
}

/* JSON may contain U+2028 and U+2029 unescaped, which ended a line, and with it a string, in JavaScript before ES2019. The comment in
 * front prevents that the name is the first bytes of the file, which could be taken for another format. */
static void put_data(struct buf *out, slice json)
{
    static const char separator[] = "\xe2\x80";
    while (json.len) {
        const char *hit = memmem(json.ptr, json.len, separator, sizeof separator - 1);
        size_t n = hit ? (size_t)(hit - json.ptr) : json.len;
        buf_put(out, json.ptr, n);
        json = slice_from(json.ptr + n, json.len - n);
        if (json.len >= 3 && ((unsigned char)json.ptr[2] | 1) == 0xa9) {
            buf_puts(out, (unsigned char)json.ptr[2] == 0xa8 ? "\\u2028" : "\\u2029");
            json = slice_from(json.ptr + 3, json.len - 3);
        } else if (json.len) {
            buf_put(out, json.ptr, 1);
            json = slice_from(json.ptr + 1, json.len - 1);
        }
    }
}

void jsonp_wrap(slice name, struct response *rs)
{
    struct buf out;
    if (!rs->content_type || !slice_starts(slice_of(rs->content_type), SLICE("application/json")))
        return;
    buf_init(&out, rs->body.max);
    buf_puts(&out, "/**/");
    buf_put(&out, name.ptr, name.len);
    buf_puts(&out, "({\"meta\":");
    put_meta(&out, rs);
    buf_puts(&out, ",\"data\":");
    put_data(&out, buf_slice(&rs->body));
    buf_puts(&out, "});");
    buf_finish(&rs->body);
    rs->body = out;
    rs->status = 200;
    rs->content_type = "application/javascript; charset=utf-8";
}
