#include "schema/queue/tasks.h"
#include "core/model/names.h"
#include "core/model/sample.h"
#include "schema/queue/jobs.h"
#include <stdio.h>

#define SHOWN_BYTES 60

/* The address without the part before '@', which may be a token. */
static slice without_userinfo(slice text)
{
    ptrdiff_t at = slice_find(text, '@'), colon = slice_find(text, ':');
    return colon >= 0 && at > colon ? slice_from(text.ptr + at, text.len - (size_t)at) : text;
}

/* Foreign text on one line: cut between characters, with '?' for control characters and invalid UTF-8. */
static const char *shown(slice text, char out[SHOWN_BYTES + 4])
{
    size_t n = 0;
    text = without_userinfo(text);
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
    return err_set(err, ERR_BAD_PARAM, "%s: got \"%s\", expected %s", field, shown(value, text), expected);
}

static bool read_name(slice name, enum job_kind *kind_out, struct err *err)
{
    char text[SHOWN_BYTES + 4], names[200] = "";
    if (job_kind_parse(name, kind_out) && job_kind_is_task(*kind_out))
        return true;
    for (size_t i = 0, n = 0; job_task_name(i) && n < sizeof names; i++)
        n += (size_t)snprintf(names + n, sizeof names - n, "%s%s",
                              i == 0                 ? ""
                              : job_task_name(i + 1) ? ", "
                                                     : " or ",
                              job_task_name(i));
    if (name.len == 0)
        return err_set(err, ERR_BAD_PARAM, "name is absent or empty, expected %s", names);
    return err_set(err, ERR_BAD_PARAM, "task name %s not recognized, expected %s", shown(name, text), names);
}

static bool read_login(slice username, slice *login_out, struct err *err)
{
    if (username.len == 0)
        return err_set(err, ERR_BAD_PARAM, "Missing username. Provide a valid github username");
    *login_out = login_bare(username);
    return login_ok(*login_out) || wrong(err, "username", username, LOGIN_EXPECTED);
}

/* The owner may be part of either value. */
static bool read_repository(slice username, slice repo_name, slice *owner_out, slice *name_out,
                            struct err *err)
{
    slice login;
    if (repo_name.len == 0 && repo_read(username, owner_out, name_out))
        return true;
    if (repo_read(repo_name, owner_out, name_out)) {
        if (username.len == 0)
            return true;
        if (!read_login(username, &login, err))
            return false;
        return slice_eq_nocase(login, *owner_out) ||
               wrong(err, "repo_name", repo_name, "a repository of the owner that username names");
    }
    if (username.len == 0 && slice_find(repo_name, '/') >= 0) /* meant to include an owner */
        return wrong(err, "repo_name", repo_name, REPO_NAME_EXPECTED);
    if (!read_login(username, owner_out, err))
        return false;
    if (repo_name.len == 0)
        return err_set(err, ERR_BAD_PARAM, "Missing repo_name. Provide a valid repository name");
    *name_out = repo_name;
    return repo_name_ok(repo_name) || wrong(err, "repo_name", repo_name, REPO_NAME_EXPECTED);
}

/* Absent: `fallback`. */
static bool read_number(const char *field, slice text, int64_t min, int64_t max, int64_t fallback,
                        int64_t *out, struct err *err)
{
    char expected[80];
    *out = fallback;
    if (text.len == 0 || slice_i64(text, min, max, out))
        return true;
    snprintf(expected, sizeof expected, "a whole number from %lld to %lld", (long long)min, (long long)max);
    return wrong(err, field, text, expected);
}

/* What has a type is checked in the input of any task, so that a wrong value is not ignored. */
static bool read_values(const struct task_input *in, struct task *out, struct err *err)
{
    if (in->kind.len && !record_kind_read(in->kind, &out->sample.kind))
        return wrong(err, "kind", in->kind, "users or repositories");
    out->census.kind = out->sample.kind;
    if (in->sample_name.len && !sample_name_ok(in->sample_name))
        return wrong(err, "sample_name", in->sample_name, SAMPLE_NAME_EXPECTED);
    snprintf(out->sample.name, sizeof out->sample.name, "%.*s", SLICE_ARG(in->sample_name));
    return read_number("n", in->n, 1, SAMPLE_MAX_IDS, 0, &out->sample.n, err) &&
           read_number("seed", in->seed, 0, INT64_MAX, 1, &out->sample.seed, err) &&
           read_number("from", in->from, 1, INT64_MAX, 1, &out->census.from, err) &&
           read_number("to", in->to, 1, INT64_MAX, CENSUS_OPEN, &out->census.to, err);
}

/* Of a sample or a census. */
static bool check_ids(const struct task_input *in, const struct task *task, struct err *err)
{
    if (in->kind.len == 0)
        return err_set(err, ERR_BAD_PARAM, "kind is absent or empty, expected users or repositories");
    if (task->kind == JOB_SAMPLE)
        return in->n.len || err_set(err, ERR_BAD_PARAM,
                                    "n is absent or empty, expected how many ids to draw, such as 10000");
    return task->census.from <= task->census.to || wrong(err, "to", in->to, "an id that is not below from");
}

bool task_read(const struct task_input *in, struct task *out, struct err *err)
{
    slice owner = {NULL, 0}, repository = {NULL, 0};
    *out = (struct task){0};
    if (!read_name(in->name, &out->kind, err) || !read_values(in, out, err))
        return false;
    if (out->kind == JOB_SAMPLE || out->kind == JOB_CENSUS)
        return check_ids(in, out, err);
    if (out->kind == JOB_FULL_PROFILE_SYNC) {
        if (!read_login(in->username, &owner, err))
            return false;
        snprintf(out->subject, sizeof out->subject, "%.*s", SLICE_ARG(owner));
    }
    if (out->kind == JOB_FULL_REPOSITORY_SYNC) {
        if (!read_repository(in->username, in->repo_name, &owner, &repository, err))
            return false;
        snprintf(out->subject, sizeof out->subject, "%.*s/%.*s", SLICE_ARG(owner), SLICE_ARG(repository));
    }
    return true;
}

bool tasks_request(struct db *db, const struct task *task, int priority, const char *asked_by,
                   int64_t *job_id_out, struct err *err)
{
    const struct job_request request = {.kind = task->kind, .subject = task->subject, .priority = priority};
    bool ok = task->kind == JOB_SAMPLE   ? samples_create(db, &task->sample, job_id_out, err)
              : task->kind == JOB_CENSUS ? census_request(db, &task->census, job_id_out, err)
                                         : jobs_enqueue(db, &request, job_id_out, NULL, err);
    return ok && db_run(db, Q_tasks_asked, NULL, err, DB_I64(*job_id_out), DB_CSTR(asked_by));
}

bool tasks_end(struct db *db, int64_t task_id, int64_t job_id, struct task_end *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_tasks_end, &rows, err, DB_I64(task_id), DB_I64(job_id)))
        return false;
    out->cancelled = db_i64(&rows, 0, COL_tasks_end_cancelled);
    snprintf(out->note, sizeof out->note, "%.*s", SLICE_ARG(db_text(&rows, 0, COL_tasks_end_note)));
    return true;
}

bool tasks_lacking(struct db *db, int64_t task_id, struct task_lacking *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    *out = (struct task_lacking){0};
    if (!db_run(db, Q_tasks_lacking, &rows, err, DB_I64(task_id), DB_I64(TASK_LACKING_MAX)))
        return false;
    out->n = (size_t)rows.n;
    for (int i = 0; i < rows.n; i++) {
        snprintf(out->items[i].kind, sizeof out->items[i].kind, "%.*s",
                 SLICE_ARG(db_text(&rows, i, COL_tasks_lacking_kind)));
        snprintf(out->items[i].subject, sizeof out->items[i].subject, "%.*s",
                 SLICE_ARG(db_text(&rows, i, COL_tasks_lacking_subject)));
        snprintf(out->items[i].why, sizeof out->items[i].why, "%.*s",
                 SLICE_ARG(db_text(&rows, i, COL_tasks_lacking_note)));
        out->n_all = db_i64(&rows, i, COL_tasks_lacking_n);
    }
    return true;
}

bool tasks_of_job(struct db *db, int64_t job_id, int64_t *task_id_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_jobs_state_of, &rows, err, DB_I64(job_id)))
        return false;
    if (rows.n == 0)
        return err_set(err, ERR_NOT_FOUND, "job %lld is no longer stored", (long long)job_id);
    *task_id_out = db_i64(&rows, 0, COL_jobs_state_of_task_id);
    return true;
}
