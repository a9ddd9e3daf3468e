/* Effects of an answer on other pages: a write marks them stale, an absence is remembered. */
#include "core/base/clock.h"
#include "github/outcome.h"
#include "mirror/flight/flight_private.h"
#include "mirror/flight/invalidate.h"
#include "pagecache/field_kinds.h"
#include <jansson.h>

#define MAX_ERROR_BYTES 65536u
#define MAX_NAMED_BYTES (1024u * 1024u) /* of an answer to a write, which is searched for names */

int64_t flight_proven_at_ms(const struct flight *f)
{
    int64_t now = clock_wall_ms(), written = written_at_ms(f->mirror->written, f->writer_hash);
    if (atomic_load(&f->went_stale) || written != f->written_ms)
        return 0;
    return now <= written ? written + 1 : now;
}

/* ---- absence ---- */

/* SCIM's errors have schemas, and a message that may be null. */
static bool has_message(const struct page *page, slice body)
{
    slice type = media_type(fields_get(&page->fields, "Content-Type"));
    bool scim = slice_eq_nocase(type, SLICE("application/scim+json"));
    if (!scim && !slice_eq_nocase(type, SLICE("application/json")))
        return false;
    json_error_t ignored;
    json_auto_t *root = json_loadb(body.ptr, body.len, 0, &ignored);
    return json_is_string(json_object_get(root, "message")) ||
           (scim && json_is_array(json_object_get(root, "schemas")));
}

bool flight_is_githubs_error(const struct page *page)
{
    AUTO_BUF plain = {.max = MAX_ERROR_BYTES};
    return page_plain(page, &plain) && has_message(page, buf_slice(&plain));
}

/* Only if GitHub itself says so: not a gateway's page, not the end of an API version. */
static bool is_absence(struct flight *f, const struct page *page)
{
    int64_t unused;
    AUTO_BUF plain = {.max = MAX_ERROR_BYTES};
    slice body = page_plain(page, &plain) ? buf_slice(&plain) : SLICE("");
    const struct gh_answer given = {
        .status = f->call.status, .headers = f->headers, .body = body, .anonymous = !f->authorization};
    return (f->call.status == 404 || f->call.status == 410) && fields_allow_keeping(&page->fields) &&
           gh_classify(&given, 0, &unused) == GH_GONE && has_message(page, body);
}

void flight_remember_absence(struct flight *f)
{
    struct page *page = flight_page_of_answer(f);
    if (f->mirror->cfg->mirror_negative_seconds > 0 && f->keeps && flight_proven_at_ms(f) &&
        is_absence(f, page)) {
        page_adopt(page, f->key, f->resource, arena_printf(f->arena, "%s%s", f->mirror->upstream, f->path));
        page->fetched_at_ms = clock_wall_ms();
        atomic_store(&page->checked_at_ms, flight_proven_at_ms(f));
        negative_put(f->mirror->negative, page);
    }
    page_release(page);
}

/* ---- writes ---- */

/* With any answer or none, the write may have been done, unless GitHub says that it was not processed. A mutation may have been done in
 * part, though its 200 tells of a limit. */
static bool may_have_changed(const struct flight *f)
{
    bool refused = f->call.failure == GH_PASSTHROUGH_OK &&
                   (f->call.status == 401 || (f->limited_ms && f->call.status != 200));
    return f->purpose == FOR_PASS && !f->only_reads && !refused && strncmp(f->path, "/markdown", 9) != 0;
}

/* On a store thread, before the client has its answer: the next request must see the written state. */
static void run_changed(void *owner, struct db *db)
{
    struct flight *f = owner;
    (void)db;
    AUTO_BUF plain = {.max = MAX_NAMED_BYTES};
    struct page *answer = flight_page_of_answer(f);
    bool named = f->call.failure == GH_PASSTHROUGH_OK && answer->json && page_plain(answer, &plain);
    invalidate_after_write(f->mirror, f->path, f->authorization ? f->writer_hash : NULL, f->body,
                           named ? buf_slice(&plain) : SLICE(""));
    page_release(answer);
    flight_conclude_answered(f);
}

bool flight_note_change(struct flight *f)
{
    if (!may_have_changed(f))
        return false;
    f->task.run = run_changed;
    db_workers_submit(f->mirror->db_workers, &f->task, 0);
    return true;
}
