/* repository_star_history: the number of stars given to a repository on each day, for requested repositories.
 *
 * GET /repos/{owner}/{repo}/stargazers/history (September 2026) gives weeks, newest first. It counts the stars that
 * still exist, on the day they were given: a star taken back leaves its day. So the days add up to the repository's stars, and pages
 * are read until the stored days explain the count, or the weeks end. A new star costs one page; one taken back, the pages down to its
 * week. */
#include "core/base/rnd.h"
#include "crawler/jobs.h"
#include "github/decode.h"
#include "github/url.h"

#define LIST      "repository_star_history"
#define MAX_PAGES 100 /* GitHub's bound */

struct history_state {
    int64_t subject, count; /* count: its stars, -1 unknown */
    const char *name;
    /* the cursor */
    int page;
    const char *url;  /* of `page`; NULL: page 1 */
    const char *mark; /* an earlier page, to detect a circle */
    const char *lost; /* why its next page is unknown */
    struct page_memory memory;
    int looked_up; /* how often the repository was found under another name, since its history answered 404 */
    bool looks_up; /* it is requested by id */
};

static bool read_state(struct work *w, struct history_state *s, struct err *err)
{
    const struct cursor *args = cursor_read(w->job.args, w->arena),
                        *at = cursor_read(w->job.cursor, w->arena);
    s->subject = cursor_i64(args, "id", 0);
    s->count = cursor_i64(args, "count", -1);
    s->name = cursor_text(args, "name");
    if (!s->subject || !s->name)
        return err_set(err, ERR_INTERNAL, "job %lld has no id and name in its args", (long long)w->job.id);
    s->page = (int)cursor_i64(at, "page", 1);
    s->url = cursor_text(at, "url");
    s->mark = cursor_text(at, "mark");
    s->looked_up = (int)cursor_i64(at, "looked_up", 0);
    if (s->url) /* the base may have changed since */
        s->url = gh_url_same_origin(w->arena, work_config(w)->github_api_url, slice_of(s->url));
    if (!s->url || s->page < 1 || s->page > MAX_PAGES)
        s->page = 1;
    return true;
}

static slice cursor_of(struct work *w, const struct history_state *s)
{
    const struct work_field fields[] = {
        {"page", NULL, s->page},
        {"looked_up", NULL, s->looked_up},
        {s->url ? "url" : NULL, s->url, 0},
        {s->mark ? "mark" : NULL, s->mark, 0},
        {NULL, NULL, 0},
    };
    return work_json(w, fields);
}

static char *page_url(struct work *w, const struct history_state *s, int page)
{
    slice name = slice_of(s->name), owner;
    if (!slice_split(&name, '/', &owner))
        owner = name;
    const char *url =
        work_url(w, "/repos/%s/%s/stargazers/history?per_page=%d", gh_url_segment(w->arena, owner),
                 gh_url_segment(w->arena, name), GH_STAR_WEEKS);
    return arena_printf(w->arena, page > 1 ? "%s&page=%d" : "%s", url, page);
}

static enum step fetch_page(struct work *w, struct db *db, struct history_state *s, struct err *err)
{
    if (!pages_recall(db, LIST, s->subject, s->page, w->arena, &s->memory, err))
        return STEP_TROUBLE;
    if (s->memory.name) /* it may have been renamed while the job waited */
        s->name = s->memory.name;
    const struct gh_credential *c = work_credential(w, s->memory.label);
    bool ours = s->memory.known && s->memory.label && strcmp(s->memory.label, c->label) == 0;
    return work_get(w, c, s->page > 1 ? s->url : page_url(w, s, 1), ACCEPT_JSON, ours ? s->memory.etag : NULL,
                    true);
}

enum step star_history_begin(struct work *w, struct db *db, struct err *err)
{
    struct history_state *s = arena_alloc(w->arena, sizeof *s);
    w->state = s;
    if (!read_state(w, s, err))
        return STEP_TROUBLE;
    return fetch_page(w, db, s, err);
}

/* Whether there is a Link header is not documented: a full page without one may have a next page. */
static const char *next_of(struct work *w, struct history_state *s, bool fresh, size_t n_weeks)
{
    const char *why, *next = work_next_page(w, s->page, s->mark, &why);
    s->lost = why ? arena_printf(w->arena, JOB_INCOMPLETE "%s", why) : NULL;
    s->mark = work_page_mark(w, s->page, s->mark);
    if (next || s->lost)
        return next;
    if (!fresh)
        return s->memory.next_url;
    return !w->fetch.headers.link[0] && n_weeks >= GH_STAR_WEEKS ? page_url(w, s, s->page + 1) : NULL;
}

/* Days that are not on the page: those between its days have no stars, nor have those after the last page. An invalid page says
 * nothing about other days. */
static void span_of(const struct gh_star_page *page, bool last_page, int64_t *first_out, int64_t *last_out)
{
    *first_out = 1;
    *last_out = 0;
    if (page->n_dropped || !page->n_days)
        return;
    *first_out = *last_out = page->days[0].day;
    for (size_t i = 1; i < page->n_days; i++) {
        if (page->days[i].day < *first_out)
            *first_out = page->days[i].day;
        if (page->days[i].day > *last_out)
            *last_out = page->days[i].day;
    }
    if (last_page)
        *first_out = 0;
}

static bool save_days(struct work *w, struct db *db, struct history_state *s, const char **next_out,
                      struct gh_star_page *page_out, struct err *err)
{
    slice json = slice_trim(w->body).len ? w->body : SLICE("[]");
    int64_t first, last;
    if (!gh_decode_star_history(json, w->arena, page_out, err))
        return false;
    if (page_out->n_dropped)
        log_warn("page.cleaned", L_STR("url", w->fetch.url), L_I64("dropped", page_out->n_dropped));
    int64_t *days = arena_array(w->arena, page_out->n_days, sizeof *days),
            *stars = arena_array(w->arena, page_out->n_days, sizeof *stars);
    for (size_t i = 0; i < page_out->n_days; i++) {
        days[i] = page_out->days[i].day;
        stars[i] = page_out->days[i].stars;
    }
    *next_out = next_of(w, s, true, page_out->n_weeks);
    span_of(page_out, !*next_out && !s->lost, &first, &last);
    return details_save_star_days(db, s->subject, days, stars, page_out->n_days, first, last, err) &&
           pages_remember(db,
                          &(struct page_answer){.key = {LIST, s->subject, s->page},
                                                .label = w->credential->label,
                                                .etag = w->fetch.headers.etag,
                                                .next_url = *next_out},
                          1, w->arena, err);
}

/* Days, remembered page and cursor in one transaction. *done_out: that was the end. */
static bool save_page(struct work *w, struct db *db, struct history_state *s, bool fresh, bool *done_out,
                      struct err *err)
{
    struct gh_star_page page = {0};
    struct history_state after = *s;
    int64_t counted;
    const char *next = fresh ? NULL : next_of(w, &after, false, 0), *note = NULL;
    if (!work_open(w, db, err) ||
        (s->page == 1 && !endpoint_learn(db, w->credential, STAR_HISTORY, true, w->fetch.status, err)) ||
        (fresh && !save_days(w, db, &after, &next, &page, err)) ||
        !details_stars_added(db, s->subject, &counted, err))
        return false;
    *done_out = counted == s->count || !next || s->page == MAX_PAGES;
    if (fresh && s->page == 1 && page.n_days == 0 && s->count > 0)
        note = "no weeks, although the repository has stars";
    if (after.lost && counted != s->count)
        note = after.lost;
    after.page++;
    after.url = next;
    if (!(*done_out ? work_finish(w, db, note, 1, (int64_t)page.n_days, err)
                    : work_save(w, db, cursor_of(w, &after), 1, (int64_t)page.n_days, err)) ||
        !work_commit(w, db, err))
        return false;
    *s = after;
    return true;
}

/* A refusal means that the credential has no access, unless it has been answered before: then it concerns this repository. */
static enum step refused(struct work *w, struct db *db, struct err *err)
{
    enum learned known;
    if (!endpoint_learned(db, w->credential, STAR_HISTORY, &known, err) ||
        (known != LEARNED_ALLOWED &&
         !endpoint_learn(db, w->credential, STAR_HISTORY, false, w->fetch.status, err)))
        return STEP_TROUBLE;
    return work_end(w, db, "restricted: GitHub does not show the star history to this credential", err);
}

/* ---- a history that answers 404 ---- */

static struct subject subject_of(const struct history_state *s)
{
    return (struct subject){RECORD_REPOSITORY, s->subject};
}

static void start_again(struct history_state *s)
{
    s->page = 1;
    s->url = s->mark = NULL;
}

/* The repository may have been renamed or deleted since the request of the job: its id shows it. */
static enum step look_up_subject(struct work *w, struct db *db, struct history_state *s, struct err *err)
{
    struct page_memory now;
    if (!pages_recall(db, LIST, s->subject, 1, w->arena, &now, err))
        return STEP_TROUBLE;
    if (now.name && strcmp(now.name, s->name) != 0) {
        start_again(s);
        return fetch_page(w, db, s, err);
    }
    s->looks_up = true;
    return subject_ask(w, subject_of(s));
}

/* One 404 proves nothing about the credential; if it has been answered before, it concerns the repository. The transaction is open. */
static enum step missed(struct work *w, struct db *db, const struct history_state *s, struct err *err)
{
    enum learned known;
    if (!endpoint_learned(db, w->credential, STAR_HISTORY, &known, err) ||
        (known != LEARNED_ALLOWED && !endpoint_missed(w, db, STAR_HISTORY, s->subject, err)) ||
        !work_finish(w, db,
                     "restricted: GitHub answers 404 to this star history, although its repository exists", 1,
                     0, err) ||
        !work_commit(w, db, err))
        return STEP_TROUBLE;
    return STEP_DONE;
}

/* Reads the history from its beginning, under the name in the detail. */
static enum step subject_found(struct work *w, struct db *db, struct history_state *s, struct err *err)
{
    bool renamed;
    enum step step = subject_answer(w, db, subject_of(s), s->name, &renamed, err);
    if (step != STEP_FETCH)
        return step;
    if (!renamed)
        return missed(w, db, s, err);
    s->looked_up++;
    start_again(s);
    if (!work_save(w, db, cursor_of(w, s), 1, 1, err) || !work_commit(w, db, err))
        return STEP_TROUBLE;
    return subject_go_on(w, db, s->looked_up, err);
}

enum step star_history_answer(struct work *w, struct db *db, struct err *err)
{
    struct history_state *s = w->state;
    bool fresh = w->outcome == GH_FRESH, done;
    if (s->looks_up)
        return subject_found(w, db, s, err);
    switch (w->outcome) {
    case GH_FRESH:
    case GH_UNCHANGED:
        if (w->fetch.status == 204 && s->count != 0)
            return work_put_back(w, job_backoff_ms(w->job.attempt + 1, rnd_u64()), WAIT_BACKOFF,
                                 "204 instead of a star history");
        if (!save_page(w, db, s, fresh, &done, err))
            return STEP_TROUBLE;
        return done ? STEP_DONE : work_go_on(w, db, err);
    case GH_CAPPED:
        return work_end(w, db, "capped: GitHub does not page this history further", err);
    case GH_BLOCKED:
        return work_end(w, db, "blocked", err);
    case GH_GONE:
        return s->looked_up < MAX_LOOK_UPS ? look_up_subject(w, db, s, err) : subject_elusive(w, db, err);
    default:
        return refused(w, db, err);
    }
}
