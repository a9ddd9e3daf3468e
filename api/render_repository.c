#include "api/render.h"

void render_repository(struct jw *w, const struct request *rq, const struct repository_record *r)
{
    char id[UUID_TEXT_SIZE];
    jw_object(w);
    jw_kcstr(w, "id", record_id_format(RECORD_REPOSITORY, r->github_id, id));
    jw_key(w, "url");
    link_put_record(w, rq, RECORD_REPOSITORY, r->github_id);
    jw_key(w, "owner");
    if (r->owner_github_id.known)
        link_put_record(w, rq, RECORD_DEVELOPER, r->owner_github_id.value);
    else
        jw_null(w);
    render_github_id(w, "github_id", (struct maybe){true, r->github_id});
    render_github_id(w, "owner_github_id", r->owner_github_id);
    render_text(w, "name", r->name);
    render_text(w, "full_name", r->full_name);
    render_text(w, "description", r->description);
    render_text(w, "homepage", r->homepage);
    render_text(w, "language", r->language);
    render_time(w, "created_at", r->created_at);
    render_time(w, "updated_at", r->updated_at);
    render_bool(w, "has_downloads", r->has_downloads);
    render_bool(w, "has_issues", r->has_issues);
    render_bool(w, "has_pages", r->has_pages);
    render_bool(w, "has_projects", r->has_projects);
    render_bool(w, "has_wiki", r->has_wiki);
    render_bool(w, "private", r->private);
    render_bool(w, "archived", r->archived);
    render_bool(w, "disabled", r->disabled);
    link_put_list(w, rq, "stargazers", RECORD_DEVELOPER, r->stargazers);
    render_number(w, "stargazers_count", r->stargazers_count);
    render_number(w, "subscribers_count", r->subscribers_count);
    render_number(w, "watchers_count", r->watchers_count);
    render_number(w, "open_issues_count", r->open_issues_count);
    jw_end_object(w);
}
