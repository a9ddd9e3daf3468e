#include "api/charts/subject.h"
#include "api/html/page.h"
#include "api/request/link.h"

enum record_kind subject_kind(const struct route *route)
{
    return slice_starts(slice_of(route->path), SLICE("/github/repositories/")) ? RECORD_REPOSITORY
                                                                               : RECORD_DEVELOPER;
}

/* "history/" of "/github/repositories/{id}/history/": the part after the last argument. */
static const char *tail_of(const struct route *route)
{
    const char *brace = strrchr(route->path, '}');
    return brace ? brace + 2 : "";
}

/* A former name redirects, as the record's own address does. */
static void lead_on(struct request *rq, struct response *rs, enum record_kind kind, int64_t github_id)
{
    char id[UUID_TEXT_SIZE];
    rs->status = 301;
    rs->content_type = "text/html; charset=utf-8";
    response_header(rs, "Location",
                    arena_printf(rq->arena, "%.*s/github/%s/%s/%s%s%.*s", SLICE_ARG(page_prefix(rq)),
                                 kind == RECORD_DEVELOPER ? "developers" : "repositories",
                                 record_id_format(kind, github_id, id), tail_of(rq->route),
                                 rq->query.len ? "?" : "", SLICE_ARG(rq->query)));
}

bool subject_find(struct request *rq, struct response *rs, int64_t *github_id_out, bool *answered_out,
                  struct err *err)
{
    enum record_kind kind = subject_kind(rq->route);
    struct browse_named named;
    *github_id_out = 0;
    *answered_out = false;
    if (!strstr(rq->route->path, "/by-")) {
        if (!record_id_parse(rq->args[0], kind, github_id_out))
            *github_id_out = 0;
        return true;
    }
    slice full_name =
        kind == RECORD_DEVELOPER
            ? rq->args[0]
            : slice_of(arena_printf(rq->arena, "%.*s/%.*s", SLICE_ARG(rq->args[0]), SLICE_ARG(rq->args[1])));
    if (!(kind == RECORD_DEVELOPER ? browse_by_login(rq->db, full_name, &named, err)
                                   : browse_by_full_name(rq->db, full_name, &named, err)))
        return false;
    *answered_out = named.found && named.former && !rq->anonymous;
    if (*answered_out)
        lead_on(rq, rs, kind, named.github_id);
    else if (named.found)
        *github_id_out = named.github_id;
    return true;
}

/* Of PUBLIC_CHARTS; NULL: none. */
static bool is_public(const char *setting, slice full_name, bool is_private)
{
    slice rest = slice_of(setting), one;
    while (slice_split(&rest, ',', &one)) {
        one = slice_trim(one);
        bool all = slice_eq(one, SLICE("*"));
        if (one.len && (all ? !is_private : slice_eq_nocase(one, full_name)))
            return true;
    }
    return false;
}

bool subject_is_shown(const struct request *rq, const struct history *history)
{
    return !rq->anonymous ||
           (history->found && is_public(rq->api->cfg->public_charts, history->name, history->is_private));
}

bool subject_all_shown(const struct request *rq)
{
    return !rq->anonymous || is_public(rq->api->cfg->public_charts, SLICE(""), false);
}
