/* The three things a person can ask for. Their numbers and the texts about what is missing are the original API's
 * (tests/api/compat): clients compare them. */
#include "api/request/form.h"
#include "api/spec/routes.h"
#include "core/model/job.h"
#include "core/model/names.h"
#include "schema/queue/jobs.h"

static const struct task {
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

/* What was sent, for an error message: at most 100 bytes, not cut inside a character. */
static slice quoted(slice text)
{
    if (text.len <= 100)
        return text;
    text.len = 100;
    while (text.len && ((unsigned char)text.ptr[text.len] & 0xc0) == 0x80)
        text.len--;
    return text;
}

static const struct task *find_task(slice name)
{
    for (size_t i = 0; i < ARRAY_LEN(tasks); i++)
        if (slice_eq(name, slice_of(job_kind_name(tasks[i].kind))))
            return &tasks[i];
    return NULL;
}

/* NULL: fine. */
static const char *complaint(struct arena *a, const struct task *task, slice username, slice repo_name)
{
    if (task->username && username.len == 0)
        return "Missing username. Provide a valid github username";
    if (task->username && !login_ok(username))
        return arena_printf(
            a,
            "username: got \"%.*s\", expected a GitHub login: 1 to %d letters, digits and hyphens, "
            "beginning with a letter or digit",
            SLICE_ARG(quoted(username)), LOGIN_MAX);
    if (task->repo_name && repo_name.len == 0)
        return "Missing repo_name. Provide a valid repository name";
    if (task->repo_name && !repo_name_ok(repo_name))
        return arena_printf(
            a,
            "repo_name: got \"%.*s\", expected the name of a repository without its owner: 1 to %d "
            "letters, digits, '.', '-' and '_'",
            SLICE_ARG(quoted(repo_name)), REPO_NAME_MAX);
    return NULL;
}

static bool enqueue(struct request *rq, const struct task *task, slice username, slice repo_name,
                    int64_t *id_out, struct err *err)
{
    struct job_request job = {.kind = task->kind, .subject = "", .priority = PRIORITY_ASKED};
    if (task->repo_name)
        job.subject = arena_printf(rq->arena, "%.*s/%.*s", SLICE_ARG(username), SLICE_ARG(repo_name));
    else if (task->username)
        job.subject = arena_dup(rq->arena, username);
    return jobs_enqueue(rq->db, &job, id_out, NULL, NULL, err) && jobs_notify(rq->db, err);
}

bool handle_tasks_post(struct request *rq, struct response *rs, struct err *err)
{
    struct param_list form;
    struct jw w;
    const char *why;
    int64_t id;
    enum form_outcome outcome =
        form_parse(rq->arena, request_header(rq, "Content-Type"), rq->body, &form, &why);
    if (outcome != FORM_OK) {
        reply_detail(rq, rs, outcome == FORM_BAD ? 400 : 415, why);
        return true;
    }
    slice name = params_get(&form, "name");
    slice username = params_get(&form, "username"), repo_name = params_get(&form, "repo_name");
    const struct task *task = find_task(name);
    if (!task) {
        why = name.len ? arena_printf(rq->arena, "task name %.*s not recognized", SLICE_ARG(quoted(name)))
                       : "name is absent or empty";
        refuse(rq, rs,
               arena_printf(rq->arena,
                            "%s, expected full_profile_sync, full_repository_sync or discovery_scraper",
                            why));
        return true;
    }
    why = complaint(rq->arena, task, username, repo_name);
    if (why) {
        refuse(rq, rs, why);
        return true;
    }
    if (!enqueue(rq, task, username, repo_name, &id, err))
        return false;
    reply_json(rq, rs, &w);
    jw_object(&w);
    jw_kcstr(&w, "success", "yes");
    jw_ki64(&w, "job", id);
    jw_end_object(&w);
    return true;
}
