#include "crawler/list_pages.h"
#include "core/log/log.h"
#include "crawler/list_verdict.h"
#include <stdlib.h>

slice list_body(const struct work *w)
{
    return w->body.len && slice_trim(w->body).len ? w->body : SLICE("[]"); /* 204: empty, like the count */
}

/* Whether its edges move to a history when they end. */
static bool has_edges(enum page_list list)
{
    return list == LIST_FOLLOWERS || list == LIST_FOLLOWING || list == LIST_STARRED;
}

static bool lists_repositories(enum page_list list)
{
    return list == LIST_STARRED || list == LIST_REPOSITORIES;
}

/* A page being saved, and the state of its list after it. */
struct saving {
    struct work *w;
    struct list_page *of;
    struct list_state after;
    bool fresh, again; /* again: a confirming pass begins */
    struct page_save page;
    const char *next, *etag, *note;
};

/* ---- one page ---- */

static bool same_ids(const struct page_memory *memory, const struct page_save *saved)
{
    return memory->known && memory->n_ids == saved->n_ids &&
           (saved->n_ids == 0 || memcmp(memory->ids, saved->ids, saved->n_ids * sizeof *saved->ids) == 0);
}

/* The next page. A 304 without a Link keeps the remembered next, unless the count says that a full last page
 * has a next page. A full page without a Link does not count as the last one, either, if it had a next page before or
 * the count says so: headers get lost, and unread edges would count as ended. */
static const char *next_of(struct work *w, struct list_state *s, bool fresh, size_t n_ids)
{
    const char *why, *next = work_next_page(w, s->page, s->mark, &why);
    s->lost = why ? arena_printf(w->arena, JOB_INCOMPLETE "%s; closed nothing", why) : NULL;
    s->mark = work_page_mark(w, s->page, s->mark);
    if (next || s->lost)
        return next;
    if (w->fetch.headers.link[0] || (fresh && n_ids < LIST_PER_PAGE))
        return NULL;
    if (s->memory.next_url)
        return s->memory.next_url;
    if (n_ids == LIST_PER_PAGE && s->count > (int64_t)s->page * LIST_PER_PAGE)
        return arena_printf(w->arena, "%s&page=%d", list_first_url(w, s), s->page + 1);
    return NULL;
}

/* The state of the list after this page: the next page, and what the pass has seen so far. */
static void advance(struct saving *s)
{
    struct work *w = s->w;
    const struct list_state *before = w->state;
    const char *known_next = before->memory.next_url;
    s->next = next_of(w, &s->after, s->fresh, s->page.n_ids);
    bool unreadable = s->fresh && s->page.n_unreadable + before->n_dropped > 0;
    s->etag = s->fresh ? w->fetch.headers.etag : before->memory.etag;
    if (s->after.lost || w->fetch.headers.partial || s->page.subject_gone || s->page.withheld ||
        unreadable) /* no 304 may confirm this page */
        s->etag = NULL;
    s->after.n_page_ids = (int64_t)s->page.n_ids;
    s->after.n_ids += s->after.n_page_ids;
    s->after.changed |= s->fresh && !same_ids(&before->memory, &s->page);
    s->after.partial |= w->fetch.headers.partial;
    s->after.unreadable |= unreadable;
    s->after.lost_next =
        !s->next && (known_next || (s->fresh && before->page > 1 && !w->fetch.headers.link[0]));
    if (s->next) {
        s->after.page++;
        s->after.url = s->next;
    }
}

static struct saving saving_of(struct list_page *page)
{
    const struct list_state *s = page->w->state;
    return (struct saving){
        .w = page->w,
        .of = page,
        .after = *s,
        .fresh = page->fresh,
        .page = {.list = s->list,
                 .subject = s->subject,
                 .task_id = page->w->job.task_id,
                 .json = page->json,
                 .ids = s->memory.ids,
                 .n_ids = s->memory.n_ids},
    };
}

/* Records and edges of fresh pages; remaining stubs of the others. */
static bool save_rows(struct saving *all, size_t n, struct db *db, struct arena *a, struct err *err)
{
    struct page_save *fresh = arena_array(a, n, sizeof *fresh);
    size_t n_fresh = 0;
    for (size_t i = 0; i < n; i++)
        if (all[i].fresh)
            fresh[n_fresh++] = all[i].page;
    if (n_fresh && !pages_save(db, fresh, n_fresh, work_item_memory(all[0].w), a, err))
        return false;
    n_fresh = 0;
    for (size_t i = 0; i < n; i++) {
        struct page_save *page = &all[i].page;
        if (all[i].fresh)
            *page = fresh[n_fresh++];
        else if (!hydration_queue_stubs(db,
                                        lists_repositories(page->list) ? RECORD_REPOSITORY : RECORD_DEVELOPER,
                                        page->ids, page->n_ids, page->task_id, err))
            return false;
    }
    return true;
}

static bool remember(const struct saving *all, size_t n, struct db *db, struct arena *a, struct err *err)
{
    struct page_answer *answers = arena_array(a, n, sizeof *answers);
    size_t n_answers = 0;
    for (size_t i = 0; i < n; i++) {
        const struct saving *s = &all[i];
        const struct list_state *before = s->w->state;
        const char *list = page_list_name(before->list), *label = s->w->credential->label,
                   *known_next = before->memory.next_url;
        bool other_next = !s->next != !known_next || (s->next && strcmp(s->next, known_next) != 0);
        if (s->fresh)
            answers[n_answers++] = (struct page_answer){
                {list, before->subject, before->page}, label, s->etag, s->next, s->page.ids, s->page.n_ids};
        else if (other_next &&
                 !pages_unchanged(db, list, before->subject, before->page, label, s->etag, s->next, err))
            return false;
    }
    return pages_remember(db, answers, n_answers, a, err);
}

/* ---- the end of a pass ---- */

static struct list_pass pass_of(const struct list_state *s, int64_t n_missing)
{
    return (struct list_pass){
        .list = s->list,
        .pass = s->pass,
        .n_pages = s->page,
        .n_ids = s->n_ids,
        .count = s->count,
        .n_missing = n_missing,
        .changed = s->changed,
        .lost_next = s->lost_next,
        .partial = s->partial,
        .unreadable = s->unreadable,
        .lost = s->lost,
    };
}

/* Divides finished passes: those that close missing edges, and those that found every edge. */
struct verdicts {
    struct page_pass *close, *ended;
    size_t n_close, n_ended;
};

static void judge(struct saving *s, const struct page_pass *over, struct verdicts *v)
{
    struct work *w = s->w;
    const struct list_pass pass = pass_of(&s->after, over->n_missing);
    enum verdict verdict = list_verdict(&pass, &s->note);
    if (s->after.partial && s->after.list != LIST_STARGAZERS)
        log_warn("list.partial", L_STR("kind", job_kind_name(w->job.kind)), L_STR("subject", w->job.subject),
                 L_STR("credential", w->credential->label));
    if (verdict == VERDICT_CONFIRM) {
        s->after.pass++;
        s->again = true;
        list_start_pass(&s->after);
        return;
    }
    if (verdict == VERDICT_CLOSE)
        v->close[v->n_close++] = *over;
    if (has_edges(s->after.list) && (verdict == VERDICT_CLOSE || list_saw_all(&pass)))
        v->ended[v->n_ended++] = *over;
}

static bool end_passes(struct saving *all, size_t n, struct db *db, struct arena *a, struct err *err)
{
    struct page_pass *over = arena_array(a, n, sizeof *over);
    struct verdicts v = {arena_array(a, n, sizeof *v.close), arena_array(a, n, sizeof *v.ended), 0, 0};
    size_t n_over = 0;
    for (size_t i = 0; i < n; i++) {
        const struct list_state *s = &all[i].after;
        if (!all[i].next)
            over[n_over++] = (struct page_pass){.list = s->list,
                                                .subject = s->subject,
                                                .task_id = all[i].w->job.task_id,
                                                .started_ms = s->started_ms,
                                                .last_page = s->page};
    }
    if (!pages_count_missing(db, over, n_over, a, err))
        return false;
    n_over = 0;
    for (size_t i = 0; i < n; i++)
        if (!all[i].next)
            judge(&all[i], &over[n_over++], &v);
    if (!pages_close_missing(db, v.close, v.n_close, a, err) ||
        !pages_pass_ended(db, v.ended, v.n_ended, a, err))
        return false;
    struct work **read = arena_array(a, n, sizeof(struct work *));
    int64_t *owners = arena_array(a, n, sizeof *owners);
    size_t n_read = 0;
    for (size_t i = 0; i < n; i++)
        if (!all[i].next && !all[i].again && all[i].after.list == LIST_REPOSITORIES) {
            read[n_read] = all[i].w;
            owners[n_read++] = all[i].after.subject;
        }
    return stargazers_of_owners(read, owners, n_read, db, a, err);
}

static bool end_works(struct saving *all, size_t n, struct db *db, struct arena *a, struct err *err)
{
    struct work_end *ends = arena_array(a, n, sizeof *ends);
    for (size_t i = 0; i < n; i++) {
        bool finished = !all[i].next && !all[i].again;
        ends[i] = (struct work_end){.w = all[i].w,
                                    .finished = finished,
                                    .cursor = finished ? (slice){0} : list_cursor(all[i].w, &all[i].after),
                                    .note = all[i].note,
                                    .pages = 1,
                                    .records = all[i].of->refused ? 0 : all[i].after.n_page_ids};
    }
    return works_end(ends, n, db, a, err);
}

/* By the label, so that groups of several credentials wait for each other but never in a circle; those of a credential in the order of
 * the group, so that the last of them counts, as if each had come alone. */
static int by_label(const void *a, const void *b)
{
    const struct saving *x = *(const struct saving *const *)a, *y = *(const struct saving *const *)b;
    int order = strcmp(x->w->credential->label, y->w->credential->label);
    return order ? order : (x->of > y->of) - (x->of < y->of);
}

/* What lists of stargazers, shown or refused, say of the endpoint for their credentials. The same is recorded once. */
static bool learn_of_stargazers(const struct saving *all, size_t n, struct db *db, struct arena *a,
                                struct err *err)
{
    const struct saving **said = arena_array(a, n, sizeof *said);
    size_t n_said = 0;
    for (size_t i = 0; i < n; i++)
        if (all[i].after.list == LIST_STARGAZERS && (all[i].of->refused || all[i].after.page == 1))
            said[n_said++] = &all[i];
    qsort(said, n_said, sizeof *said, by_label);
    for (size_t i = 0; i < n_said; i++) {
        const struct work *w = said[i]->w;
        bool shown = !said[i]->of->refused;
        if (i && said[i - 1]->w->credential == w->credential && !said[i - 1]->of->refused == shown)
            continue;
        if (shown ? !stargazers_shown(w, db, err)
                  : !endpoint_learn(db, w->credential, STARGAZERS, false, w->fetch.status, err))
            return false;
    }
    return true;
}

/* The pages in two parts: those that are stored, whose number is *n_shown_out, and after them those of lists that GitHub does not show. */
static struct saving *sort_pages(struct list_page *pages, size_t n, struct arena *a, struct work **works_out,
                                 size_t *n_shown_out)
{
    struct saving *all = arena_array(a, n, sizeof *all);
    size_t filled = 0;
    for (int refused = 0; refused < 2; refused++) {
        for (size_t i = 0; i < n; i++)
            if ((pages[i].refused != NULL) == refused)
                all[filled++] = saving_of(&pages[i]);
        if (!refused)
            *n_shown_out = filled;
    }
    for (size_t i = 0; i < n; i++) {
        works_out[i] = all[i].w;
        all[i].note = all[i].of->refused;
    }
    return all;
}

static bool save_shown(struct saving *all, size_t n, struct db *db, struct arena *a, struct err *err)
{
    for (size_t i = 0; i < n; i++)
        if (all[i].after.list == LIST_STARGAZERS && all[i].after.page == 1 &&
            !stargazers_answered(all[i].w, db, err))
            return false;
    if (!save_rows(all, n, db, a, err))
        return false;
    for (size_t i = 0; i < n; i++)
        advance(&all[i]);
    return remember(all, n, db, a, err) && end_passes(all, n, db, a, err);
}

bool list_pages_save(struct list_page *pages, size_t n, struct db *db, struct arena *a, struct err *err)
{
    struct work **works = arena_array(a, n, sizeof(struct work *));
    size_t n_shown = 0;
    struct saving *all = sort_pages(pages, n, a, works, &n_shown);
    if (!works_open(works, n, db, a, err) || !learn_of_stargazers(all, n, db, a, err) ||
        (n_shown && !save_shown(all, n_shown, db, a, err)) || !end_works(all, n, db, a, err) ||
        !works_commit(works, n, db, err))
        return false;
    for (size_t i = 0; i < n; i++)
        all[i].of->done = !all[i].next && !all[i].again;
    return true;
}
