#include "core/model/names.h"

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static const struct {
    enum record_kind kind;
    const char *word;
} record_words[] = {{RECORD_DEVELOPER, "users"}, {RECORD_REPOSITORY, "repositories"}};

const char *record_kind_word(enum record_kind kind)
{
    return record_words[kind == RECORD_REPOSITORY].word;
}

const char *record_kind_words(size_t number)
{
    return number < ARRAY_LEN(record_words) ? record_words[number].word : NULL;
}

bool record_kind_read(slice word, enum record_kind *out)
{
    for (size_t i = 0; i < ARRAY_LEN(record_words); i++) {
        *out = record_words[i].kind;
        if (slice_eq(word, slice_of(record_words[i].word)))
            return true;
    }
    return false;
}

bool login_ok(slice login)
{
    slice bare = login;
    if (slice_ends(bare, SLICE("[bot]")))
        bare.len -= 5;
    if (bare.len == 0 || bare.len > LOGIN_MAX)
        return false;
    bool any = false;
    for (size_t i = 0; i < bare.len; i++) {
        bool alnum = is_alnum(bare.ptr[i]);
        if (!alnum && bare.ptr[i] != '-' && bare.ptr[i] != '_')
            return false;
        any |= alnum;
    }
    return any;
}

bool login_plausible(slice login)
{
    if (login.len == 0 || login.len > 100)
        return false;
    for (size_t i = 0; i < login.len; i++) {
        char c = login.ptr[i];
        if (!is_alnum(c) && c != '-' && c != '_' && c != '[' && c != ']' && c != '.')
            return false;
    }
    return !slice_eq(login, SLICE(".")) && !slice_eq(login, SLICE(".."));
}

bool full_name_plausible(slice full_name)
{
    ptrdiff_t slash = slice_find(full_name, '/');
    return slash > 0 && login_plausible(slice_from(full_name.ptr, (size_t)slash)) &&
           repo_name_ok(slice_from(full_name.ptr + slash + 1, full_name.len - (size_t)slash - 1));
}

bool repo_name_ok(slice name)
{
    if (name.len == 0 || name.len > REPO_NAME_MAX || slice_eq(name, SLICE(".")) ||
        slice_eq(name, SLICE("..")))
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!is_alnum(c) && c != '-' && c != '_' && c != '.')
            return false;
    }
    return true;
}

bool repo_full_name_ok(slice full_name, slice *owner_out, slice *name_out)
{
    ptrdiff_t slash = slice_find(full_name, '/');
    if (slash < 0)
        return false;
    *owner_out = slice_from(full_name.ptr, (size_t)slash);
    *name_out = slice_from(full_name.ptr + slash + 1, full_name.len - (size_t)slash - 1);
    return login_ok(*owner_out) && repo_name_ok(*name_out);
}

static bool skip_nocase(slice *text, slice prefix)
{
    if (text->len < prefix.len || !slice_eq_nocase(slice_from(text->ptr, prefix.len), prefix))
        return false;
    *text = slice_from(text->ptr + prefix.len, text->len - prefix.len);
    return true;
}

/* The parts before github.com in web and clone addresses, and between it and the path. */
static const struct {
    slice before, between;
} addresses[] = {
    {SLICE("https://"), SLICE("/")},       {SLICE("http://"), SLICE("/")},
    {SLICE("https://www."), SLICE("/")},   {SLICE("http://www."), SLICE("/")},
    {SLICE("www."), SLICE("/")},           {SLICE(""), SLICE("/")},
    {SLICE("git@"), SLICE(":")},           {SLICE("ssh://git@"), SLICE("/")},
    {SLICE("ssh://git@"), SLICE(":22/")},  {SLICE("git://"), SLICE("/")},
    {SLICE("git+ssh://git@"), SLICE("/")}, {SLICE("git+https://"), SLICE("/")},
};

static bool skip_host(slice *text)
{
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
        slice rest = *text;
        if (skip_nocase(&rest, addresses[i].before) && skip_nocase(&rest, SLICE("github.com")) &&
            skip_nocase(&rest, addresses[i].between)) {
            *text = rest;
            return true;
        }
    }
    return false;
}

/* The path of an address at github.com, without the slashes around it. */
static bool site_path(slice text, slice *path_out)
{
    if (!skip_host(&text))
        return false;
    if (slice_ends(text, SLICE("/")))
        text.len--;
    *path_out = text;
    return true;
}

slice login_bare(slice text)
{
    slice path;
    if (slice_starts(text, SLICE("@")))
        return slice_from(text.ptr + 1, text.len - 1);
    return site_path(text, &path) ? path : text;
}

bool repo_read(slice text, slice *owner_out, slice *name_out)
{
    slice path = text;
    site_path(text, &path);
    if (slice_ends(path, SLICE(".git"))) /* of a clone address: no repository's name ends like that */
        path.len -= 4;
    return repo_full_name_ok(path, owner_out, name_out);
}
