#include "schema/graph/stored_part.h"
#include "core/json/clean.h"
#include "core/json/jr.h"

/* One with an escape may be another key than it looks. */
static bool is_derived_address(slice key)
{
    return slice_ends(key, SLICE("_url")) && !slice_eq(key, SLICE("html_url")) &&
           !slice_eq(key, SLICE("avatar_url")) && !slice_eq(key, SLICE("mirror_url")) &&
           slice_find(key, '\\') < 0;
}

/* The keys of records inside a record. Other objects may have any keys: those of custom_properties are an organization's own. */
static bool is_record(slice key)
{
    static const slice keys[] = {SLICE("owner"), SLICE("organization"), SLICE("parent"), SLICE("source"),
                                 SLICE("template_repository")};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (slice_eq(key, keys[i]))
            return true;
    return false;
}

static bool is_viewers_own(slice key)
{
    return slice_eq(key, SLICE("permissions")) || slice_eq(key, SLICE("temp_clone_token")) ||
           slice_eq(key, SLICE("starred_at"));
}

/* Copies the pieces of a text between what is omitted. */
struct copy {
    const char *from, *text_end; /* the part of the text that is not copied yet */
    char *begin, *end;           /* begin NULL: nothing omitted yet */
};

/* Omits the member that begins with the quote of its key, and one of the commas beside it. */
static void omit(struct copy *c, slice text, const char *quote, const char *after, struct arena *a)
{
    if (!c->begin)
        c->begin = c->end = arena_alloc(a, text.len);
    memcpy(c->end, c->from, (size_t)(quote - c->from));
    c->end += quote - c->from;
    while (after < c->text_end && json_is_space(*after))
        after++;
    if (after < c->text_end && *after == ',') {
        c->from = after + 1;
        return;
    }
    while (json_is_space(c->end[-1])) /* at least a brace is before it */
        c->end--;
    if (c->end[-1] == ',')
        c->end--;
    c->from = after;
}

/* listed: one object, whose own keys are compared with the viewer's fields. False: one of them has an escape. */
static bool copy_part(slice text, bool listed, struct arena *a, slice *out)
{
    struct copy c = {.from = text.ptr, .text_end = text.ptr + text.len};
    struct jr r;
    enum jr_token token;
    *out = text;
    jr_init(&r, text);
    while ((token = jr_next(&r)) != JR_END) {
        if (token == JR_ERROR)
            return true;
        if (token != JR_KEY)
            continue;
        bool own = listed && r.depth == 1;
        if (own && slice_find(r.text, '\\') >= 0)
            return false;
        const char *quote = r.text.ptr - 1;
        bool omitted = is_derived_address(r.text) || (own && is_viewers_own(r.text)),
             record = is_record(r.text);
        token = jr_next(&r);
        if (token == JR_ERROR || ((omitted || !record || token == JR_ARRAY) && !jr_skip(&r, token)))
            return true;
        if (omitted)
            omit(&c, text, quote, r.rest.ptr, a);
    }
    if (c.begin) {
        memcpy(c.end, c.from, (size_t)(c.text_end - c.from));
        c.end += c.text_end - c.from;
        *out = slice_from(c.begin, (size_t)(c.end - c.begin));
    }
    return true;
}

slice stored_part(slice json, struct arena *a)
{
    slice out;
    (void)copy_part(json, false, a, &out);
    return out;
}

bool stored_part_of_listed(slice repository, struct arena *a, slice *out)
{
    return copy_part(repository, true, a, out);
}
