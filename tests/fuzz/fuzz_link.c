/* Link and Location headers: whatever they say, what comes out is on our host. */
#include "core/base/arena.h"
#include "fuzz.h"
#include "github/link.h"
#include "github/url.h"
#include <assert.h>
#include <ctype.h>
#include <stdio.h>

/* The least a server does: percent signs read once, then the path cut at its slashes. */
static bool leads_up(const char *path)
{
    char plain[4096];
    size_t n = 0;
    for (const char *c = path; *c && *c != '?' && n + 1 < sizeof plain; c++) {
        unsigned code;
        if (*c == '%' && sscanf(c, "%%%2x", &code) == 1 && isxdigit((unsigned char)c[1]) &&
            isxdigit((unsigned char)c[2])) {
            plain[n++] = code ? (char)code : '/';
            c += 2;
        } else {
            plain[n++] = *c;
        }
    }
    plain[n] = '\0';
    return strstr(plain, "/../") || (n >= 3 && strcmp(plain + n - 3, "/..") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char base[] = "https://ghe.example/api/v3";
    struct arena *a = arena_create();
    struct gh_links links;
    slice input = slice_from((const char *)data, size);
    gh_links_parse(input, &links);
    const slice all[] = {links.next, links.prev, links.last, links.first, input};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (!all[i].ptr)
            continue;
        char *url = gh_url_same_origin(a, base, all[i]);
        assert(!url || slice_starts(slice_of(url), slice_of(base)));
        assert(!url || !leads_up(url));
        gh_url_query_number(all[i], "page");
        char *segment = gh_url_segment(a, all[i]);
        assert(slice_find(slice_of(segment), '/') < 0);
    }
    arena_destroy(a);
    return 0;
}
