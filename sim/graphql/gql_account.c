/* gql_account.c: fields of users, organisations and bots. */
#include "sim/graphql/gql_resolve.h"

void user_database_id(ARGS, struct buf *out)
{
    UNUSED;
    put_database_id(out, user_of(run, o)->id);
}

void user_node_id(ARGS, struct buf *out)
{
    UNUSED;
    BUF_LIT(out, "\"");
    render_user_node_id(out, user_of(run, o), run->new_ids);
    BUF_LIT(out, "\"");
}

void user_avatar(ARGS, struct buf *out)
{
    UNUSED;
    buf_printf(out, "\"https://avatars.githubusercontent.com/u/%lld?u=%08x&v=4\"",
               (long long)user_of(run, o)->id, (unsigned)user_of(run, o)->id * 2654435761u);
}

void user_url(ARGS, struct buf *out)
{
    UNUSED;
    buf_printf(out, "\"https://github.com/%s\"", user_of(run, o)->login);
}

void user_website(ARGS, struct buf *out)
{
    UNUSED;
    const char *blog = user_of(run, o)->blog;
    buf_json(out, blog && *blog ? blog : NULL);
}

void user_email(ARGS, struct buf *out)
{
    UNUSED;
    const char *email = user_of(run, o)->email;
    buf_json(out, email ? email : "");
}

void user_hireable(ARGS, struct buf *out)
{
    UNUSED;
    buf_bool(out, user_of(run, o)->hireable == 1);
}

bool count_followers(ARGS, struct gql_object *out)
{
    UNUSED;
    return to_count(out, user_of(run, o)->n_followers);
}

bool count_following(ARGS, struct gql_object *out)
{
    UNUSED;
    return to_count(out, user_of(run, o)->n_following);
}

bool count_gists(ARGS, struct gql_object *out)
{
    UNUSED;
    return to_count(out, user_of(run, o)->n_gists);
}

bool count_repos(ARGS, struct gql_object *out)
{
    UNUSED;
    return to_count(out, user_of(run, o)->n_repos);
}

bool count_starred(ARGS, struct gql_object *out)
{
    UNUSED;
    return to_count(out, user_of(run, o)->starred.n);
}
