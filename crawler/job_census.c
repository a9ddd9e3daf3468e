/* census: a slice of all ids (schema/queue/census.h), a page of a hundred at a time. GitHub lists the ids after a given one,
 * so a slice's last page may contain the beginning of the next one. */
#include "core/base/rnd.h"
#include "core/model/names.h"
#include "crawler/jobs.h"
#include "github/link.h"
#include "github/record.h"
#include "schema/graph/census_pages.h"
#include "schema/queue/census.h"
#include <jansson.h>

#define SLICE_PAGES 32 /* of one job: two slices share a page at most */
#define PAGE_SIZE   100

struct census_state {
    enum record_kind kind;
    int64_t since, from, to;
    bool handed_on; /* the ids after this slice belong to another job, or there are none */
    struct page_memory memory;
};

static slice cursor_of(struct work *w, const struct census_state *s)
{
    const struct work_field fields[] = {
        {"since", NULL, s->since}, {"to", NULL, s->to}, {"handed_on", NULL, s->handed_on}, {NULL, NULL, 0}};
    return work_json(w, fields);
}

/* The remembered page has its last id, and whether it had a next page. */
static enum step fetch_page(struct work *w, struct db *db, struct census_state *s, struct err *err)
{
    if (!pages_recall(db, census_list(s->kind), s->since, 0, w->arena, &s->memory, err))
        return STEP_TROUBLE;
    const struct gh_credential *c = work_credential(w, s->memory.label);
    bool ours = s->memory.known && s->memory.label && strcmp(s->memory.label, c->label) == 0 &&
                (s->memory.n_ids == 0 || s->memory.ids[0] > s->since);
    const char *path = record_kind_word(s->kind);
    return work_get(w, c, work_url(w, "/%s?since=%lld&per_page=%d", path, (long long)s->since, PAGE_SIZE),
                    ACCEPT_JSON, ours ? s->memory.etag : NULL, true);
}

enum step census_begin(struct work *w, struct db *db, struct err *err)
{
    struct census_state *s = arena_alloc(w->arena, sizeof *s);
    const struct cursor *args = cursor_read(w->job.args, w->arena),
                        *at = cursor_read(w->job.cursor, w->arena);
    w->state = s;
    s->kind = cursor_i64(args, "kind", RECORD_DEVELOPER) == RECORD_REPOSITORY ? RECORD_REPOSITORY
                                                                              : RECORD_DEVELOPER;
    s->from = cursor_i64(args, "from", 1);
    s->to = cursor_i64(at, "to", cursor_i64(args, "to", CENSUS_OPEN));
    s->since = cursor_i64(at, "since", s->from - 1);
    s->handed_on = cursor_i64(at, "handed_on", 0) != 0;
    return fetch_page(w, db, s, err);
}

/* ---- a page ---- */

struct page {
    size_t n;
    int64_t last;  /* its greatest id; 0: none */
    bool has_next; /* there is a next page */
    const char *etag;
};

static void read_page(struct work *w, const struct census_state *s, struct page *out)
{
    struct gh_links links;
    json_auto_t *root = gh_record_parse(w->body, NULL);
    json_t *item;
    size_t i;
    gh_record_drop_misfits(root);
    *out = (struct page){.n = json_array_size(root), .etag = work_validator(w)};
    json_array_foreach(root, i, item)
    {
        json_int_t id = json_integer_value(json_object_get(item, "id"));
        if (id > out->last)
            out->last = id;
    }
    gh_links_parse(slice_of(w->fetch.headers.link), &links);
    bool unknown = links.malformed || w->fetch.headers.link_dropped;
    out->has_next = out->last > s->since && (links.next.ptr || unknown || out->n >= PAGE_SIZE);
}

static bool save_page(struct work *w, struct db *db, const struct census_state *s, struct err *err)
{
    AUTO_BUF clean = {0};
    slice json = slice_trim(w->body).len ? w->body : SLICE("[]");
    if (work_open(w, db, err) && census_save(db, s->kind, json, w->job.task_id, err))
        return true;
    return work_clean(db, json, detail_shape(s->kind), &clean, NULL, err) && work_open(w, db, err) &&
           census_save(db, s->kind, buf_slice(&clean), w->job.task_id, err);
}

static bool remember(struct work *w, struct db *db, const struct census_state *s, const struct page *page,
                     struct err *err)
{
    const struct page_answer answer = {.key = {census_list(s->kind), s->since, 0},
                                       .label = w->credential->label,
                                       .etag = page->etag,
                                       .next_url = page->has_next ? "next" : NULL,
                                       .ids = &page->last,
                                       .n_ids = page->last ? 1 : 0};
    return pages_remember(db, &answer, 1, w->arena, err);
}

/* The ids after this slice become another job, which begins where SLICE_PAGES pages as dense as this one would end. */
static bool hand_on(struct work *w, struct db *db, struct census_state *s, int64_t last, struct err *err)
{
    int64_t width = last - s->since;
    struct census_request rest = {.kind = s->kind, .to = s->to};
    if (s->handed_on)
        return true;
    s->handed_on = true;
    if (width > (INT64_MAX - s->since) / (2 * SLICE_PAGES))
        return true;
    rest.from = s->since + width * SLICE_PAGES + 1;
    if (rest.from > s->to)
        return true;
    s->to = rest.from - 1;
    return census_slice(db, &rest, w->job.task_id, w->job.priority, w->arena, err);
}

/* In the page's transaction. */
static enum step go_on(struct work *w, struct db *db, struct census_state *s, const struct page *page,
                       struct err *err)
{
    bool over = !page->has_next || page->last >= s->to;
    if (!over && !hand_on(w, db, s, page->last, err))
        return STEP_TROUBLE;
    if (!over) {
        s->since = page->last;
        over = s->since >= s->to;
    }
    if (over)
        return work_finish(w, db, NULL, 1, (int64_t)page->n, err) && work_commit(w, db, err) ? STEP_DONE
                                                                                             : STEP_TROUBLE;
    if (!work_save(w, db, cursor_of(w, s), 1, (int64_t)page->n, err) || !work_commit(w, db, err))
        return STEP_TROUBLE;
    work_tidy(w);
    return work_go_on(w, db, err);
}

static enum step end_incomplete(struct work *w, struct db *db, const struct census_state *s, const char *why,
                                struct err *err)
{
    return work_end(
        w, db, arena_printf(w->arena, JOB_INCOMPLETE "%s of ids after %lld", why, (long long)s->since), err);
}

static enum step page_fresh(struct work *w, struct db *db, struct census_state *s, struct err *err)
{
    struct page page;
    if (w->fetch.status == 204)
        return work_put_back(w, job_backoff_ms(w->job.attempt + 1, rnd_u64()), WAIT_BACKOFF,
                             "204 instead of a list");
    read_page(w, s, &page);
    if (page.n && page.last <= s->since)
        return end_incomplete(w, db, s, "no id in the list", err);
    if (!save_page(w, db, s, err) || !remember(w, db, s, &page, err))
        return STEP_TROUBLE;
    return go_on(w, db, s, &page, err);
}

/* An unchanged page costs nothing, and names no new account. */
static enum step page_unchanged(struct work *w, struct db *db, struct census_state *s, struct err *err)
{
    const struct page page = {.last = s->memory.n_ids ? s->memory.ids[0] : 0,
                              .has_next = s->memory.next_url != NULL};
    if (!work_open(w, db, err))
        return STEP_TROUBLE;
    return go_on(w, db, s, &page, err);
}

enum step census_answer(struct work *w, struct db *db, struct err *err)
{
    struct census_state *s = w->state;
    switch (w->outcome) {
    case GH_FRESH:
        return page_fresh(w, db, s, err);
    case GH_UNCHANGED:
        return page_unchanged(w, db, s, err);
    default:
        return end_incomplete(w, db, s,
                              arena_printf(w->arena, "GitHub answers %d to the list", w->fetch.status), err);
    }
}
