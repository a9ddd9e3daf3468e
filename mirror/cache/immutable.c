#include "mirror/cache/immutable.h"
#include "core/base/slice.h"
#include <ctype.h>

/* Takes the next segment off the front; false at the end. */
static bool next(slice *rest, slice *segment)
{
    if (!rest->len || rest->ptr[0] != '/')
        return false;
    *rest = slice_from(rest->ptr + 1, rest->len - 1);
    ptrdiff_t slash = slice_find(*rest, '/');
    *segment = slice_from(rest->ptr, slash < 0 ? rest->len : (size_t)slash);
    *rest = slice_from(rest->ptr + segment->len, rest->len - segment->len);
    return segment->len > 0;
}

static bool is_whole_hash(slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!isxdigit((unsigned char)text.ptr[i]))
            return false;
    return text.len == 40 || text.len == 64;
}

static bool is_kind(slice kind)
{
    return slice_eq(kind, SLICE("blobs")) || slice_eq(kind, SLICE("trees")) ||
           slice_eq(kind, SLICE("commits")) || slice_eq(kind, SLICE("tags"));
}

bool path_is_immutable(const char *path)
{
    slice rest = slice_from(path, strcspn(path, "?")), segment;
    if (!next(&rest, &segment))
        return false;
    bool by_name = slice_eq(segment, SLICE("repos"));
    if ((!by_name && !slice_eq(segment, SLICE("repositories"))) || !next(&rest, &segment) ||
        (by_name && !next(&rest, &segment)) || !next(&rest, &segment))
        return false;
    if (slice_eq(segment, SLICE("git"))) {
        if (!next(&rest, &segment) || !is_kind(segment))
            return false;
    } else if (!slice_eq(segment, SLICE("commits"))) {
        return false;
    }
    return next(&rest, &segment) && is_whole_hash(segment) && !rest.len;
}
