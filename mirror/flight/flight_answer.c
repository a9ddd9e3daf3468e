/* What an answer of GitHub means for a flight; flight_keep.c stores it. flight_answered runs on the passthrough's thread and leaves
 * everything slow (decoding, hashing, PostgreSQL) to the store threads. */
#include "core/base/clock.h"
#include "core/base/gzip.h"
#include "core/base/memory.h"
#include "github/outcome.h"
#include "github/url.h"
#include "mirror/flight/flight_private.h"
#include "mirror/request/target.h"
#include "mirror/upstream/access.h"
#include "mirror/upstream/lent_credentials.h"
#include "mirror/upstream/refusal.h"
#include "mirror/upstream/upstream_health.h"
#include "pagecache/field_kinds.h"
#include "schema/mirror.h"
#include <jansson.h>
#include <stdlib.h>

#define RENEWED_MS      1000 /* meanwhile an app's installation gets another token */
#define LIMIT_MAX_BYTES 65536
#define REFUSED_MS      3600000 /* a lent credential that GitHub refuses (401) is not used for an hour */

/* ---- endings ---- */

struct page *flight_page_of_answer(struct flight *f)
{
    struct page *page = page_create(f->call.status, buf_slice(&f->call.head), buf_slice(&f->call.bytes));
    if (f->purpose != FOR_PASS) /* several clients may wait for it */
        fields_drop_kind(&page->fields, FIELD_SESSION);
    return page;
}

void flight_conclude_as(struct flight *f, struct outcome *o, const char *forwarded)
{
    o->upstream_status = f->call.status;
    o->forwarded = forwarded;
    flight_conclude(f, o);
}

static bool reads(const struct flight *f)
{
    return strcmp(f->method, "GET") == 0 || strcmp(f->method, "HEAD") == 0 ||
           strcmp(f->method, "OPTIONS") == 0;
}

const char *flight_why_forwarded(const struct flight *f)
{
    if (f->purpose == FOR_PASS)
        return reads(f) ? "bypass" : "method";
    return f->known ? "stale" : f->other_credential_page ? "vary-miss" : "uri-miss";
}

static struct page *page_for_clients(struct flight *f, enum upstream_result upstream_result)
{
    struct page *answer = flight_page_of_answer(f);
    if (!f->lent || upstream_result != UPSTREAM_LIMITED)
        return answer;
    struct page *nameless = refusal_without_names(answer, f->secondary, gh_credential_is_anonymous(f->lent));
    page_release(answer);
    return nameless;
}

/* GitHub's answer unchanged, unless it names a lent credential; without one, the mirror's own error. */
void flight_pass_on(struct flight *f, enum upstream_result upstream_result)
{
    struct page *page = f->call.failure == GH_PASSTHROUGH_OK ? page_for_clients(f, upstream_result)
                        : f->call.failure == GH_PASSTHROUGH_TIMEOUT
                            ? page_message(502, 0, "GitHub did not answer in time")
                        : f->call.failure == GH_PASSTHROUGH_TOO_BIG
                            ? page_message(502, 0, "GitHub's answer is larger than the mirror's limit")
                            : page_message(502, 0, "The mirror cannot reach GitHub");
    if (upstream_result_serves_stored(upstream_result)) {
        flight_conclude_stored(f, upstream_result, page);
        return;
    }
    flight_conclude_as(f, outcome_create(page, upstream_result), flight_why_forwarded(f));
}

/* ---- other answers ---- */

static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 307 || status == 308;
}

/* Follows redirects within GitHub's host only, since the credential is sent along. Others are passed to the client. */
static bool follow(struct flight *f)
{
    if (!is_redirect(f->call.status) || !reads(f) || f->hops >= MAX_HOPS)
        return false;
    char *url = gh_url_same_origin(f->arena, f->mirror->upstream, slice_of(f->headers->location));
    if (!url)
        return false;
    f->hops++;
    flight_redirect(f, url);
    flight_ask(f);
    return true;
}

static void learn_who(struct flight *f);

static void not_modified(struct flight *f)
{
    if (f->known && !f->unconditional) {
        flight_known_unchanged(f);
    } else if (f->predicted[0] && !f->unconditional) {
        flight_other_credential_unchanged(f);
    } else if (f->condition && f->purpose == FOR_PAGE && !f->unconditional) {
        struct outcome *o = outcome_create(NULL, UPSTREAM_ANSWERED);
        o->not_modified = true;
        flight_take_fresh(f);
        flight_give_fresh(f, o);
        flight_conclude_as(f, o, "uri-miss");
    } else if (f->purpose == FOR_PASS) {
        flight_pass_on(f, UPSTREAM_ANSWERED);
    } else { /* unexpected */
        f->call.failure = GH_PASSTHROUGH_CONNECTION;
        flight_pass_on(f, UPSTREAM_CONNECTION);
    }
}

static void sound_answer(struct flight *f)
{
    if (f->call.status == 304)
        not_modified(f);
    else if (f->purpose == FOR_WHO)
        learn_who(f);
    else if (!flight_keeps_answer(f))
        flight_pass_on(f, UPSTREAM_ANSWERED);
}

/* ---- the credential's owner ---- */

static void run_learn(void *owner, struct db *db)
{
    struct flight *f = owner;
    struct err err;
    json_error_t ignored;
    AUTO_BUF plain = {.max = 1024 * 1024};
    bool ok = page_plain(f->answer, &plain);
    json_auto_t *root = ok ? json_loadb(plain.ptr, plain.len, 0, &ignored) : NULL;
    const char *login = json_string_value(json_object_get(root, "login"));
    if (login && strlen(login) < 64) {
        access_learn(f->mirror->access, f->credential_hash, login);
        slice credential_hash = slice_from((const char *)f->credential_hash, CREDENTIAL_HASH_BYTES);
        if (db && !mirror_user_save(db, credential_hash, slice_of(login), &err))
            db_workers_failed(f->mirror->db_workers, "save a user", &err);
        flight_conclude(f, outcome_create(page_message(200, 0, "known"), UPSTREAM_ANSWERED));
    } else {
        flight_conclude(
            f, outcome_create(page_message(502, 0, "GitHub did not name the owner of this credential"),
                              UPSTREAM_FAILED));
    }
}

static void learn_who(struct flight *f)
{
    if (f->call.status != 200) {
        flight_pass_on(f, UPSTREAM_ANSWERED);
        return;
    }
    f->answer = flight_page_of_answer(f);
    f->task.run = run_learn;
    db_workers_submit(f->mirror->db_workers, &f->task, 0);
}

/* ---- classification ---- */

static void read_headers(struct flight *f)
{
    slice rest = buf_slice(&f->call.head), line;
    if (!f->headers)
        f->headers = xmalloc(sizeof *f->headers);
    gh_headers_reset(f->headers);
    while (slice_split(&rest, '\n', &line))
        if (line.len)
            gh_headers_line(f->headers, line);
}

/* GraphQL tells limits in a 200, too, which is small. */
static bool may_refuse(const struct flight *f)
{
    int status = f->call.status;
    return status == 401 || status == 403 || status == 429 ||
           (status == 200 && strcmp(f->bucket, "graphql") == 0 && f->call.bytes.len <= LIMIT_MAX_BYTES);
}

/* wait_ms 0: the answer is not a limit. Notes whether it refuses the credential: by a 401 that says so (that of a proxy, or of an
 * endpoint that GitHub refuses to most, says nothing of it), or by 403 when its owner or installation is suspended. */
static struct closure limit_of(struct flight *f)
{
    int64_t wait_ms = 0;
    f->refused = f->forbids = false;
    if (!may_refuse(f))
        return (struct closure){0};
    AUTO_BUF plain = {.max = LIMIT_MAX_BYTES};
    struct page *answer = flight_page_of_answer(f);
    slice body = page_plain(answer, &plain) ? buf_slice(&plain) : SLICE("");
    const struct gh_answer given = {.status = f->call.status,
                                    .headers = f->headers,
                                    .body = body,
                                    .anonymous = !f->authorization,
                                    .graphql = strcmp(f->bucket, "graphql") == 0,
                                    .renewable = true, /* a refusal is told apart for GraphQL, too */
                                    .for_few = true,
                                    .of_client = true};
    enum gh_outcome outcome = gh_classify(&given, 0, &wait_ms);
    bool secondary = outcome == GH_SECONDARY_LIMIT, limited = secondary || outcome == GH_PRIMARY_LIMIT;
    if (limited)
        gh_classify(&given,
                    rate_view_limits_before(f->mirror->rate_view, f->credential_hash, f->bucket, f->headers,
                                            f->call.submitted_ms, secondary),
                    &wait_ms);
    bool other = gh_is_other_refusal(body);
    page_release(answer);
    f->refused = outcome == GH_UNAUTHORIZED;
    f->secondary = secondary;
    f->forbids = outcome == GH_PRIMARY_LIMIT && f->call.status == 403 && other;
    if (!limited)
        return (struct closure){0};
    return (struct closure){.wait_ms = wait_ms > 0 ? wait_ms : 1000, .secondary = secondary};
}

/* Whether limits in a row have ended. /rate_limit (bucket "none") is never limited, and what a proxy answers says nothing of GitHub. */
static bool ends_limits(struct flight *f)
{
    int status = f->call.status;
    if (strcmp(f->bucket, "none") == 0 || (status >= 400 && status != 404 && status != 422))
        return false;
    if (status < 400)
        return true;
    AUTO_BUF plain = {.max = LIMIT_MAX_BYTES};
    struct page *answer = flight_page_of_answer(f);
    bool own = page_plain(answer, &plain) && gh_is_error_of_github(buf_slice(&plain));
    page_release(answer);
    return own;
}

/* A 304 is free with a credential that GitHub accepted; any other answer with rate headers was charged. */
static bool costs(const struct flight *f)
{
    return gh_is_charged(f->call.status, !f->authorization) && strcmp(f->bucket, "none") != 0 &&
           f->call.status < 500;
}

/* Updates the limits shown to clients, the mirror's leases, and GitHub's health. */
static int64_t account(struct flight *f)
{
    struct mirror *m = f->mirror;
    bool answered = f->call.failure == GH_PASSTHROUGH_OK || f->call.failure == GH_PASSTHROUGH_TOO_BIG;
    /* A credential's 401 is charged to this machine's address: its headers, or their lack, say nothing of the credential's limit. */
    bool limit_told = answered && !(f->call.status == 401 && f->authorization);
    struct closure limit = {0};
    bool counts = true;
    upstream_health_note(m->upstream_health, answered, answered && f->call.status < 500);
    if (answered) {
        read_headers(f);
        limit = limit_of(f);
        if (limit_told)
            counts = rate_view_note(m->rate_view, f->credential_hash, f->bucket, f->headers,
                                    f->call.submitted_ms, limit, !limit.wait_ms && ends_limits(f));
        f->spent = f->spent || (!limit.wait_ms && costs(f));
    }
    if (f->lent) {
        bool renewing = answered && lent_credentials_renewing(f->lent, f->bucket, f->authorization,
                                                              f->call.status, f->refused);
        lent_credentials_answered(m->lent_credentials, f->lent, f->bucket, limit_told ? f->headers : NULL,
                                  f->call.submitted_ms, limit_told && f->call.status < 500 && !limit.wait_ms,
                                  answered && !limit.wait_ms && costs(f));
        if (limit.wait_ms && !limit.secondary && counts)
            lent_credentials_used_up(m->lent_credentials, f->lent, f->bucket, limit.wait_ms);
        else if ((limit.wait_ms && limit.secondary) || f->refused)
            lent_credentials_hold(m->lent_credentials, f->lent,
                                  limit.wait_ms ? limit.wait_ms
                                  : renewing    ? RENEWED_MS
                                                : REFUSED_MS);
    }
    return limit.wait_ms;
}

/* The refusal of a lent credential concerns neither the client, which sent none, nor the page. account() has paused the credential if
 * the refusal is GitHub's. */
static bool is_ours_refused(const struct flight *f)
{
    return (f->refused || f->call.status == 401) && f->lent && !gh_credential_is_anonymous(f->lent);
}

void flight_conclude_answered(struct flight *f)
{
    const struct gh_call *call = &f->call;
    if (call->failure == GH_PASSTHROUGH_TIMEOUT)
        flight_pass_on(f, UPSTREAM_TIMEOUT);
    else if (call->failure == GH_PASSTHROUGH_TOO_BIG)
        flight_pass_on(f, UPSTREAM_ANSWERED);
    else if (call->failure != GH_PASSTHROUGH_OK)
        flight_pass_on(f, UPSTREAM_CONNECTION);
    else if (f->limited_ms && !f->forbids)
        flight_pass_on(f, UPSTREAM_LIMITED);
    else if (call->status >= 500)
        flight_pass_on(f, UPSTREAM_FAILED);
    else if (is_ours_refused(f))
        flight_conclude_stored(
            f, UPSTREAM_FAILED,
            page_message(503, RENEWED_MS,
                         f->refused
                             ? "GitHub refused the mirror's credential: try again with another"
                             : "GitHub, or a proxy in between, answers the mirror's credential with 401"));
    else if (!follow(f))
        sound_answer(f);
}

void flight_answered(struct gh_call *call)
{
    struct flight *f = call->owner;
    f->limited_ms = account(f);
    log_debug("mirror.answer", L_STR("method", f->method),
              L_SLICE("path", slice_from(f->path, strcspn(f->path, "?"))), L_I64("status", call->status),
              L_I64("ms", call->elapsed_ms), L_STR("error", call->error));
    if (!flight_note_change(f))
        flight_conclude_answered(f);
}
