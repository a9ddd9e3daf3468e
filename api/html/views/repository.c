/* The page of a repository. */
#include "api/html/views/record_parts.h"
#include "api/html/views/records.h"
#include "core/base/clock.h"
#include "schema/browse/names.h"
#include "schema/browse/relations.h"

struct page {
    struct repository_record record;
    struct repository_profile profile;
    struct names names; /* of owner and parent */
    struct known stargazers;
    struct history last;
    struct db_rows rows; /* the record borrows from it */
};

static bool read_page(struct request *rq, int64_t id, struct page *p, struct err *err)
{
    if (!browse_repositories(rq->db, &id, 1, 0, &p->rows, err))
        return false;
    if (p->rows.n == 0)
        return true;
    repository_from_row(&p->rows, 0, rq->arena, &p->record);
    const struct repository_record *r = &p->record;
    return record_history(rq, RECORD_REPOSITORY, id, &p->last, err) &&
           profile_repository(rq->db, rq->arena, id, &p->profile, err) &&
           record_known(rq, RELATION_STARGAZERS, id, &p->stargazers, err) &&
           names_read(rq->db, rq->arena, &r->owner_github_id.value, r->owner_github_id.known,
                      &r->parent_github_id.value, r->parent_github_id.known, NULL, 0, &p->names, err);
}

/* ---- parts ---- */

static void put_topics(struct buf *out, const struct request *rq, const struct texts *topics)
{
    slice prefix = page_prefix(rq);
    if (!topics->n)
        return;
    buf_puts(out, "<ul class=\"topics\" aria-label=\"Topics\">");
    for (size_t i = 0; i < topics->n; i++) {
        buf_printf(out, "<li><a class=\"tag\" href=\"%.*s/github/repositories/?topics=", SLICE_ARG(prefix));
        params_encode(out, topics->items[i]);
        html_between(out, "\"><bdi>", topics->items[i], "</bdi></a></li>");
    }
    buf_puts(out, "</ul>");
}

static void put_day(struct buf *out, const char *before, struct maybe at)
{
    if (!at.known)
        return;
    buf_printf(out, "<li>%s ", before);
    part_time_ms(out, at.value, false);
    buf_puts(out, "</li>");
}

static void put_facts(struct buf *out, const struct request *rq, const struct page *p)
{
    const struct repository_record *r = &p->record;
    buf_puts(out, "<ul class=\"facts\">");
    if (r->owner_github_id.known) {
        buf_puts(out, "<li>by ");
        part_developer(out, rq, r->owner_github_id.value,
                       names_get(&p->names, RECORD_DEVELOPER, r->owner_github_id.value));
        buf_puts(out, "</li>");
    }
    if (r->parent_github_id.known) {
        buf_puts(out, "<li>forked from ");
        part_repository(out, rq, r->parent_github_id.value,
                        names_get(&p->names, RECORD_REPOSITORY, r->parent_github_id.value));
        buf_puts(out, "</li>");
    }
    record_fact(out, "", r->language);
    record_fact(out, "licence ", slice_eq(r->license, SLICE("NOASSERTION")) ? SLICE("other") : r->license);
    record_fact(out, "branch ", r->default_branch);
    record_address(out, r->homepage);
    put_day(out, "created", r->created_at);
    put_day(out, "pushed", r->pushed_at);
    if (r->synced_at.known) {
        buf_puts(out, "<li>synced ");
        part_ago(out, r->synced_at.value, clock_wall_ms());
        buf_puts(out, "</li>");
    }
    if (r->archived.known && r->archived.value)
        buf_puts(out, "<li><span class=\"tag\">archived</span></li>");
    buf_puts(out, "</ul>");
}

static void put_card(struct buf *out, const struct request *rq, const struct page *p)
{
    const struct repository_record *r = &p->record;
    html_between(out, "<div class=\"profile\"><div><h1><bdi>", r->full_name, "</bdi></h1>");
    if (r->gone_at.known) {
        buf_puts(out, "<p class=\"notice\">Gone from GitHub since ");
        part_time_ms(out, r->gone_at.value, false);
        buf_puts(out, "</p>");
    } else if (!r->synced_at.known) {
        buf_puts(out, "<p class=\"notice\">Known from a list; the details have not been fetched yet.</p>");
    }
    if (r->description.len)
        html_between(out, "<p class=\"bio\"><bdi>", r->description, "</bdi></p>");
    put_facts(out, rq, p);
    put_topics(out, rq, &r->topics);
    buf_puts(out, "</div></div>");
}

static char *below(const struct request *rq, int64_t id, const char *path)
{
    char text[UUID_TEXT_SIZE];
    slice prefix = page_prefix(rq);
    return arena_printf(rq->arena, "%.*s/github/repositories/%s/%s", SLICE_ARG(prefix),
                        record_id_format(RECORD_REPOSITORY, id, text), path);
}

static void put_sync(struct buf *out, const struct request *rq, const struct repository_record *r)
{
    ptrdiff_t slash = slice_find(r->full_name, '/');
    if (slash < 0)
        return;
    crawl_button(out, rq, slice_from(r->full_name.ptr, (size_t)slash),
                 slice_from(r->full_name.ptr + slash + 1, r->full_name.len - (size_t)slash - 1),
                 "Sync again");
}

static void put_tiles(struct buf *out, const struct request *rq, const struct page *p)
{
    const struct repository_record *r = &p->record;
    const struct record_tile tiles[] = {
        {"Stars", below(rq, r->github_id.value, "stargazers/"), r->stargazers_count, p->stargazers.n,
         p->stargazers.capped, "stargazers_count"},
        {"Forks", NULL, r->forks_count, -1, false, "forks_count"},
        {"Watchers", NULL, r->subscribers_count, -1, false, "subscribers_count"},
        {"Open issues", NULL, r->open_issues_count, -1, false, "open_issues_count"},
    };
    for (size_t i = 0; i < ARRAY_LEN(tiles); i++)
        record_tile(out, &p->last, RECORD_REPOSITORY, &tiles[i]);
}

/* Why fewer stars are known than counted. */
static void put_known(struct buf *out, const struct page *p)
{
    const struct maybe *stars = &p->record.stargazers_count;
    if (stars->known && !p->stargazers.capped && p->stargazers.n < stars->value)
        buf_puts(out, "<p class=\"hint\">" STARGAZERS_KNOWN "</p>");
}

static void put_page(struct buf *out, struct request *rq, struct page *p)
{
    const struct repository_record *r = &p->record;
    int64_t id = r->github_id.value;
    char text[UUID_TEXT_SIZE];
    view_begin(out, rq, r->full_name, NULL);
    page_breadcrumb(out, rq);
    put_card(out, rq, p);
    tabs_put(out, rq, RECORD_REPOSITORY, slice_of(record_id_format(RECORD_REPOSITORY, id, text)));
    buf_puts(out, "<div id=\"answer\"><ul class=\"tiles\">");
    put_tiles(out, rq, p);
    buf_puts(out, "</ul>");
    put_known(out, p);
    buf_puts(out, "<div class=\"panels\">");
    record_chart(out, rq, RECORD_REPOSITORY, id, r->full_name, "stargazers_count", "Stars", &p->last);
    record_edges(out, rq, "Newest stargazers", below(rq, id, "stargazers/"), RECORD_DEVELOPER,
                 &p->profile.stargazers);
    record_bars(out, rq, "Stargazers by place", "developers", "location", &p->profile.places,
                "Of the newest 1,000 known stargazers, those with a location.");
    record_bars(out, rq, "Stargazers by company", "developers", "company", &p->profile.companies,
                "Of the newest 1,000 known stargazers, those with a company.");
    record_bars(out, rq, "Also starred", "", "", &p->profile.also_starred,
                "By the newest 50 known stargazers.");
    record_former(out, "Former names", p->profile.former, p->profile.n_former);
    buf_puts(out, "</div>");
    put_sync(out, rq, r);
    request_put(out, rq);
    buf_puts(out, "</div>");
    view_end(out, rq);
}

bool repository_page(struct request *rq, struct response *rs, int64_t github_id, struct err *err)
{
    struct page *p = arena_alloc(rq->arena, sizeof *p);
    bool ok = read_page(rq, github_id, p, err);
    if (record_page_begin(rq, rs, ok, p->rows.n, p->record.full_name))
        put_page(&rs->body, rq, p);
    db_rows_clear(&p->rows);
    return ok;
}
