#include "api/html/view.h"
#include "api/html/sign_in.h"
#include "api/spec/filters.h"
#include "api/spec/routes.h"
#include "core/base/clock.h"
#include "core/model/names.h"

/* ---- the page ---- */

void view_reply(struct request *rq, struct response *rs)
{
    buf_reset(&rs->body);
    rs->status = 200;
    page_headers(rs, page_policy(rq, true));
}

void view_begin(struct buf *out, const struct request *rq, slice title, const char *const *scripts)
{
    page_begin(out, rq, title, "style.css");
    for (size_t i = 0; scripts && scripts[i]; i++)
        page_script(out, rq, scripts[i]);
    buf_puts(out, "</head><body><a class=\"skip\" href=\"#answer\">Skip to the answer</a>");
    page_navigation(out, rq);
    buf_puts(out, "<main>");
}

void view_end(struct buf *out, const struct request *rq)
{
    buf_puts(out, "</main>");
    page_end(out, rq);
}

static bool is_relation(const struct request *rq)
{
    return rq->subject.ptr && strchr(rq->route->path, '{');
}

/* "ada's followers", or the name of the list. */
static void put_title(struct buf *out, const struct request *rq, slice title)
{
    buf_puts(out, "<h1>");
    if (is_relation(rq)) {
        slice prefix = page_prefix(rq);
        bool of_repository = slice_starts(slice_of(rq->route->path), SLICE("/github/repositories/"));
        buf_printf(out, "<a href=\"%.*s/github/%s/", SLICE_ARG(prefix),
                   of_repository ? "repositories" : "developers");
        html_text(out, rq->args[0]);
        html_between(out, "/\"><bdi>", rq->subject, "</bdi></a>: ");
        part_words(out, title);
    } else if (rq->sample.ptr) {
        html_between(out, "Sample <bdi>", rq->sample, "</bdi>: ");
        part_words(out, title);
    } else {
        html_text(out, title);
    }
    buf_puts(out, "</h1>");
}

static void put_since(struct buf *out, const struct request *rq)
{
    static const struct {
        int64_t ms;
        const char *text;
    } spans[] = {{3600000, "the last hour"}, {24 * 3600000LL, "24 hours"}, {7 * 24 * 3600000LL, "7 days"}};
    char iso[CLOCK_ISO_SIZE];
    int64_t minute_ms = clock_wall_ms() / 60000 * 60000; /* within it the page, and its ETag, stay the same */
    for (size_t i = 0; i < ARRAY_LEN(spans); i++) {
        buf_puts(out, i ? " · <a href=\"" : "<p class=\"hint\">Only changes of <a href=\"");
        page_address(out, rq, "since", slice_of(clock_iso(minute_ms - spans[i].ms, iso)));
        buf_printf(out, "\">%s</a>", spans[i].text);
    }
    buf_puts(out, "</p>");
}

static void put_list(struct buf *out, struct request *rq, struct response *rs, const json_t *root,
                     slice title)
{
    const json_t *results = json_object_get(root, "results");
    size_t n = json_array_size(results);
    bool feed = rq->route->shape == SHAPE_CHANGE;
    view_begin(out, rq, title, NULL);
    page_breadcrumb(out, rq);
    put_title(out, rq, title);
    if (is_relation(rq))
        tabs_put(out, rq,
                 slice_starts(slice_of(rq->route->path), SLICE("/github/repositories/")) ? RECORD_REPOSITORY
                                                                                         : RECORD_DEVELOPER,
                 rq->args[0]);
    if (rq->sample.ptr)
        sample_tabs(out, rq, rq->route->shape == SHAPE_DEVELOPER);
    if (feed)
        buf_puts(
            out,
            "<p class=\"about\">New, changed, gone and restored records, and follows and stars that began or "
            "ended, newest first</p>");
    else
        page_about(out, rq);
    page_notices(out, rs);
    if (rq->route->shape == SHAPE_STARGAZER)
        buf_puts(out, "<p class=\"hint\">" STARGAZERS_KNOWN "</p>");
    chips_put(out, rq);
    page_forms(out, rq, false);
    if (feed)
        put_since(out, rq);
    buf_puts(out, "<section id=\"answer\" aria-label=\"Answer\">");
    if (!feed)
        pager_put(out, rq, root, n, "Pages");
    table_put(out, rq, rq->route->shape, results);
    if (!feed && n > 10)
        pager_put(out, rq, root, n, "Pages, again");
    if (feed && json_is_true(json_object_get(root, "more"))) {
        buf_puts(out, "<p><a rel=\"next\"");
        html_attribute(out, "href", json_text(root, "next"));
        buf_puts(out, ">Earlier changes →</a></p>");
    }
    if (feed && params_get(&rq->params, "before").len) {
        buf_puts(out, "<p><a href=\"");
        page_address(out, rq, "before", (slice){NULL, 0});
        buf_puts(out, "\">The newest changes</a></p>");
    }
    exports_put(out, rq);
    if (rq->route->shape == SHAPE_SAMPLE)
        sample_form(out, rq);
    request_put(out, rq);
    buf_puts(out, "</section>");
    view_end(out, rq);
}

static void put_tasks(struct buf *out, struct request *rq, slice title)
{
    slice prefix = page_prefix(rq);
    view_begin(out, rq, title, NULL);
    page_breadcrumb(out, rq);
    put_title(out, rq, title);
    page_about(out, rq);
    page_forms(out, rq, false);
    buf_printf(
        out,
        "<section id=\"answer\" aria-label=\"Answer\"><p><a href=\"%.*s/github/jobs/\">Requested tasks and "
        "their jobs</a> · <a href=\"%.*s/#running\">Running tasks</a></p>",
        SLICE_ARG(prefix), SLICE_ARG(prefix));
    buf_puts(
        out,
        "<dl class=\"card\">"
        "<div><dt>Full profile sync</dt><dd>A developer with followers, following, stars and "
        "repositories.</dd></div>"
        "<div><dt>Full repository sync</dt><dd>A repository with its owner and, where GitHub allows it, its "
        "stargazers.</dd></div>"
        "<div><dt>Discovery scraper</dt><dd>Picks developers that are due and syncs them.</dd></div>"
        "<div><dt>Sample</dt><dd>Draws ids at random and asks GitHub which of them exist.</dd></div>"
        "<div><dt>Census</dt><dd>Lists all users or repositories, id by id.</dd></div></dl>");
    request_put(out, rq);
    buf_puts(out, "</section>");
    view_end(out, rq);
}

bool view_answer(struct buf *out, struct request *rq, struct response *rs, const json_t *root, slice title)
{
    bool list = json_is_array(json_object_get(root, "results"));
    enum shape shape = rq->route->shape;
    if (list && table_fits(shape))
        put_list(out, rq, rs, root, title);
    else if (shape == SHAPE_JOB_DETAIL)
        job_put(out, rq, rs, root);
    else if (shape == SHAPE_WEBHOOK || shape == SHAPE_WEBHOOK_DETAIL)
        webhook_put(out, rq, rs, root);
    else if (shape == SHAPE_HISTORY)
        history_put(out, rq, rs, root);
    else if (shape == SHAPE_NETWORK)
        network_put(out, rq, rs, root);
    else if (shape == SHAPE_QUOTA_HISTORY)
        quota_put(out, rq, rs, root);
    else if (shape == SHAPE_SAMPLE)
        sample_put(out, rq, rs, root);
    else if (shape == SHAPE_STARS)
        stars_put(out, rq, rs, root);
    else if (shape == SHAPE_FACETS)
        facets_put(out, rq, rs, root);
    else if (shape == SHAPE_STATS)
        stats_put(out, rq, rs, root);
    else if (shape == SHAPE_ROOT)
        root_put(out, rq, rs);
    else if (shape == SHAPE_TASK)
        put_tasks(out, rq, title);
    else
        return false;
    return true;
}

/* ---- errors ---- */

void crawl_button(struct buf *out, const struct request *rq, slice login, slice repository, const char *label)
{
    const char *fields[7] = {"name", repository.len ? "full_repository_sync" : "full_profile_sync",
                             "username", arena_dup(rq->arena, login), NULL};
    if (repository.len) {
        fields[4] = "repo_name";
        fields[5] = arena_dup(rq->arena, repository);
        fields[6] = NULL;
    }
    if (page_may_write(rq))
        part_button(out, rq, "/github/tasks/", label, false, fields);
}

/* A list may be there, and the page of it not. */
static void put_elsewhere(struct buf *out, const struct request *rq)
{
    slice prefix = page_prefix(rq);
    if (rq->route && params_get(&rq->params, "page").len) {
        buf_printf(out, "<p><a href=\"%.*s", SLICE_ARG(prefix));
        html_text(out, rq->path);
        buf_puts(out, "\">The first page</a></p>");
        return;
    }
    buf_puts(out, "<p>There is nothing at <code>");
    html_text(out, rq->path);
    buf_printf(out,
               "</code>. The search finds logins, repositories and words; <a href=\"%.*s/github/\">the "
               "API’s page</a> lists all addresses.</p>",
               SLICE_ARG(prefix));
}

/* An unknown developer may exist on GitHub. */
static void put_unknown(struct buf *out, const struct request *rq)
{
    const char *path = rq->route ? rq->route->path : "";
    bool developer = slice_starts(slice_of(path), SLICE("/github/developers/by-login/"));
    bool repository = slice_starts(slice_of(path), SLICE("/github/repositories/by-name/"));
    if (!(developer && login_ok(rq->args[0])) &&
        !(repository && login_ok(rq->args[0]) && repo_name_ok(rq->args[1]))) {
        put_elsewhere(out, rq);
        return;
    }
    buf_puts(out, "<p class=\"offer\"><b><bdi>");
    html_text(out, rq->args[0]);
    if (repository) {
        buf_putc(out, '/');
        html_text(out, rq->args[1]);
    }
    buf_puts(out, page_may_write(rq)
                      ? "</bdi></b> is not known here: crawl it.</p>"
                      : "</bdi></b> is not known here. A user who may write can crawl it.</p>");
    crawl_button(out, rq, rq->args[0], repository ? rq->args[1] : (slice){NULL, 0}, "Crawl it");
}

/* What may go well the next time; a path that is not ours never becomes a link. */
static void put_again(struct buf *out, const struct request *rq)
{
    if (!rq->route || !(slice_eq(rq->method, SLICE("GET")) || slice_eq(rq->method, SLICE("HEAD"))))
        return;
    buf_puts(out, "<p><a href=\"");
    html_text(out, page_prefix(rq));
    html_text(out, rq->path);
    if (rq->query.len) {
        buf_putc(out, '?');
        html_text(out, rq->query);
    }
    buf_puts(out, "\">Try again</a></p>");
}

void view_error(struct buf *out, struct request *rq, struct response *rs, slice title)
{
    view_begin(out, rq, title, NULL);
    page_breadcrumb(out, rq);
    html_between(out, "<div id=\"answer\"><h1>", title, "</h1>");
    page_complaint(out, rq, rs);
    if (rs->status == 404)
        put_unknown(out, rq);
    if (rs->status >= 500 || rs->status == 429)
        put_again(out, rq);
    if (rs->status == 401 && sign_in_is_shown(rq))
        sign_in_form(out, rq, (slice){NULL, 0}, sign_in_here(rq));
    buf_puts(out, "</div>");
    page_forms(out, rq, rs->status == 400);
    view_end(out, rq);
}
