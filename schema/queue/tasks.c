#include "schema/queue/tasks.h"
#include "core/model/names.h"
#include "schema/queue/jobs.h"
#include <stdio.h>

#define SHOWN_BYTES 60

/* A stranger's text on one line: cut at a character's end, control characters and broken UTF-8 as '?'. */
static const char *shown(slice text, char out[SHOWN_BYTES + 4])
{
    size_t n = 0;
    for (size_t i = 0; i < text.len;) {
        size_t len = slice_utf8_sequence(slice_from(text.ptr + i, text.len - i));
        unsigned char first = (unsigned char)text.ptr[i];
        bool plain = len > 0 && first >= ' ' && first != 0x7f;
        size_t take = len ? len : 1;
        if (n + take > SHOWN_BYTES) {
            memcpy(out + n, "...", 3);
            n += 3;
            break;
        }
        if (plain)
            memcpy(out + n, text.ptr + i, take);
        else
            out[n] = '?';
        n += plain ? take : 1;
        i += take;
    }
    out[n] = '\0';
    return out;
}

static bool wrong(struct err *err, const char *field, slice value, const char *expected)
{
    char text[SHOWN_BYTES + 4];
    if (value.len == 0)
        return err_set(err, ERR_BAD_PARAM, "%s is missing: expected %s", field, expected);
    return err_set(err, ERR_BAD_PARAM, "%s: got \"%s\", expected %s", field, shown(value, text), expected);
}

bool task_check(slice name, slice username, slice repo_name, enum job_kind *kind_out, struct err *err)
{
    static const char names[] = "full_profile_sync, full_repository_sync or discovery_scraper";
    if (!job_kind_parse(name, kind_out) || !job_kind_is_task(*kind_out))
        return wrong(err, "name", name, names);
    if (*kind_out == JOB_DISCOVERY_SCRAPER)
        return true;
    if (!login_ok(username))
        return wrong(err, "username", username, "a GitHub login: letters, digits and hyphens, at most 39");
    if (*kind_out == JOB_FULL_REPOSITORY_SYNC && !repo_name_ok(repo_name))
        return wrong(err, "repo_name", repo_name,
                     "a repository's name without its owner: letters, digits, '.', '-', '_', at most 100");
    return true;
}

bool tasks_request(struct db *db, slice name, slice username, slice repo_name, int priority,
                   int64_t *job_id_out, struct err *err)
{
    char subject[LOGIN_MAX + REPO_NAME_MAX + 16] = "";
    enum job_kind kind;
    if (!task_check(name, username, repo_name, &kind, err))
        return false;
    if (kind == JOB_FULL_PROFILE_SYNC)
        snprintf(subject, sizeof subject, "%.*s", SLICE_ARG(username));
    if (kind == JOB_FULL_REPOSITORY_SYNC)
        snprintf(subject, sizeof subject, "%.*s/%.*s", SLICE_ARG(username), SLICE_ARG(repo_name));
    const struct job_request request = {.kind = kind, .subject = subject, .priority = priority};
    return jobs_enqueue(db, &request, job_id_out, NULL, NULL, err) && jobs_notify(db, err);
}

bool tasks_of_job(struct db *db, int64_t job_id, int64_t *task_id_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_jobs_state_of, &rows, err, DB_I64(job_id)))
        return false;
    if (rows.n == 0)
        return err_set(err, ERR_NOT_FOUND, "job %lld is no longer kept", (long long)job_id);
    *task_id_out = db_i64(&rows, 0, 4);
    return true;
}
