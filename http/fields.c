#include "http/fields.h"
#include "core/base/memory.h"
#include "core/base/token.h"
#include <stdlib.h>
#include <strings.h>

void fields_split(char *lines, struct fields *out)
{
    out->n = 0;
    for (char *line = lines, *end; line && *line && out->n < MAX_FIELDS; line = end) {
        end = strchr(line, '\n');
        if (end)
            *end++ = '\0';
        char *colon = strchr(line, ':');
        if (!colon || colon == line)
            continue;
        *colon++ = '\0';
        while (*colon == ' ' || *colon == '\t')
            colon++;
        for (char *tab = colon; (tab = strchr(tab, '\t')); tab++)
            *tab = ' '; /* the same to a reader (RFC 9110, 5.6.3), and the HTTP library sends no tabs */
        fields_add(out, line, colon);
    }
}

/* Most names differ in their first letter already; there are many of them to compare for each answer. */
static bool is_name(const char *a, const char *b)
{
    return (a[0] | 0x20) == (b[0] | 0x20) && strcasecmp(a, b) == 0;
}

const char *fields_get(const struct fields *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++)
        if (is_name(f->items[i].name, name))
            return f->items[i].value;
    return NULL;
}

void fields_add(struct fields *f, const char *name, const char *value)
{
    if (f->n < MAX_FIELDS)
        f->items[f->n++] = (struct field){name, value};
}

void fields_remove(struct fields *f, const char *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < f->n; i++)
        if (!is_name(f->items[i].name, name))
            f->items[kept++] = f->items[i];
    f->n = kept;
}

void fields_write(const struct fields *f, struct buf *out)
{
    for (size_t i = 0; i < f->n; i++)
        buf_printf(out, "%s: %s\n", f->items[i].name, f->items[i].value);
}

bool field_lists(const char *list, const char *member)
{
    slice rest = slice_of(list), one, wanted = slice_of(member);
    while (slice_split(&rest, ',', &one))
        if (slice_eq_nocase(slice_trim(one), wanted))
            return true;
    return false;
}

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (is_name(name, *names))
            return true;
    return false;
}

/* Fields that readers must see as one list. Set-Cookie is not one, and joined challenges are often misread. */
static bool is_list(const char *name)
{
    static const char *const lists[] = {"Accept",
                                        "Accept-Encoding",
                                        "Accept-Language",
                                        "Access-Control-Allow-Headers",
                                        "Access-Control-Allow-Methods",
                                        "Access-Control-Expose-Headers",
                                        "Allow",
                                        "Cache-Control",
                                        "Connection",
                                        "Content-Encoding",
                                        "Content-Language",
                                        "Forwarded",
                                        "GraphQL-Features",
                                        "If-Match",
                                        "If-None-Match",
                                        "Link",
                                        "Pragma",
                                        "Vary",
                                        "X-Accepted-GitHub-Permissions",
                                        "X-Accepted-OAuth-Scopes",
                                        "X-Forwarded-For",
                                        "X-Forwarded-Host",
                                        "X-Forwarded-Proto",
                                        "X-OAuth-Scopes",
                                        NULL};
    return is_one_of(name, lists);
}

static bool repeats(const struct fields *f, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (is_name(f->items[k].name, f->items[i].name))
            return true;
    return false;
}

static char *append(char *at, const char *text)
{
    size_t n = strlen(text);
    memcpy(at, text, n + 1);
    return at + n;
}

/* The values of the i-th field's name, from there on. Returns the end of the text. */
static char *join_values(const struct fields *f, size_t i, char *at)
{
    const char *between = "";
    for (size_t k = i; k < f->n; k++) {
        if (!is_name(f->items[k].name, f->items[i].name) || !*f->items[k].value)
            continue;
        at = append(append(at, between), f->items[k].value);
        between = ", ";
    }
    *at++ = '\0';
    return at;
}

char *fields_join(struct fields *f)
{
    size_t bytes = 0, kept = 0;
    bool any = false;
    for (size_t i = 0; i < f->n; i++) {
        bytes += strlen(f->items[i].value) + sizeof ", ";
        any = any || (repeats(f, i) && is_list(f->items[i].name));
    }
    if (!any)
        return NULL;
    char *text = xmalloc(bytes + 1), *at = text;
    const struct fields all = *f;
    for (size_t i = 0; i < all.n; i++) {
        bool list = is_list(all.items[i].name);
        if (list && repeats(&all, i))
            continue;
        f->items[kept] = all.items[i];
        if (list) {
            f->items[kept].value = at;
            at = join_values(&all, i, at);
        }
        kept++;
    }
    f->n = kept;
    return text;
}

bool field_is_hop(const char *name)
{
    /* Alt-Svc would lead the client past the mirror; Content-Length is the server's to write. */
    static const char *const hop[] = {"Connection",
                                      "Keep-Alive",
                                      "Proxy-Authenticate",
                                      "Proxy-Authorization",
                                      "Proxy-Connection",
                                      "TE",
                                      "Trailer",
                                      "Transfer-Encoding",
                                      "Upgrade",
                                      "Content-Length",
                                      "Alt-Svc",
                                      NULL};
    return is_one_of(name, hop);
}

bool field_has_plain_name(const char *name)
{
    while (is_digit(*name) || ((*name | 0x20) >= 'a' && (*name | 0x20) <= 'z') || *name == '-')
        name++;
    return !*name;
}

bool field_is_of_body(const char *name)
{
    static const char *const names[] = {"Content-Encoding",
                                        "Content-Type",
                                        "Content-Range",
                                        "Content-Disposition",
                                        "Content-MD5",
                                        "Content-Digest",
                                        "Repr-Digest",
                                        "Digest",
                                        "Content-Length",
                                        "ETag",
                                        NULL};
    return is_one_of(name, names);
}

void fields_drop_hop(struct fields *f)
{
    const char *named = fields_get(f, "Connection");
    size_t kept = 0;
    for (size_t i = 0; i < f->n; i++)
        if (!field_is_hop(f->items[i].name) && !field_lists(named, f->items[i].name))
            f->items[kept++] = f->items[i];
    f->n = kept;
}

void fields_drop_digests(struct fields *f, bool whole)
{
    fields_remove(f, "Content-MD5");
    fields_remove(f, "Content-Digest");
    if (!whole)
        return;
    fields_remove(f, "Repr-Digest");
    fields_remove(f, "Digest");
}

void fields_freshen(struct fields *stored, const struct fields *fresh)
{
    for (size_t i = 0; i < fresh->n; i++)
        if (!field_is_hop(fresh->items[i].name) && !field_is_of_body(fresh->items[i].name))
            fields_remove(stored, fresh->items[i].name);
    for (size_t i = 0; i < fresh->n; i++)
        if (!field_is_hop(fresh->items[i].name) && !field_is_of_body(fresh->items[i].name))
            fields_add(stored, fresh->items[i].name, fresh->items[i].value);
}

slice field_parameter(slice value, slice name)
{
    slice rest = value, pair;
    while (slice_split(&rest, ';', &pair)) {
        ptrdiff_t equals = slice_find(pair, '=');
        if (equals < 0 || !slice_eq_nocase(slice_trim(slice_from(pair.ptr, (size_t)equals)), name))
            continue;
        slice found = slice_trim(slice_from(pair.ptr + equals + 1, pair.len - (size_t)equals - 1));
        if (found.len >= 2 && found.ptr[0] == '"' && found.ptr[found.len - 1] == '"')
            found = slice_from(found.ptr + 1, found.len - 2);
        return found;
    }
    return (slice){NULL, 0};
}
