/* Receivers of changes: adding, showing, resuming and removing them. What is sent to them: api/push/deliver.h. */
#include "api/request/paging.h"
#include "api/resources/render.h"
#include "api/spec/query.h"
#include "api/spec/routes.h"
#include "core/base/rnd.h"
#include "outbound/post.h"
#include "schema/graph/webhook_request.h"
#include "schema/report/webhook_json.h"

#define WEBHOOKS_MAX 1000 /* that can be added here: each costs a statement a second */

/* ---- one of them ---- */

static const char *path_of(struct request *rq, int64_t id)
{
    return arena_printf(rq->arena, "/github/webhooks/%lld/", (long long)id);
}

/* Without the secret, and without the object's end. */
static void put_members(struct jw *w, struct request *rq, const struct webhook *hook)
{
    jw_object(w);
    jw_ki64(w, "id", hook->id);
    jw_key(w, "self");
    link_put(w, rq, path_of(rq, hook->id));
    webhook_put_members(w, rq->arena, hook);
}

/* *id_out 0 after a 404. */
static void read_number(struct request *rq, struct response *rs, int64_t *id_out)
{
    if (slice_i64(rq->args[0], 1, INT32_MAX, id_out))
        return;
    *id_out = 0;
    reply_detail(rq, rs, 404, "Not found.");
}

/* secret NULL: it is not shown. */
static bool reply_one(struct request *rq, struct response *rs, int64_t id, const char *secret,
                      struct err *err)
{
    struct webhook *hook;
    struct jw w;
    size_t n;
    if (!webhooks_list(rq->db, id, 1, 0, rq->arena, &hook, &n, err))
        return false;
    if (!n) {
        reply_detail(rq, rs, 404, "Not found.");
        return true;
    }
    reply_json(rq, rs, &w);
    put_members(&w, rq, hook);
    bool ok = webhook_put_dead(&w, rq->db, id, rq->arena, err);
    if (secret)
        jw_kcstr(&w, "secret", secret);
    jw_end_object(&w);
    return ok;
}

bool handle_webhook(struct request *rq, struct response *rs, struct err *err)
{
    int64_t id;
    read_number(rq, rs, &id);
    return !id || reply_one(rq, rs, id, NULL, err);
}

/* ---- the list ---- */

bool handle_webhooks(struct request *rq, struct response *rs, struct err *err)
{
    struct paging paging;
    struct webhook *hooks;
    struct jw w;
    size_t n;
    if (!paging_numbered(rq, rs, webhooks_count, &paging, err))
        return err->code == ERR_NONE;
    if (!webhooks_list(rq->db, 0, paging.size, (paging.page - 1) * paging.size, rq->arena, &hooks, &n, err))
        return false;
    reply_json(rq, rs, &w);
    paging_begin(&w, rq, rs, &paging);
    for (size_t i = 0; i < n; i++) {
        put_members(&w, rq, &hooks[i]);
        jw_end_object(&w);
    }
    paging_end(&w);
    return true;
}

/* ---- adding ---- */

/* Keeps what the client caused under the name of its field. False: err is not about that. */
static bool note(struct param_errors *errors, struct arena *a, const char *field, struct err *err)
{
    if (err->code != ERR_BAD_PARAM && err->code != ERR_NOT_FOUND)
        return false;
    param_errors_add(errors, slice_of(field), arena_strdup(a, err->text));
    err_clear(err);
    return true;
}

static const char *secret_of(struct request *rq, slice given, struct param_errors *errors)
{
    if (given.len) {
        if (!webhook_secret_fits(given))
            param_errors_add(errors, SLICE("secret"), "Enter 16 to 255 characters on one line.");
        return arena_dup(rq->arena, given);
    }
    if (!rq->made) { /* the same one when this request is run again */
        char secret[WEBHOOK_SECRET_CHARS + 1];
        rnd_word(secret, WEBHOOK_SECRET_CHARS);
        rq->made = arena_strdup(rq->arena, secret);
    }
    return rq->made;
}

static bool read_wanted(struct request *rq, const struct param_list *form, struct webhook_request *wanted,
                        struct param_errors *errors, struct err *err)
{
    slice filters = params_get(form, "filter"), one;
    bool given = filters.len > 0, any = false;
    if (!webhook_request_types(wanted, params_get(form, "types"), err) &&
        !note(errors, rq->arena, "types", err))
        return false;
    while (filters.len && slice_split(&filters, ',', &one)) {
        one = slice_trim(one);
        any |= one.len > 0;
        if (one.len && !webhook_request_filter(wanted, rq->db, rq->arena, one, err)) {
            if (!note(errors, rq->arena, "filter", err))
                return false;
            break;
        }
    }
    if (given && !any)
        param_errors_add(errors, SLICE("filter"), "Enter at least one value.");
    return true;
}

static bool add(struct request *rq, struct response *rs, const struct webhook_new *hook, bool shown,
                struct err *err)
{
    struct webhook_added added;
    if (!webhooks_add(rq->db, hook, WEBHOOKS_MAX, rq->arena, &added, err))
        return false;
    if (!added.id) {
        reply_detail(rq, rs, 409,
                     arena_printf(rq->arena,
                                  "There are %d webhooks or more: expected fewer. Remove some first.",
                                  WEBHOOKS_MAX));
        return true;
    }
    if (!reply_one(rq, rs, added.id, shown ? hook->secret : NULL, err))
        return false;
    response_header(rs, "Location", arena_printf(rq->arena, "%s%s", rq->base, path_of(rq, added.id)));
    response_header(rs, "Cache-Control", "no-store");
    return true;
}

bool handle_webhooks_post(struct request *rq, struct response *rs, struct err *err)
{
    static const char *const fields[] = {"url", "*types", "*filter", "!secret", NULL};
    struct param_list form, unknown;
    struct param_errors errors = {0};
    struct webhook_request wanted = {.n_types = 0};
    if (!query_read_form(rq, rs, fields, &form, &unknown) || !query_check_body(rq, rs, &unknown))
        return true;
    slice url = slice_trim(params_get(&form, "url"));
    const char *address = arena_dup(rq->arena, url);
    if (!url.len)
        param_errors_add(&errors, SLICE("url"), "This field is required.");
    else if (slice_find(url, '\0') >= 0)
        param_errors_add(&errors, SLICE("url"), "Null characters are not allowed.");
    else if (!post_check_url(address, rq->api->cfg->webhook_private_addresses, err) &&
             !note(&errors, rq->arena, "url", err))
        return false;
    const char *secret = secret_of(rq, params_get(&form, "secret"), &errors);
    if (!read_wanted(rq, &form, &wanted, &errors, err))
        return false;
    if (errors.n) {
        reply_param_errors(rq, rs, &errors);
        return true;
    }
    const struct webhook_new hook = webhook_requested(&wanted, address, secret);
    return add(rq, rs, &hook, secret == rq->made, err);
}

/* ---- resuming and removing ---- */

bool handle_webhook_resume(struct request *rq, struct response *rs, struct err *err)
{
    int64_t id;
    bool found;
    read_number(rq, rs, &id);
    if (!id)
        return true;
    if (!webhooks_resume(rq->db, id, &found, err))
        return false;
    if (!found || !rq->view)
        return reply_one(rq, rs, id, NULL, err);
    /* so that reloading the page does not repeat it */
    reply_see_other(rs, arena_printf(rq->arena, "%s%s", rq->base, path_of(rq, id)));
    return true;
}

bool handle_webhook_delete(struct request *rq, struct response *rs, struct err *err)
{
    int64_t id;
    bool found;
    read_number(rq, rs, &id);
    if (!id)
        return true;
    if (!webhooks_remove(rq->db, id, &found, err))
        return false;
    if (found)
        rs->status = 204;
    else
        reply_detail(rq, rs, 404, "Not found.");
    return true;
}

bool handle_webhook_remove(struct request *rq, struct response *rs, struct err *err)
{
    if (!handle_webhook_delete(rq, rs, err))
        return false;
    if (rq->view && rs->status == 204)
        reply_see_other(rs, arena_printf(rq->arena, "%s/github/webhooks/", rq->base));
    return true;
}
