/* The three tasks that the original API lists; sample and census are requested only by POST. The numbers and the texts
 * about what is missing are the original's (tests/api/compat): clients compare them. */
#include "schema/queue/tasks.h"
#include "api/request/param_errors.h"
#include "api/request/value.h"
#include "api/resources/render.h"
#include "api/spec/query.h"
#include "api/spec/routes.h"
#include "api/spec/words.h"
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
        jw_kcstr(&w, "username", words_item(WORDS_NEED, !tasks[i].username));
        jw_kcstr(&w, "repo_name", words_item(WORDS_NEED, !tasks[i].repo_name));
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

static void put_range(struct jw *w, const char *key, int64_t low, int64_t high)
{
    jw_karray(w, key);
    jw_i64(w, low);
    jw_i64(w, high);
    jw_end_array(w);
}

/* Of a sample with fewer ids than requested; "": nothing is to be said. */
static bool read_note(struct request *rq, const struct task *task, char out[SAMPLE_NOTE_SIZE],
                      struct err *err)
{
    out[0] = '\0';
    return task->kind != JOB_SAMPLE || samples_note(rq->db, &task->sample, out, err);
}

static void put_note(struct jw *w, const char *note)
{
    if (*note)
        jw_kcstr(w, "note", note);
}

static bool answer_dry_run(struct request *rq, struct response *rs, const struct task *task, struct err *err)
{
    struct task_estimate e;
    char note[SAMPLE_NOTE_SIZE];
    struct jw w;
    if (!tasks_estimate(rq->db, task, rq->api->cfg, &e, err) || !read_note(rq, task, note, err))
        return false;
    reply_json(rq, rs, &w);
    jw_object(&w);
    jw_kbool(&w, "dry_run", true);
    jw_kobject(&w, "cost");
    put_range(&w, "core", e.core.low, e.core.high);
    put_range(&w, "graphql", e.graphql.low, e.graphql.high);
    jw_end_object(&w);
    render_time(&w, "ends_at", (struct maybe){e.has_end, e.ends_at_ms});
    put_note(&w, note);
    jw_end_object(&w);
    return true;
}

static struct task_input input_of(const struct param_list *form)
{
    return (struct task_input){
        .name = params_get(form, "name"),
        .username = params_get(form, "username"),
        .repo_name = params_get(form, "repo_name"),
        .kind = params_get(form, "kind"),
        .n = params_get(form, "n"),
        .seed = params_get(form, "seed"),
        .sample_name = params_get(form, "sample_name"),
        .from = params_get(form, "from"),
        .to = params_get(form, "to"),
    };
}

/* The fields that the named task uses; NULL: there is no such task. */
static const char *const *fields_used(slice task)
{
    static const struct {
        enum job_kind kind;
        const char *fields[5];
    } uses[] = {
        {JOB_FULL_PROFILE_SYNC, {"username"}}, {JOB_FULL_REPOSITORY_SYNC, {"username", "repo_name"}},
        {JOB_DISCOVERY_SCRAPER, {NULL}},       {JOB_SAMPLE, {"kind", "n", "seed", "sample_name"}},
        {JOB_CENSUS, {"kind", "from", "to"}},
    };
    for (size_t i = 0; i < ARRAY_LEN(uses); i++)
        if (slice_eq(task, slice_of(job_kind_name(uses[i].kind))))
            return uses[i].fields;
    return NULL;
}

static bool is_used(slice field, const char *const *fields)
{
    for (; *fields; fields++)
        if (slice_eq(field, slice_of(*fields)))
            return true;
    return slice_eq(field, SLICE("name")) || slice_eq(field, SLICE("dry_run"));
}

/* Adds the fields that this task does not use to those that no task takes. Empty fields come from a page's form. */
static void add_unused(struct arena *a, const struct param_list *form, struct param_list *unknown)
{
    const char *const *fields = fields_used(params_get(form, "name"));
    struct param *items = arena_array(a, unknown->n + form->n, sizeof *items);
    if (unknown->n)
        memcpy(items, unknown->items, unknown->n * sizeof *items);
    for (size_t i = 0; fields && i < form->n; i++)
        if (form->items[i].value.len && !is_used(form->items[i].key, fields))
            items[unknown->n++] = form->items[i];
    unknown->items = items;
}

/* In the address or in the body: where they differ, nothing is requested. An address that names it without a value ("?dry_run") is
 * refused, since a task may be expensive; a form may send an empty field. False after an answer. */
static bool read_dry_run(struct request *rq, struct response *rs, const struct param_list *form,
                         bool *dry_out)
{
    struct param_errors errors = {0};
    const slice given[] = {params_get(&rq->params, "dry_run"), params_get(form, "dry_run")};
    *dry_out = false;
    for (size_t i = 0; i < ARRAY_LEN(given) && !errors.n; i++) {
        bool dry = false;
        bool named = given[i].len || (given[i].ptr && i == 0);
        if (named && !value_bool(given[i], &dry))
            param_errors_add(&errors, SLICE("dry_run"), VALUE_BOOL_EXPECTED);
        *dry_out |= dry;
    }
    if (errors.n)
        reply_param_errors(rq, rs, &errors);
    return errors.n == 0;
}

bool handle_tasks_post(struct request *rq, struct response *rs, struct err *err)
{
    static const char *const fields[] = {"name",        "username", "repo_name", "kind",     "#n", "#seed",
                                         "sample_name", "#from",    "#to",       "?dry_run", NULL};
    struct param_list form, unknown;
    struct jw w;
    int64_t id;
    char note[SAMPLE_NOTE_SIZE];
    struct err ignored;
    if (!query_read_form(rq, rs, fields, &form, &unknown))
        return true;
    struct task task;
    const struct task_input input = input_of(&form);
    bool dry;
    add_unused(rq->arena, &form, &unknown);
    if (!query_check_body(rq, rs, &unknown) || !read_dry_run(rq, rs, &form, &dry))
        return true;
    bool ok = task_read(&input, &task, err);
    if (ok && dry)
        return answer_dry_run(rq, rs, &task, err);
    const char *asked_by = rq->user.len ? arena_dup(rq->arena, rq->user) : NULL;
    if (!ok || !tasks_request(rq->db, &task, PRIORITY_ASKED, asked_by, &id, err)) {
        if (err->code != ERR_BAD_PARAM)
            return false;
        refuse(rq, rs, err->text);
        err_clear(err);
        return true;
    }
    reply_json(rq, rs, &w);
    jw_object(&w);
    jw_kcstr(&w, "success", "yes");
    jw_ki64(&w, "job", id);
    char *path = arena_printf(rq->arena, "/github/jobs/%lld/", (long long)id);
    jw_key(&w, "url");
    link_put(&w, rq, path);
    put_note(&w, read_note(rq, &task, note, &ignored) ? note : ""); /* the task is requested in any case */
    jw_end_object(&w);
    const char *address = arena_printf(rq->arena, "%s%s", rq->base, path);
    if (rq->page)
        reply_see_other(rs, address);
    else
        response_header(rs, "Location", address);
    return true;
}
