#include "schema/queue/samples.h"
#include "core/model/names.h"
#include "core/model/node_id.h"
#include "core/model/sample.h"
#include <stdio.h>

#define CHUNK 10000

bool sample_name_ok(slice name)
{
    bool ok = name.len > 0 && name.len <= SAMPLE_NAME_MAX;
    for (size_t i = 0; i < name.len && ok; i++) {
        char c = name.ptr[i], low = (char)(c | 0x20);
        ok =
            (c >= '0' && c <= '9') || (low >= 'a' && low <= 'z') || (i && (c == '.' || c == '_' || c == '-'));
    }
    return ok;
}

const char *samples_name(const struct sample_request *request, char out[SAMPLE_NAME_MAX + 1])
{
    if (*request->name)
        snprintf(out, SAMPLE_NAME_MAX + 1, "%s", request->name);
    else
        snprintf(out, SAMPLE_NAME_MAX + 1, "%s-%lld-%lld", record_kind_word(request->kind),
                 (long long)request->n, (long long)request->seed);
    return out;
}

bool samples_frame(struct db *db, enum record_kind kind, int64_t *to_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_samples_frame, &rows, err, DB_I64(kind)))
        return false;
    *to_out = db_i64(&rows, 0, COL_samples_frame_to_id);
    return true;
}

/* ---- drawing ---- */

static bool drop_forgotten(struct db *db, int64_t *ids, size_t *n, struct err *err)
{
    AUTO_ROWS rows = {0};
    size_t kept = 0;
    if (!db_run(db, Q_samples_forgotten, &rows, err, DB_I64S(ids, *n)))
        return false;
    for (size_t i = 0; i < *n; i++) {
        bool forgotten = false;
        for (int k = 0; k < rows.n; k++)
            forgotten |= db_i64(&rows, k, COL_samples_forgotten_id) == ids[i];
        if (!forgotten)
            ids[kept++] = ids[i];
    }
    *n = kept;
    return true;
}

static bool draw_all(struct db *db, const struct sample_request *request, const char *name, int64_t to,
                     struct arena *a, struct err *err)
{
    struct sample_draw draw;
    int64_t *ids = arena_array(a, CHUNK, sizeof *ids), place = 1;
    bool more = true;
    /* twice as many, in case half of them are forgotten people */
    sample_draw_begin(&draw, request->seed, to, 2 * request->n, a);
    while (more && place <= request->n) {
        int64_t wanted = request->n - place + 1;
        size_t n = 0;
        while (n < CHUNK && (int64_t)n < wanted && (more = sample_draw_next(&draw, &ids[n])))
            n++;
        if (!n)
            break;
        if (request->kind == RECORD_DEVELOPER && !drop_forgotten(db, ids, &n, err))
            return false;
        if (!db_run(db, Q_samples_add, NULL, err, DB_CSTR(name), DB_I64(place), DB_I64S(ids, n)))
            return false;
        place += (int64_t)n;
    }
    return true;
}

/* *known_out: a sample of this name exists, with the same definition. */
static bool find_same(struct db *db, const struct sample_request *request, const char *name, bool *known_out,
                      struct err *err)
{
    struct sample sample;
    AUTO_ROWS rows = {0};
    if (!samples_list(db, slice_of(name), 1, 0, &rows, err))
        return false;
    *known_out = rows.n > 0;
    if (!*known_out)
        return true;
    sample_from_row(&rows, 0, &sample);
    int64_t wanted = db_i64(&rows, 0, COL_samples_list_wanted);
    return (sample.kind == request->kind && sample.seed == request->seed && wanted == request->n) ||
           err_set(
               err, ERR_BAD_PARAM,
               "sample_name: \"%s\" is the name of another sample (n %lld, seed %lld), expected a new name",
               name, (long long)wanted, (long long)sample.seed);
}

static bool enqueue(struct db *db, const char *name, int64_t *job_id_out, struct err *err)
{
    const struct job_request job = {.kind = JOB_SAMPLE, .subject = name, .priority = PRIORITY_ASKED};
    return jobs_enqueue(db, &job, job_id_out, NULL, err) && jobs_notify(db, err);
}

static bool find_job(struct db *db, const char *name, int64_t *job_id_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_samples_job, &rows, err, DB_CSTR(name)))
        return false;
    *job_id_out = db_i64(&rows, 0, COL_samples_job_job_id);
    return true;
}

static bool create(struct db *db, const struct sample_request *request, int64_t *job_id_out, struct arena *a,
                   struct err *err)
{
    char name[SAMPLE_NAME_MAX + 1];
    bool known;
    int64_t to;
    samples_name(request, name);
    if (!db_run(db, Q_samples_lock, NULL, err, DB_CSTR(name)) || !find_same(db, request, name, &known, err))
        return false;
    if (known) /* requested again: its job is open or finished */
        return find_job(db, name, job_id_out, err) && (*job_id_out || enqueue(db, name, job_id_out, err));
    if (!samples_frame(db, request->kind, &to, err))
        return false;
    if (to == 0)
        return err_set(err, ERR_BAD_PARAM,
                       "no id is known yet, expected at least one: request a full_profile_sync first");
    return db_run(db, Q_samples_insert, NULL, err, DB_CSTR(name), DB_I64(request->kind),
                  DB_I64(request->seed), DB_I64(request->n), DB_I64(to)) &&
           draw_all(db, request, name, to, a, err) && enqueue(db, name, job_id_out, err);
}

bool samples_create(struct db *db, const struct sample_request *request, int64_t *job_id_out, struct err *err)
{
    AUTO_ARENA a = arena_create();
    bool ok = db_begin(db, err) && create(db, request, job_id_out, a, err) && db_commit(db, err);
    if (!ok)
        db_rollback(db);
    return ok;
}

/* ---- lookups ---- */

bool samples_list(struct db *db, slice name, int64_t n, int64_t skip, struct db_rows *rows_out,
                  struct err *err)
{
    return db_run(db, Q_samples_list, rows_out, err, DB_TEXT(name), DB_I64(n), DB_I64(skip));
}

bool samples_count(struct db *db, int64_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_samples_count, &rows, err))
        return false;
    *n_out = db_i64(&rows, 0, COL_samples_count_count);
    return true;
}

void sample_from_row(const struct db_rows *rows, int row, struct sample *out)
{
    *out = (struct sample){
        .name = db_text(rows, row, COL_samples_list_name),
        .kind = (enum record_kind)db_i64(rows, row, COL_samples_list_kind),
        .seed = db_i64(rows, row, COL_samples_list_seed),
        .frame_to = db_i64(rows, row, COL_samples_list_frame_to),
        .drawn = db_i64(rows, row, COL_samples_list_drawn),
        .asked = db_i64(rows, row, COL_samples_list_asked),
        .found = db_i64(rows, row, COL_samples_list_found),
        .created_at_ms = db_time(rows, row, COL_samples_list_created_at),
        .finished_at_ms = db_time(rows, row, COL_samples_list_finished_at),
    };
}

/* ---- the job ---- */

bool samples_stubs(struct db *db, const char *name, int n, struct arena *a, struct stub **stubs_out,
                   size_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_samples_stubs, &rows, err, DB_CSTR(name), DB_I64(n)))
        return false;
    struct stub *stubs = arena_array(a, (size_t)rows.n + 1, sizeof *stubs);
    for (int i = 0; i < rows.n; i++) {
        enum record_kind kind = (enum record_kind)db_i64(&rows, i, COL_samples_stubs_kind);
        char node_id[NODE_ID_SIZE];
        stubs[i] = (struct stub){
            .kind = kind, .github_id = db_i64(&rows, i, COL_samples_stubs_github_id), .name = ""};
        node_id_new(kind == RECORD_DEVELOPER ? NODE_USER : NODE_REPOSITORY, stubs[i].github_id, node_id);
        stubs[i].node_id = arena_strdup(a, node_id);
    }
    *stubs_out = stubs;
    *n_out = (size_t)rows.n;
    return true;
}

bool samples_answered(struct db *db, const char *name, int64_t task_id, const struct stub *stubs, size_t n,
                      struct arena *a, struct err *err)
{
    int64_t *found = arena_array(a, n, sizeof *found), *missing = arena_array(a, n, sizeof *missing);
    size_t n_found = 0, n_missing = 0;
    for (size_t i = 0; i < n; i++)
        if (stubs[i].state == STUB_FOUND)
            found[n_found++] = stubs[i].github_id;
        else if (stubs[i].state == STUB_MISSING)
            missing[n_missing++] = stubs[i].github_id;
    return db_later(db, Q_samples_answered, err, DB_CSTR(name), DB_I64S(found, n_found),
                    DB_I64S(missing, n_missing)) &&
           db_later(db, Q_samples_queue_nothing, err, DB_I64(task_id));
}

bool samples_finish(struct db *db, const char *name, struct err *err)
{
    return db_later(db, Q_samples_finish, err, DB_CSTR(name));
}

bool samples_note(struct db *db, const struct sample_request *request, char out[SAMPLE_NOTE_SIZE],
                  struct err *err)
{
    char name[SAMPLE_NAME_MAX + 1];
    int64_t frame;
    struct sample s;
    AUTO_ROWS rows = {0};
    out[0] = '\0';
    if (!samples_list(db, slice_of(samples_name(request, name)), 1, 0, &rows, err))
        return false;
    if (rows.n) { /* drawn already, from the frame of that time */
        sample_from_row(&rows, 0, &s);
        frame = s.frame_to;
    } else if (!samples_frame(db, request->kind, &frame, err)) {
        return false;
    }
    if (frame && request->n > frame)
        snprintf(out, SAMPLE_NOTE_SIZE,
                 "the highest known id is %lld, so there are only %lld ids to draw, not %lld: the sample is "
                 "all of them",
                 (long long)frame, (long long)frame, (long long)request->n);
    return true;
}
