/* Where an answer leads: to the next page of a list, by the Link header, and by a redirect. */
#include "crawler/work.h"
#include "github/link.h"
#include "github/url.h"

/* GitHub numbers pages from 1; a link to this page or an earlier one leads in a circle. */
static bool leads_back(const struct work *w, const char *next, int page, const char *mark)
{
    int64_t number = gh_url_query_number(slice_of(next), "page");
    return (number >= 0 && number <= page) || strcmp(next, w->fetch.url) == 0 ||
           (mark && strcmp(next, mark) == 0);
}

const char *work_next_page(struct work *w, int page, const char *mark, const char **lost_out)
{
    struct gh_links links;
    bool foreign;
    *lost_out = NULL;
    gh_links_parse(slice_of(w->fetch.headers.link), &links);
    if (!links.next.ptr) {
        if (links.malformed || w->fetch.headers.link_dropped)
            *lost_out = "the Link header cannot be read";
        else if (links.last.ptr && gh_url_query_number(links.last, "page") > page)
            *lost_out = "the Link header has a last page, but no next one";
        return NULL;
    }
    slice absolute = slice_of(gh_url_resolve(w->arena, w->fetch.url, links.next));
    const char *next = gh_url_rebase(w->arena, work_config(w)->github_api_url, absolute, &foreign);
    if (!next)
        *lost_out = "the Link header's next page is not an address of GitHub's API";
    else if (leads_back(w, next, page, mark))
        *lost_out = "the links between pages form a circle";
    if (*lost_out)
        return NULL;
    if (foreign)
        work_foreign_link(w, links.next);
    return next;
}

const char *work_page_mark(const struct work *w, int page, const char *mark)
{
    bool power_of_two = (page & (page - 1)) == 0;
    return power_of_two ? w->fetch.url : mark;
}

/* Without the configured base, which may have a path of its own. */
static slice path_below_base(const struct work *w, const char *url)
{
    const char *root = gh_url_join(w->arena, work_config(w)->github_api_url, "/");
    return slice_of(url + strlen(root) - 1);
}

int64_t work_linked_id(const struct work *w)
{
    struct gh_links links;
    bool foreign;
    gh_links_parse(slice_of(w->fetch.headers.link), &links);
    const slice all[] = {links.next, links.last, links.prev};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (!all[i].ptr)
            continue;
        const char *base = work_config(w)->github_api_url;
        const char *url =
            gh_url_rebase(w->arena, base, slice_of(gh_url_resolve(w->arena, w->fetch.url, all[i])), &foreign);
        int64_t id = url ? gh_url_id(path_below_base(w, url)) : 0;
        if (id)
            return id;
    }
    return 0;
}

/* A proxy that ends TLS, or has another name, leaves GitHub's own address in it: a record's URL is then requested by its path from the
 * configured host. */
const char *work_location(struct work *w)
{
    const char *base = work_config(w)->github_api_url;
    slice location = slice_of(gh_url_resolve(w->arena, w->fetch.url, slice_of(w->fetch.headers.location)));
    bool foreign;
    const char *url = gh_url_same_origin(w->arena, base, location);
    if (url || w->fetch.status == 302)
        return url;
    url = gh_url_rebase(w->arena, base, location, &foreign);
    if (!url || !gh_url_is_by_id(path_below_base(w, url)))
        return NULL;
    work_foreign_link(w, location);
    return url;
}
