#include "mirror/request/uploads.h"
#include <stdio.h>

#define PATH       SLICE("/api/uploads")
#define ENTERPRISE SLICE("/api/v3")

bool uploads_of_api(const char *api, char *out, size_t size)
{
    static const slice scheme = SLICE("https://api.");
    slice url = slice_of(api);
    *out = '\0';
    if (slice_ends(url, ENTERPRISE)) {
        url.len -= ENTERPRISE.len;
        snprintf(out, size, "%.*s%s", SLICE_ARG(url), PATH.ptr);
    } else if (slice_starts(url, scheme) &&
               (slice_eq(url, SLICE("https://api.github.com")) || slice_ends(url, SLICE(".ghe.com")))) {
        snprintf(out, size, "https://uploads.%s", url.ptr + scheme.len);
    }
    return *out != '\0';
}

bool is_upload_path(const char *path, const char **path_out)
{
    if (strncmp(path, PATH.ptr, PATH.len) != 0 || path[PATH.len] != '/')
        return false;
    *path_out = path + PATH.len;
    return true;
}

struct base_pair bases_for(const char *upstream, const char *uploads, const char *base,
                           struct bases_room *room)
{
    struct base_pair bases = {.from = slice_of(upstream), .to = slice_of(base)};
    slice root = bases.to;
    if (!*uploads)
        return bases;
    if (slice_ends(root, ENTERPRISE))
        root.len -= ENTERPRISE.len;
    snprintf(room->uploads, sizeof room->uploads, "%.*s%s", SLICE_ARG(root), PATH.ptr);
    bases.uploads_from = slice_of(uploads);
    bases.uploads_to = slice_of(room->uploads);
    return bases;
}
