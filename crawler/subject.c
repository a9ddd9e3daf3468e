/* The developer or repository of a list, requested by id: a list that answers 404 may belong to a renamed one. */
#include "core/base/rnd.h"
#include "core/log/log.h"
#include "crawler/jobs.h"
#include "schema/graph/erasure.h"

#define LOOK_UPS_AT_ONCE 2

enum step subject_ask(struct work *w, struct subject s)
{
    const char *path = s.kind == RECORD_DEVELOPER ? "/user/%lld" : "/repositories/%lld";
    /* with the credential that got the 404, which may be the cause */
    return work_get(w, w->credential, work_url(w, path, (long long)s.id), ACCEPT_JSON, NULL, false);
}

bool details_save(struct work *w, struct db *db, enum record_kind kind, slice json, struct saved_detail **out,
                  size_t *n_out, struct err *err)
{
    struct developer_ref *developers = NULL;
    struct repository_ref *repositories = NULL;
    if (kind == RECORD_DEVELOPER
            ? !details_save_developers(db, &json, &w->job.task_id, 1, w->arena, &developers, n_out, err)
            : !details_save_repositories(db, json, w->job.task_id, w->arena, &repositories, n_out, err))
        return false;
    *out = arena_array(w->arena, *n_out, sizeof **out);
    for (size_t i = 0; i < *n_out; i++)
        (*out)[i] = developers ? (struct saved_detail){developers[i].github_id, developers[i].login}
                               : (struct saved_detail){repositories[i].github_id, repositories[i].full_name};
    return true;
}

enum gh_shape detail_shape(enum record_kind kind)
{
    return kind == RECORD_DEVELOPER ? GH_SHAPE_USER : GH_SHAPE_REPOSITORY;
}

/* name NULL: the subject is forgotten, and has no record. */
static bool save_detail(struct work *w, struct db *db, enum record_kind kind, slice json, int64_t *id_out,
                        const char **name_out, struct err *err)
{
    struct saved_detail *saved;
    size_t n;
    if (!details_save(w, db, kind, json, &saved, &n, err))
        return false;
    *id_out = n ? saved[0].github_id : 0;
    *name_out = n ? saved[0].name : NULL;
    return true;
}

static bool save(struct work *w, struct db *db, struct subject s, slice json, const char **name_out,
                 struct err *err)
{
    int64_t id;
    if (!work_open(w, db, err) || !save_detail(w, db, s.kind, json, &id, name_out, err))
        return false;
    bool forgotten = false;
    if (!*name_out && !erasure_knows(db, json, &forgotten, err))
        return false;
    if (!*name_out && !forgotten)
        return err_set(err, ERR_BROKEN, NAMELESS);
    if (*name_out && id != s.id)
        return err_set(err, ERR_BROKEN, "the detail of id %lld is of id %lld", (long long)s.id,
                       (long long)id);
    return hydration_done(db, s.kind, &s.id, 1, err);
}

static bool save_with_care(struct work *w, struct db *db, struct subject s, const char **name_out,
                           struct err *err)
{
    if (save(w, db, s, detail_array(w, w->body), name_out, err))
        return true;
    AUTO_BUF clean = {0};
    return work_clean(db, w->body, detail_shape(s.kind), &clean, NULL, err) &&
           save(w, db, s, buf_slice(&clean), name_out, err);
}

static bool declare_gone(struct work *w, struct db *db, struct subject s, const char *reason, struct err *err)
{
    if (s.kind == RECORD_DEVELOPER)
        return details_developer_gone(db, s.id, w->job.task_id, reason, err);
    return details_repository_gone(db, s.id, reason, err);
}

enum step subject_gone(struct work *w, struct db *db, struct subject s, const char *reason, struct err *err)
{
    if (!work_open(w, db, err) || !declare_gone(w, db, s, reason, err) ||
        !hydration_done(db, s.kind, &s.id, 1, err) || !work_finish(w, db, reason, 1, 0, err) ||
        !work_commit(w, db, err))
        return STEP_TROUBLE;
    return STEP_DONE;
}

enum step subject_answer(struct work *w, struct db *db, struct subject s, const char *name, bool *renamed_out,
                         struct err *err)
{
    const char *found;
    switch (w->outcome) {
    case GH_FRESH:
        if (!save_with_care(w, db, s, &found, err))
            return STEP_TROUBLE;
        if (found) {
            *renamed_out = strcmp(found, name) != 0;
            if (*renamed_out)
                log_info("list.renamed", L_STR("kind", job_kind_name(w->job.kind)), L_STR("from", name),
                         L_STR("to", found));
            return STEP_FETCH;
        }
        return work_finish(w, db, FORGOTTEN, 1, 0, err) && work_commit(w, db, err) ? STEP_DONE : STEP_TROUBLE;
    case GH_GONE:
        return subject_gone(w, db, s, "gone", err);
    case GH_BLOCKED:
        return subject_gone(w, db, s, "blocked", err);
    default:
        return work_end(w, db,
                        s.kind == RECORD_DEVELOPER
                            ? "restricted: GitHub does not show this developer to this credential"
                            : "restricted: GitHub does not show this repository to this credential",
                        err);
    }
}

enum step subject_go_on(struct work *w, struct db *db, int looked_up, struct err *err)
{
    if (looked_up <= LOOK_UPS_AT_ONCE)
        return work_go_on(w, db, err);
    return work_put_back(w, job_backoff_ms(looked_up - LOOK_UPS_AT_ONCE, rnd_u64()), WAIT_BACKOFF,
                         "renamed again while the list was read");
}

enum step subject_elusive(struct work *w, struct db *db, struct err *err)
{
    return work_end(w, db, JOB_INCOMPLETE "renamed whenever the list was requested; closed nothing", err);
}

struct job_request work_part(struct work *w, enum job_kind kind, const char *subject, int64_t github_id,
                             int64_t count)
{
    const struct work_field args[] = {{"id", NULL, github_id},
                                      {"name", subject, 0},
                                      {count >= 0 ? "count" : NULL, NULL, count},
                                      {NULL, NULL, 0}};
    return (struct job_request){
        .kind = kind,
        .subject = subject,
        .key = arena_printf(w->arena, "%s:%lld", job_kind_name(kind), (long long)github_id),
        .task_id = w->job.task_id,
        .priority = w->job.priority,
        .args = work_json(w, args),
    };
}
