#include "pagecache/field_kinds.h"
#include "http/cache_control.h"
#include <strings.h>

/* name, or its beginning when it ends with '*'. The source of each is in docs/mirror.md, which tests hold to be the same. */
static const struct {
    const char *name;
    enum field_kind kind;
} table[] = {
    {"Content-Type", FIELD_BODY},
    {"Content-Language", FIELD_BODY},
    {"Content-Disposition", FIELD_BODY},
    {"Last-Modified", FIELD_BODY},
    {"ETag", FIELD_BODY},
    {"X-GitHub-Media-Type", FIELD_BODY},
    {"Content-Encoding", FIELD_ANSWER},
    {"Content-Location", FIELD_ANSWER},
    {"Content-Range", FIELD_ANSWER},
    {"Content-MD5", FIELD_ANSWER},
    {"Content-Digest", FIELD_ANSWER},
    {"Repr-Digest", FIELD_ANSWER},
    {"Digest", FIELD_ANSWER},
    {"Accept-Ranges", FIELD_ANSWER},
    {"Allow", FIELD_ANSWER},
    {"Location", FIELD_ANSWER},
    {"Link", FIELD_ANSWER},
    {"Vary", FIELD_ANSWER},
    {"Cache-Control", FIELD_ANSWER},
    {"Expires", FIELD_ANSWER},
    {"Pragma", FIELD_ANSWER},
    {"Server", FIELD_ANSWER},
    {"Via", FIELD_ANSWER},
    {"Access-Control-*", FIELD_ANSWER},
    {"Timing-Allow-Origin", FIELD_ANSWER},
    {"Cross-Origin-*", FIELD_ANSWER},
    {"Content-Security-Policy", FIELD_ANSWER},
    {"X-Content-Type-Options", FIELD_ANSWER},
    {"X-Frame-Options", FIELD_ANSWER},
    {"X-XSS-Protection", FIELD_ANSWER},
    {"X-Permitted-Cross-Domain-Policies", FIELD_ANSWER},
    {"Referrer-Policy", FIELD_ANSWER},
    {"Permissions-Policy", FIELD_ANSWER},
    {"Deprecation", FIELD_ANSWER},
    {"Sunset", FIELD_ANSWER},
    {"X-Poll-Interval", FIELD_ANSWER},
    {"X-GitHub-Api-Version-Selected", FIELD_ANSWER},
    {"X-GitHub-Enterprise-Version", FIELD_ANSWER},
    {"X-OAuth-*", FIELD_CREDENTIAL},
    {"X-Accepted-OAuth-Scopes", FIELD_CREDENTIAL},
    {"X-Accepted-GitHub-Permissions", FIELD_CREDENTIAL},
    {"GitHub-Authentication-Token-Expiration", FIELD_CREDENTIAL},
    {"X-GitHub-SSO", FIELD_CREDENTIAL},
    {"X-GitHub-OTP", FIELD_CREDENTIAL},
    {"WWW-Authenticate", FIELD_CREDENTIAL},
    {"Authentication-Info", FIELD_CREDENTIAL},
    {"Proxy-Authentication-Info", FIELD_CREDENTIAL},
    {"Set-Cookie", FIELD_SESSION},
    {"Set-Cookie2", FIELD_SESSION},
    {"X-RateLimit-*", FIELD_QUOTA},
    {"RateLimit", FIELD_QUOTA},
    {"RateLimit-*", FIELD_QUOTA},
    {"Retry-After", FIELD_QUOTA},
    {"X-GitHub-Request-Id", FIELD_MESSAGE},
    {"X-Request-Id", FIELD_MESSAGE},
    {"X-Runtime*", FIELD_MESSAGE},
    {"Server-Timing", FIELD_MESSAGE},
    {"Date", FIELD_MESSAGE},
    {"Age", FIELD_MESSAGE},
    {"Strict-Transport-Security", FIELD_HOST},
    {"Public-Key-Pins*", FIELD_HOST},
    {"Expect-CT", FIELD_HOST},
    {"NEL", FIELD_HOST},
    {"Report-To", FIELD_HOST},
    {"Reporting-Endpoints", FIELD_HOST},
    {"Clear-Site-Data", FIELD_HOST},
    {"Accept-CH", FIELD_HOST},
    {"Critical-CH", FIELD_HOST},
    {"Origin-Agent-Cluster", FIELD_HOST},
};

enum field_kind field_kind_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        size_t n = strlen(table[i].name);
        bool begins = table[i].name[n - 1] == '*';
        if ((name[0] | 32) == (table[i].name[0] | 32) &&
            (begins ? strncasecmp(name, table[i].name, n - 1) : strcasecmp(name, table[i].name)) == 0)
            return table[i].kind;
    }
    return FIELD_OTHER;
}

static void choose(struct fields *f, enum field_kind kind, bool keep)
{
    size_t kept = 0;
    for (size_t i = 0; i < f->n; i++)
        if ((field_kind_of(f->items[i].name) == kind) == keep)
            f->items[kept++] = f->items[i];
    f->n = kept;
}

void fields_drop_kind(struct fields *f, enum field_kind kind)
{
    choose(f, kind, false);
}

void fields_keep_kind(struct fields *f, enum field_kind kind)
{
    choose(f, kind, true);
}

void fields_drop_lenders(struct fields *f)
{
    size_t kept = 0;
    for (size_t i = 0; i < f->n; i++) {
        enum field_kind kind = field_kind_of(f->items[i].name);
        if (kind != FIELD_CREDENTIAL && kind != FIELD_SESSION && kind != FIELD_OTHER)
            f->items[kept++] = f->items[i];
    }
    f->n = kept;
}

/* The next one of that name at or after `from`. */
static const char *value_from(const struct fields *f, const char *name, size_t *from)
{
    for (; *from < f->n; ++*from)
        if ((f->items[*from].name[0] | 32) == (name[0] | 32) && strcasecmp(f->items[*from].name, name) == 0)
            return f->items[(*from)++].value;
    return NULL;
}

static bool same_values(const struct fields *a, const struct fields *b, const char *name)
{
    size_t in_a = 0, in_b = 0;
    for (;;) {
        const char *one = value_from(a, name, &in_a), *other = value_from(b, name, &in_b);
        if (!one || !other)
            return one == other;
        if (strcmp(one, other) != 0)
            return false;
    }
}

bool fields_say_more(const struct fields *stored, const struct fields *fresh)
{
    for (size_t i = 0; i < fresh->n; i++) {
        const char *name = fresh->items[i].name;
        if (same_values(stored, fresh, name) || field_is_hop(name) || field_is_of_body(name))
            continue;
        enum field_kind kind = field_kind_of(name);
        if (kind != FIELD_QUOTA && kind != FIELD_MESSAGE && kind != FIELD_SESSION)
            return true;
    }
    return false;
}

bool fields_vary_by_agent(const struct fields *f)
{
    return field_lists(fields_get(f, "Vary"), "User-Agent");
}

bool fields_allow_keeping(const struct fields *f)
{
    struct directives said;
    directives_parse(fields_get(f, "Cache-Control"), NULL, &said);
    return !said.no_store && !field_lists(fields_get(f, "Vary"), "*") && !fields_vary_by_agent(f);
}
