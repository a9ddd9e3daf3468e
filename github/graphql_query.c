#include "github/graphql_query.h"
#include <ctype.h>

struct copier {
    slice query, rest;
    const struct gh_fields *lacking;
};

static slice take(struct copier *c, size_t n)
{
    slice taken = slice_from(c->rest.ptr, n);
    c->rest = slice_from(c->rest.ptr + n, c->rest.len - n);
    return taken;
}

static void skip_space(struct copier *c)
{
    while (c->rest.len && isspace((unsigned char)c->rest.ptr[0]))
        take(c, 1);
}

static bool is_next(struct copier *c, char character)
{
    skip_space(c);
    return c->rest.len && c->rest.ptr[0] == character;
}

static slice take_name(struct copier *c)
{
    size_t n = 0;
    skip_space(c);
    while (n < c->rest.len && (isalnum((unsigned char)c->rest.ptr[n]) || c->rest.ptr[n] == '_'))
        n++;
    return take(c, n);
}

/* Up to and with the character. */
static slice take_through(struct copier *c, char character)
{
    ptrdiff_t at = slice_find(c->rest, character);
    return take(c, at < 0 ? c->rest.len : (size_t)at + 1);
}

/* Types whose selections are known as such; fields of other types are recognised only by name. */
static bool is_named(const char *type)
{
    return strcmp(type, "User") == 0 || strcmp(type, "Organization") == 0 || strcmp(type, "Repository") == 0;
}

/* type: of the selection; ptr NULL: not known. */
static bool lacks(const struct copier *c, slice type, slice name)
{
    for (size_t i = 0; i < c->lacking->n; i++) {
        const struct gh_field *f = &c->lacking->items[i];
        if (!f->name[0])
            continue;
        bool here = !f->type[0] || (type.ptr ? slice_eq(type, slice_of(f->type)) : !is_named(f->type));
        if (here && slice_eq(name, slice_of(f->name)))
            return true;
    }
    return false;
}

static bool lacks_type(const struct copier *c, slice type)
{
    for (size_t i = 0; i < c->lacking->n; i++)
        if (!c->lacking->items[i].name[0] && slice_eq(type, slice_of(c->lacking->items[i].type)))
            return true;
    return false;
}

/* Whether "...U" is of a type that is lacking: "fragment U on User" says which it is. */
static bool fragment_is_lacking(const struct copier *c, slice name)
{
    struct copier at = {c->query, c->query, c->lacking};
    while (at.rest.len) {
        if (!slice_eq(take_name(&at), SLICE("fragment"))) {
            take(&at, at.rest.len ? 1 : 0);
            continue;
        }
        bool found = slice_eq(take_name(&at), name);
        take_name(&at); /* on */
        if (found)
            return lacks_type(c, take_name(&at));
    }
    return false;
}

static size_t copy_selection(struct copier *c, slice type, struct buf *out);

/* Copies the field, unless it is lacking or nothing is left of it. */
static bool copy_field(struct copier *c, slice type, struct buf *out)
{
    slice name = take_name(c), alias = {NULL, 0}, arguments = {NULL, 0};
    AUTO_BUF selection = {.max = 64 * 1024};
    size_t n_selected = 1;
    if (!name.len) { /* not understood: continues after it */
        take(c, c->rest.len ? 1 : 0);
        return false;
    }
    if (is_next(c, ':')) {
        take(c, 1);
        alias = name;
        name = take_name(c);
    }
    if (is_next(c, '('))
        arguments = take_through(c, ')');
    if (is_next(c, '{')) {
        slice below = slice_eq(name, SLICE("parent")) ? SLICE("Repository") : (slice){NULL, 0};
        n_selected = copy_selection(c, below, &selection);
    }
    bool stays = n_selected && !lacks(c, type, name);
    if (stays) {
        buf_printf(out, " %.*s%s%.*s%.*s", SLICE_ARG(alias), alias.len ? ": " : "", SLICE_ARG(name),
                   SLICE_ARG(arguments));
        buf_put(out, selection.ptr, selection.len);
    }
    return stays;
}

/* "...U", or "... on User { … }". */
static bool copy_spread(struct copier *c, struct buf *out)
{
    take(c, 3);
    slice name = take_name(c);
    if (!slice_eq(name, SLICE("on"))) {
        if (fragment_is_lacking(c, name))
            return false;
        buf_printf(out, " ...%.*s", SLICE_ARG(name));
        return true;
    }
    AUTO_BUF selection = {.max = 64 * 1024};
    slice type = take_name(c);
    bool stays = is_next(c, '{') && copy_selection(c, type, &selection) && !lacks_type(c, type);
    if (stays) {
        buf_printf(out, " ... on %.*s", SLICE_ARG(type));
        buf_put(out, selection.ptr, selection.len);
    }
    return stays;
}

/* From '{' through its '}'. How many stay. */
static size_t copy_selection(struct copier *c, slice type, struct buf *out)
{
    size_t n = 0;
    take(c, 1);
    buf_puts(out, " {");
    while (c->rest.len && !is_next(c, '}')) {
        if (!c->rest.len)
            break;
        n += c->rest.ptr[0] == '.' && c->rest.len > 3 ? copy_spread(c, out) : copy_field(c, type, out);
    }
    take(c, c->rest.len ? 1 : 0);
    buf_puts(out, " }");
    return n;
}

void gh_graphql_without(slice query, const struct gh_fields *lacking, struct buf *out)
{
    struct copier c = {query, query, lacking};
    while (slice_find(c.rest, '{') >= 0) { /* "query Hydrate($ids: …)", "fragment U on User" */
        slice head = take(&c, (size_t)slice_find(c.rest, '{')), word, last = {NULL, 0},
              words = slice_trim(head);
        bool fragment = slice_starts(words, SLICE("fragment"));
        while (slice_split(&words, ' ', &word))
            last = word;
        AUTO_BUF selection = {.max = 64 * 1024};
        copy_selection(&c, fragment ? last : SLICE("Query"), &selection);
        if (!fragment || !lacks_type(&c, last)) {
            buf_put(out, head.ptr, head.len);
            buf_put(out, selection.ptr, selection.len);
            buf_puts(out, "\n");
        }
    }
}
