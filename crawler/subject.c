/* The developer a list is about, asked for by id: a list that answers 404 may be of somebody who has another name now. */
#include "core/uuid/uuid.h"
#include "crawler/jobs.h"
#include "github/decode.h"

enum step subject_ask(struct work *w, int64_t id)
{
    return work_get(w, work_credential(w, NULL), work_url(w, "/user/%lld", (long long)id), ACCEPT_JSON, NULL,
                    false);
}

static bool save(struct work *w, struct db *db, int64_t id, slice json, const char **login_out,
                 struct err *err)
{
    struct developer_ref *refs;
    size_t n;
    if (!work_open(w, db, err) ||
        !details_save_developers(db, &json, &w->job.task_id, 1, w->arena, &refs, &n, err))
        return false;
    if (n && refs[0].github_id != id)
        return err_set(err, ERR_BROKEN, "the detail of id %lld is of id %lld", (long long)id,
                       (long long)refs[0].github_id);
    *login_out = n ? refs[0].login : NULL;
    return hydration_done(db, RECORD_DEVELOPER, &id, 1, err);
}

bool subject_save(struct work *w, struct db *db, int64_t id, const char **login_out, struct err *err)
{
    if (save(w, db, id, detail_array(w, w->body), login_out, err))
        return true;
    if (!work_wants_cleaning(err))
        return false;
    struct buf clean;
    size_t dropped;
    db_rollback(db);
    buf_init(&clean, GH_MAX_BODY_BYTES);
    bool ok = gh_decode_clean(w->body, GH_SHAPE_USER, &clean, &dropped, err) &&
              save(w, db, id, buf_slice(&clean), login_out, err);
    buf_finish(&clean);
    return ok;
}

enum step subject_gone(struct work *w, struct db *db, int64_t id, const char *reason, struct err *err)
{
    if (!work_open(w, db, err) || !details_developer_gone(db, id, w->job.task_id, reason, err) ||
        !hydration_done(db, RECORD_DEVELOPER, &id, 1, err) || !work_finish(w, db, reason, 1, 0, err) ||
        !work_commit(w, db, err))
        return STEP_TROUBLE;
    return STEP_DONE;
}
