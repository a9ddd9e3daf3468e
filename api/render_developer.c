#include "api/render.h"

void render_developer(struct jw *w, const struct request *rq, const struct developer_record *d)
{
    char id[UUID_TEXT_SIZE];
    jw_object(w);
    jw_kcstr(w, "id", record_id_format(RECORD_DEVELOPER, d->github_id, id));
    jw_key(w, "url");
    link_put_record(w, rq, RECORD_DEVELOPER, d->github_id);
    render_github_id(w, "github_id", (struct maybe){true, d->github_id});
    render_text(w, "login", d->login);
    render_text(w, "name", d->name);
    render_text(w, "location", d->location);
    render_text(w, "bio", d->bio);
    render_text(w, "company", d->company);
    render_text(w, "email", d->email);
    render_time(w, "created_at", d->created_at);
    render_time(w, "updated_at", d->updated_at);
    render_number(w, "followers_count", d->followers_count);
    render_number(w, "following_count", d->following_count);
    render_number(w, "public_gists", d->public_gists);
    render_number(w, "public_repos", d->public_repos);
    link_put_list(w, rq, "followers", RECORD_DEVELOPER, d->followers);
    link_put_list(w, rq, "following", RECORD_DEVELOPER, d->following);
    link_put_list(w, rq, "starred_repositories", RECORD_REPOSITORY, d->starred_repositories);
    link_put_list(w, rq, "repositories", RECORD_REPOSITORY, d->repositories);
    jw_end_object(w);
}
