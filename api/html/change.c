/* A change in words. */
#include "api/html/view.h"
#include "core/base/clock.h"
#include "schema/browse/names.h"

struct change {
    int64_t developer, followed, repository;
    bool has_developer, has_followed, has_repository;
};

static void put_who(struct buf *out, const struct request *rq, int64_t id)
{
    part_developer(out, rq, id, names_get(rq->names, RECORD_DEVELOPER, id));
}

static void put_what(struct buf *out, const struct request *rq, int64_t id)
{
    part_repository(out, rq, id, names_get(rq->names, RECORD_REPOSITORY, id));
}

/* The interval in which an edge ended: it existed at the first moment, and not at the second. */
static void put_between(struct buf *out, const struct request *rq, bool star, int64_t one, int64_t other)
{
    const struct ended_entry *ended = names_ended(rq->names, (struct edge_key){star, one, other});
    if (ended)
        part_between(out, ended->after_ms, ended->before_ms);
}

static const struct {
    const char *type, *verb; /* of a record */
} verbs[] = {
    {"developer.new", "is known now"},
    {"developer.synced", "was synced for the first time"},
    {"developer.changed", "changed"},
    {"developer.gone", "is gone from GitHub"},
    {"developer.restored", "is back"},
    {"repository.new", "is known now"},
    {"repository.synced", "was synced for the first time"},
    {"repository.changed", "changed"},
    {"repository.gone", "is gone from GitHub"},
    {"repository.restored", "is back"},
};

static void put_verb(struct buf *out, slice type)
{
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (slice_eq(type, slice_of(verbs[i].type))) {
            buf_printf(out, " %s", verbs[i].verb);
            return;
        }
    }
    buf_puts(out, ": ");
    html_text(out, type);
}

void change_put(struct buf *out, const struct request *rq, const json_t *item)
{
    slice type = json_text(item, "type");
    struct change c;
    c.has_developer = json_whole(item, "developer_github_id", &c.developer);
    c.has_followed = json_whole(item, "followed_github_id", &c.followed);
    c.has_repository = json_whole(item, "repository_github_id", &c.repository);
    bool closed = slice_ends(type, SLICE(".closed"));
    if (c.has_developer && c.has_followed) {
        put_who(out, rq, c.developer);
        buf_puts(out, closed ? " unfollowed " : " follows ");
        put_who(out, rq, c.followed);
        if (closed)
            put_between(out, rq, false, c.developer, c.followed);
    } else if (c.has_developer && c.has_repository) {
        put_who(out, rq, c.developer);
        buf_puts(out, closed ? " unstarred " : " starred ");
        put_what(out, rq, c.repository);
        slice at = json_text(item, "starred_at");
        if (closed)
            put_between(out, rq, true, c.developer, c.repository);
        else if (at.ptr) {
            buf_puts(out, " on ");
            part_time(out, at, false);
        }
    } else if (c.has_repository) {
        put_what(out, rq, c.repository);
        put_verb(out, type);
    } else if (c.has_developer) {
        put_who(out, rq, c.developer);
        put_verb(out, type);
    }
}
