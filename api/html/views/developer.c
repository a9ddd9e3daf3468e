/* The page of a developer. */
#include "api/html/views/record_parts.h"
#include "api/html/views/records.h"
#include "core/base/clock.h"
#include "schema/browse/relations.h"

#define TOP_REPOSITORIES 10

struct page {
    struct developer_record record;
    struct developer_profile profile;
    struct known followers, following, stars, repositories;
    struct history last;
    int64_t top_ids[MAX_PROFILE_ROWS];
    size_t n_top;
    struct db_rows rows, top; /* the record borrows from the first */
};

static bool read_page(struct request *rq, int64_t id, struct page *p, struct err *err)
{
    if (!browse_developers(rq->db, &id, 1, 0, &p->rows, err))
        return false;
    if (p->rows.n == 0)
        return true;
    developer_from_row(&p->rows, 0, rq->arena, &p->record);
    return record_history(rq, RECORD_DEVELOPER, id, &p->last, err) &&
           profile_developer(rq->db, rq->arena, id, &p->profile, err) &&
           record_known(rq, RELATION_FOLLOWERS, id, &p->followers, err) &&
           record_known(rq, RELATION_FOLLOWING, id, &p->following, err) &&
           record_known(rq, RELATION_STARRED, id, &p->stars, err) &&
           record_known(rq, RELATION_OWNED, id, &p->repositories, err) &&
           profile_top_repositories(rq->db, id, TOP_REPOSITORIES, p->top_ids, &p->n_top, err) &&
           (p->n_top == 0 || browse_repositories(rq->db, p->top_ids, p->n_top, 0, &p->top, err));
}

/* ---- parts ---- */

static void put_card(struct buf *out, const struct request *rq, const struct developer_record *d)
{
    buf_puts(out, "<div class=\"profile\">");
    part_avatar(out, rq, d->github_id.value, d->login, true);
    html_between(out, "<div><h1><bdi>", d->login, "</bdi>");
    if (d->name.len)
        html_between(out, " · <bdi>", d->name, "</bdi>");
    buf_puts(out, "</h1>");
    if (d->gone_at.known) {
        buf_puts(out, "<p class=\"notice\">Gone from GitHub since ");
        part_time_ms(out, d->gone_at.value, false);
        buf_puts(out, "</p>");
    } else if (!d->synced_at.known) {
        buf_puts(out, "<p class=\"notice\">Known from a list; the details have not been fetched yet.</p>");
    }
    if (d->bio.len)
        html_between(out, "<p class=\"bio\"><bdi>", d->bio, "</bdi></p>");
    buf_puts(out, "<ul class=\"facts\">");
    record_fact(out, "", slice_eq(d->type, SLICE("Organization")) ? SLICE("Organisation") : d->type);
    record_fact(out, "", d->company);
    record_fact(out, "", d->location);
    record_fact(out, "", d->email);
    record_address(out, d->blog);
    if (d->created_at.known) {
        buf_puts(out, "<li>joined ");
        part_time_ms(out, d->created_at.value, false);
        buf_puts(out, "</li>");
    }
    if (d->synced_at.known) {
        buf_puts(out, "<li>synced ");
        part_ago(out, d->synced_at.value, clock_wall_ms());
        buf_puts(out, "</li>");
    }
    buf_puts(out, "</ul></div></div>");
}

static char *below(const struct request *rq, int64_t id, const char *path)
{
    char text[UUID_TEXT_SIZE];
    slice prefix = page_prefix(rq);
    return arena_printf(rq->arena, "%.*s/github/developers/%s/%s", SLICE_ARG(prefix),
                        record_id_format(RECORD_DEVELOPER, id, text), path);
}

static void put_tiles(struct buf *out, const struct request *rq, const struct page *p)
{
    const struct developer_record *d = &p->record;
    int64_t id = d->github_id.value;
    const struct record_tile tiles[] = {
        {"Followers", below(rq, id, "followers/"), d->followers_count, p->followers.n, p->followers.capped,
         "followers_count"},
        {"Following", below(rq, id, "following/"), d->following_count, p->following.n, p->following.capped,
         "following_count"},
        {"Repositories", below(rq, id, "repositories/"), d->public_repos, p->repositories.n,
         p->repositories.capped, "public_repos"},
        {"Stars",
         below(rq, id, "starred_repositories/"),
         {true, p->stars.n},
         p->stars.n,
         p->stars.capped,
         NULL},
        {"Gists", NULL, d->public_gists, -1, false, "public_gists"},
    };
    buf_puts(out, "<ul class=\"tiles\">");
    for (size_t i = 0; i < ARRAY_LEN(tiles); i++)
        record_tile(out, &p->last, RECORD_DEVELOPER, &tiles[i]);
    buf_puts(out, "</ul>");
}

static void put_repositories(struct buf *out, const struct request *rq, const struct page *p)
{
    if (!p->top.n)
        return;
    buf_printf(out,
               "<section class=\"panel broad\"><h2><a href=\"%s\">Repositories</a></h2><table><thead><tr><th "
               "scope=\"col\">Repository"
               "</th><th scope=\"col\">Language</th><th scope=\"col\" class=\"number\">Stars</th><th "
               "scope=\"col\" class=\"number wide\">Forks</th></tr></thead><tbody>",
               below(rq, p->record.github_id.value, "repositories/?ordering=-stargazers_count"));
    for (int i = 0; i < p->top.n; i++) {
        struct repository_record r;
        repository_from_row(&p->top, i, rq->arena, &r);
        buf_puts(out, "<tr><th scope=\"row\">");
        part_repository(out, rq, r.github_id.value, r.name);
        if (r.description.len)
            html_between(out, "<small><bdi>", r.description, "</bdi></small>");
        html_between(out, "</th><td>", r.language, "</td><td class=\"number\">");
        if (r.stargazers_count.known)
            part_number(out, r.stargazers_count.value);
        buf_puts(out, "</td><td class=\"number wide\">");
        if (r.forks_count.known)
            part_number(out, r.forks_count.value);
        buf_puts(out, "</td></tr>");
    }
    buf_puts(out, "</tbody></table></section>");
}

static void put_row(struct buf *out, const char *name, int64_t at_ms)
{
    if (!at_ms || at_ms == INT64_MAX || at_ms == INT64_MIN)
        return;
    buf_printf(out, "<div><dt>%s</dt><dd>", name);
    part_time_ms(out, at_ms, true);
    buf_puts(out, "</dd></div>");
}

static void put_count(struct buf *out, const char *name, int64_t n)
{
    buf_printf(out, "<div><dt>%s</dt><dd>", name);
    part_number(out, n);
    buf_puts(out, "</dd></div>");
}

static void put_why(struct buf *out, const struct request *rq, const struct page *p)
{
    const struct developer_profile *w = &p->profile;
    buf_puts(out, "<section class=\"panel\"><h2>Why it is synced</h2><dl class=\"card\">");
    put_row(out, "First seen", w->first_seen_ms);
    if (w->met_through.len) {
        slice prefix = page_prefix(rq);
        buf_puts(out, "<div><dt>Met through</dt><dd><a");
        html_attribute(out, "href",
                       slice_of(arena_printf(rq->arena, "%.*s/github/developers/by-login/%.*s/",
                                             SLICE_ARG(prefix), SLICE_ARG(w->met_through))));
        html_between(out, "><bdi>", w->met_through, "</bdi></a></dd></div>");
    }
    if (w->reason.len)
        html_between(out, "<div><dt>Reason for the next sync</dt><dd><bdi>", w->reason, "</bdi></dd></div>");
    put_row(out, "Lists last synced", w->last_ms);
    put_row(out, "Next sync", w->next_ms);
    if (w->walks) {
        put_count(out, "Times its lists were synced", w->walks);
        put_count(out, "Times its counts had changed", w->changes);
    }
    buf_puts(out, "</dl>");
    crawl_button(out, rq, p->record.login, (slice){NULL, 0}, "Sync again");
    buf_puts(out, "</section>");
}

static void put_page(struct buf *out, struct request *rq, struct page *p)
{
    const struct developer_record *d = &p->record;
    char id[UUID_TEXT_SIZE];
    view_begin(out, rq, d->login, NULL);
    page_breadcrumb(out, rq);
    put_card(out, rq, d);
    tabs_put(out, rq, RECORD_DEVELOPER, slice_of(record_id_format(RECORD_DEVELOPER, d->github_id.value, id)));
    buf_puts(out, "<div id=\"answer\">");
    put_tiles(out, rq, p);
    buf_puts(out, "<div class=\"panels\">");
    record_chart(out, rq, RECORD_DEVELOPER, d->github_id.value, d->login, "followers_count", "Followers",
                 &p->last);
    put_repositories(out, rq, p);
    record_edges(out, rq, "Newest followers", below(rq, d->github_id.value, "followers/"), RECORD_DEVELOPER,
                 &p->profile.followers);
    record_edges(out, rq, "Newest followed", below(rq, d->github_id.value, "following/"), RECORD_DEVELOPER,
                 &p->profile.following);
    record_edges(out, rq, "Newest stars", below(rq, d->github_id.value, "starred_repositories/"),
                 RECORD_REPOSITORY, &p->profile.stars);
    record_bars(out, rq, "Languages", "repositories",
                arena_printf(rq->arena, "owner_github_id=%lld&amp;language", (long long)d->github_id.value),
                &p->profile.languages, "Repositories by their main language.");
    record_former(out, "Former logins", p->profile.former, p->profile.n_former);
    put_why(out, rq, p);
    buf_puts(out, "</div>");
    request_put(out, rq);
    buf_puts(out, "</div>");
    view_end(out, rq);
}

bool developer_page(struct request *rq, struct response *rs, int64_t github_id, struct err *err)
{
    struct page *p = arena_alloc(rq->arena, sizeof *p);
    bool ok = read_page(rq, github_id, p, err);
    if (record_page_begin(rq, rs, ok, p->rows.n, p->record.login))
        put_page(&rs->body, rq, p);
    db_rows_clear(&p->rows);
    db_rows_clear(&p->top);
    return ok;
}
