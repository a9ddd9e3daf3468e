/* The three things a person can ask for. Their numbers and the texts about what is missing are the original API's
 * (tests/api/compat): clients compare them. */
#include "schema/queue/tasks.h"
#include "api/request/form.h"
#include "api/request/link.h"
#include "api/spec/routes.h"
#include "schema/queue/jobs.h"

static const struct {
    enum job_kind kind;
    bool username, repo_name; /* needed */
} tasks[] = {
    {JOB_FULL_PROFILE_SYNC, true, false},
    {JOB_FULL_REPOSITORY_SYNC, true, true},
    {JOB_DISCOVERY_SCRAPER, false, false},
};

bool handle_tasks(struct request *rq, struct response *rs, struct err *err)
{
    struct jw w;
    (void)err;
    reply_json(rq, rs, &w);
    jw_array(&w);
    for (size_t i = 0; i < ARRAY_LEN(tasks); i++) {
        jw_object(&w);
        jw_ki64(&w, "id", (int64_t)i + 1);
        jw_kcstr(&w, "name", job_kind_name(tasks[i].kind));
        jw_kcstr(&w, "username", tasks[i].username ? "required" : "n/a");
        jw_kcstr(&w, "repo_name", tasks[i].repo_name ? "required" : "n/a");
        jw_end_object(&w);
    }
    jw_end_array(&w);
    return true;
}

/* ---- POST ---- */

static void refuse(struct request *rq, struct response *rs, const char *why)
{
    struct jw w;
    reply_json(rq, rs, &w);
    rs->status = 406;
    jw_object(&w);
    jw_kcstr(&w, "success", "no");
    jw_kcstr(&w, "error", why);
    jw_end_object(&w);
}

bool handle_tasks_post(struct request *rq, struct response *rs, struct err *err)
{
    static const char *const fields[] = {"name", "username", "repo_name", NULL};
    struct param_list form;
    struct jw w;
    const char *why;
    int64_t id;
    enum form_outcome outcome =
        form_parse(rq->arena, request_header(rq, "Content-Type"), rq->body, fields, &form, &why);
    if (outcome != FORM_OK) {
        reply_detail(rq, rs, outcome == FORM_BAD ? 400 : 415, why);
        return true;
    }
    struct task task;
    if (!task_read(params_get(&form, "name"), params_get(&form, "username"), params_get(&form, "repo_name"),
                   &task, err)) {
        refuse(rq, rs, err->text);
        err_clear(err);
        return true;
    }
    const char *asked_by = rq->user.len ? arena_dup(rq->arena, rq->user) : NULL;
    if (!tasks_request(rq->db, &task, PRIORITY_ASKED, asked_by, &id, err))
        return false;
    reply_json(rq, rs, &w);
    jw_object(&w);
    jw_kcstr(&w, "success", "yes");
    jw_ki64(&w, "job", id);
    char *path = arena_printf(rq->arena, "/github/jobs/%lld/", (long long)id);
    jw_key(&w, "url");
    link_put(&w, rq, path);
    jw_end_object(&w);
    const char *address = arena_printf(rq->arena, "%s%s", rq->base, path);
    if (rq->page)
        reply_see_other(rq, rs, address);
    else
        response_header(rs, "Location", address);
    return true;
}
