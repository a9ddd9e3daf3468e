/* The page of the search box: a record by its name, else lists, and the offer to crawl unknown names. */
#include "api/html/view.h"
#include "api/request/value.h"
#include "api/resources/capped_counts.h"
#include "api/resources/list.h"
#include "api/spec/routes.h"
#include "core/base/hash.h"
#include "core/model/names.h"
#include "schema/browse/composed.h"

#define SHOWN 10

struct found {
    json_t *results;
    struct browse_count count;
};

static bool lead_to(struct request *rq, struct response *rs, enum record_kind kind, int64_t github_id)
{
    char id[UUID_TEXT_SIZE];
    slice prefix = page_prefix(rq);
    rs->status = 302;
    rs->content_type = "text/html; charset=utf-8";
    response_header(rs, "Location",
                    arena_printf(rq->arena, "%.*s/github/%s/%s/", SLICE_ARG(prefix),
                                 kind == RECORD_DEVELOPER ? "developers" : "repositories",
                                 record_id_format(kind, github_id, id)));
    return true;
}

/* *answered_out: it is a record's name, and was answered with a redirect. */
static bool find_named(struct request *rq, struct response *rs, slice text, bool *answered_out,
                       struct err *err)
{
    struct browse_named named = {0};
    slice owner, name, login = login_bare(text);
    *answered_out = false;
    if (repo_read(text, &owner, &name)) {
        slice full = slice_of(arena_printf(rq->arena, "%.*s/%.*s", SLICE_ARG(owner), SLICE_ARG(name)));
        if (!browse_by_full_name(rq->db, full, &named, err))
            return false;
        *answered_out = named.found && lead_to(rq, rs, RECORD_REPOSITORY, named.github_id);
    } else if (login_plausible(login)) {
        if (!browse_by_login(rq->db, login, &named, err))
            return false;
        *answered_out = named.found && lead_to(rq, rs, RECORD_DEVELOPER, named.github_id);
    }
    return true;
}

/* As the lists write them, so that the same tables show them. */
static json_t *as_json(struct request *rq, enum browse_list list, const struct db_rows *rows)
{
    AUTO_BUF text = {0};
    struct jw w;
    jw_init(&w, &text, 0);
    jw_array(&w);
    for (int i = 0; i < rows->n; i++) {
        struct developer_record d;
        struct repository_record r;
        if (list == BROWSE_DEVELOPERS)
            developer_from_row(rows, i, rq->arena, &d);
        else
            repository_from_row(rows, i, rq->arena, &r);
        enum shape shape = list == BROWSE_DEVELOPERS ? SHAPE_DEVELOPER : SHAPE_REPOSITORY;
        render_record(&w, rq, shape, fields_of_view(shape),
                      list == BROWSE_DEVELOPERS ? (void *)&d : (void *)&r);
    }
    jw_end_array(&w);
    json_t *root = json_loadb(text.ptr, text.len, JSON_ALLOW_NUL, NULL);
    return root;
}

static bool find_in(struct request *rq, enum browse_list list, slice text, struct found *out, struct err *err)
{
    struct browse_query query = {.list = list};
    struct browse_hits *hits = arena_alloc(rq->arena, sizeof *hits);
    const struct browse_page page = {.n = SHOWN};
    AUTO_ROWS rows = {0};
    list_read_words(text, &query);
    if (query.n_words == 0)
        return true;
    uint64_t matches = hash64(hash64((uint64_t)list, rq->path), text);
    if (capped_counts_known(rq->api->capped_counts, matches))
        out->count = (struct browse_count){.n = browse_cap(&query), .capped = true, .known = true};
    if (!browse_compose(rq->db, rq->arena, &query, NULL, err) ||
        !browse_find(rq->db, rq->arena, &query, &page, &out->count, hits, err))
        return false;
    if (out->count.capped)
        capped_counts_remember(rq->api->capped_counts, matches);
    bool ok = hits->n == 0 ||
              (list == BROWSE_DEVELOPERS ? browse_developers(rq->db, hits->ids, hits->n, 0, &rows, err)
                                         : browse_repositories(rq->db, hits->ids, hits->n, 0, &rows, err));
    if (ok)
        out->results = as_json(rq, list, &rows);
    return ok;
}

/* ---- the page ---- */

static void put_found(struct buf *out, const struct request *rq, enum browse_list list, slice text,
                      const struct found *found)
{
    bool developers = list == BROWSE_DEVELOPERS;
    slice prefix = page_prefix(rq);
    buf_printf(out, "<section class=\"found\"><h2>%s</h2>", developers ? "Developers" : "Repositories");
    table_put(out, rq, developers ? SHAPE_DEVELOPER : SHAPE_REPOSITORY, found->results);
    if (json_array_size(found->results) == SHOWN) {
        buf_printf(out, "<p><a href=\"%.*s/github/%s/?search=", SLICE_ARG(prefix),
                   developers ? "developers" : "repositories");
        params_encode(out, text);
        buf_puts(out, "\">All of them</a></p>");
    }
    buf_puts(out, "</section>");
}

static void put_offer(struct buf *out, const struct request *rq, slice text)
{
    slice owner = {NULL, 0}, name = {NULL, 0}, login = login_bare(text);
    bool repository = repo_read(text, &owner, &name) && login_ok(owner) && repo_name_ok(name);
    if (!repository && !login_ok(login))
        return;
    buf_puts(out, "<div class=\"panel offer\"><p><b><bdi>");
    html_text(out, repository ? owner : login);
    if (repository) {
        buf_putc(out, '/');
        html_text(out, name);
    }
    buf_puts(out, page_may_write(rq)
                      ? "</bdi></b> is not known here: crawl it.</p>"
                      : "</bdi></b> is not known here. A user who may write can crawl it.</p>");
    crawl_button(out, rq, repository ? owner : login, repository ? name : (slice){NULL, 0}, "Crawl it");
    buf_puts(out, "</div>");
}

/* What list_read_words() and search_text (docs/api.md, Search) make of it. */
static void put_searched(struct buf *out, const struct request *rq)
{
    slice prefix = page_prefix(rq);
    buf_printf(
        out,
        "<p class=\"hint\">Searched are login, name, bio, company and location of developers, name and "
        "description of repositories. All words must match; one of less than three characters must be a "
        "whole word. Language and topics are not searched: filter <a "
        "href=\"%.*s/github/repositories/\">repositories</a> by them.</p>",
        SLICE_ARG(prefix));
}

static void put_page(struct buf *out, struct request *rq, slice text, const struct found found[2])
{
    view_begin(out, rq, SLICE("Search"), NULL);
    buf_puts(out, "<div id=\"answer\"><h1>Search");
    if (text.len)
        html_between(out, " for <q><bdi>", text, "</bdi></q>");
    buf_puts(out, "</h1>");
    if (text.len) {
        bool any = json_array_size(found[0].results) || json_array_size(found[1].results);
        if (!any)
            put_offer(out, rq, text);
        put_found(out, rq, BROWSE_DEVELOPERS, text, &found[0]);
        put_found(out, rq, BROWSE_REPOSITORIES, text, &found[1]);
        put_searched(out, rq);
        if (any)
            put_offer(out, rq, text);
    } else {
        buf_puts(out, "<p class=\"about\">Enter a login, owner/name or words.</p>");
    }
    buf_puts(out, "</div>");
    view_end(out, rq);
}

bool handle_search(struct request *rq, struct response *rs, struct err *err)
{
    slice text = slice_trim(params_get(&rq->params, "q"));
    struct found found[2] = {{0}, {0}};
    bool answered = false;
    if (slice_utf8_length(text) > SEARCH_MAX_CHARS) {
        reply_detail(rq, rs, 400, "q: Enter at most 200 characters.");
        return true;
    }
    bool ok = (text.len == 0 || find_named(rq, rs, text, &answered, err)) &&
              (answered || (find_in(rq, BROWSE_DEVELOPERS, text, &found[0], err) &&
                            find_in(rq, BROWSE_REPOSITORIES, text, &found[1], err)));
    if (!ok)
        ok = list_took_too_long(rq, rs, err);
    else if (!answered) {
        request_end_db(rq);
        buf_reset(&rs->body);
        rs->status = 200;
        page_headers(rs, page_policy(rq, true));
        put_page(&rs->body, rq, text, found);
    }
    json_decref(found[0].results);
    json_decref(found[1].results);
    return ok;
}
