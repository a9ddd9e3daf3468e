#include "api/resources/former_ids.h"
#include "api/html/page.h"
#include "core/uuid/uuid.h"
#include "schema/snapshot/imports.h"

#define HEX_DIGITS 32

/* The digits of a UUID, with or without dashes. */
static bool read_uuid(slice text, char out[HEX_DIGITS + 1])
{
    size_t n = 0;
    if (text.len != HEX_DIGITS && text.len != UUID_TEXT_SIZE - 1)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        bool dash = text.len != HEX_DIGITS && (i == 8 || i == 13 || i == 18 || i == 23);
        if (dash ? text.ptr[i] != '-' : !strchr("0123456789abcdefABCDEF", text.ptr[i]) || !text.ptr[i])
            return false;
        if (!dash)
            out[n++] = text.ptr[i];
    }
    out[n] = '\0';
    return true;
}

/* "/followers/" of "/github/developers/…/followers/". */
static slice after_id(slice path)
{
    slice segment;
    for (int i = 0; i < 4; i++)
        slice_split(&path, '/', &segment);
    return path.ptr ? slice_from(path.ptr - 1, path.len + 1) : SLICE("");
}

bool former_ids_redirect(struct request *rq, struct response *rs, bool *answered_out, struct err *err)
{
    static const struct {
        const char *route, *list;
        enum record_kind kind;
    } lists[] = {{"/github/developers/{id}/", "developers", RECORD_DEVELOPER},
                 {"/github/repositories/{id}/", "repositories", RECORD_REPOSITORY}};
    char digits[HEX_DIGITS + 1], id[UUID_TEXT_SIZE];
    int64_t github_id;
    *answered_out = false;
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        if (!slice_starts(slice_of(rq->route->path), slice_of(lists[i].route)) || rq->anonymous ||
            record_id_parse(rq->args[0], lists[i].kind, &github_id) || !read_uuid(rq->args[0], digits))
            continue;
        if (!request_begin_db(rq, err) ||
            !former_id_find(rq->db, slice_of(digits), lists[i].kind, &github_id, err))
            return false;
        *answered_out = github_id != 0;
        if (!*answered_out)
            return true;
        slice rest = after_id(rq->path);
        rs->status = 301;
        rs->content_type = "text/html; charset=utf-8";
        response_header(rs, "Location",
                        arena_printf(rq->arena, "%.*s/github/%s/%s%.*s%s%.*s", SLICE_ARG(page_prefix(rq)),
                                     lists[i].list, record_id_format(lists[i].kind, github_id, id),
                                     SLICE_ARG(rest), rq->query.len ? "?" : "", SLICE_ARG(rq->query)));
    }
    return true;
}
