#include "schema/report/webhook_json.h"
#include "schema/report/report_json.h"

static void put_ids(struct jw *w, const char *key, const int64_t *ids, size_t n)
{
    jw_karray(w, key);
    for (size_t i = 0; i < n; i++)
        jw_digits(w, ids[i]);
    jw_end_array(w);
}

void webhook_put_members(struct jw *w, struct arena *a, const struct webhook *hook)
{
    jw_kcstr(w, "url", hook->url);
    jw_kcstr(w, "state", hook->state);
    jw_karray(w, "types");
    for (size_t i = 0; i < hook->n_types; i++)
        jw_str(w, hook->types[i]);
    jw_end_array(w);
    put_ids(w, "developers", hook->developers, hook->n_developers);
    put_ids(w, "repositories", hook->repositories, hook->n_repositories);
    report_put_time(w, "created_at", hook->created_at_ms);
    jw_kcstr(w, "cursor", changes_cursor_text(a, hook->position, 0));
    jw_ki64(w, "delivered", hook->delivered);
    report_put_time(w, "delivered_at", hook->delivered_at_ms);
    jw_ki64(w, "attempt", hook->attempt);
    report_put_time(w, "failing_since", hook->failing_since_ms);
    report_put_time(w, "next_at", hook->next_at_ms);
    jw_key(w, "last_status");
    if (hook->last_status)
        jw_i64(w, hook->last_status);
    else
        jw_null(w);
    jw_kcstr(w, "last_error", hook->last_error);
    jw_ki64(w, "dead_letters_count", hook->dead_letters);
}

bool webhook_put_dead(struct jw *w, struct db *db, int64_t id, struct arena *a, struct err *err)
{
    struct webhook_dead *dead;
    size_t n;
    if (!webhooks_dead(db, id, a, &dead, &n, err))
        return false;
    jw_karray(w, "dead_letters");
    for (size_t i = 0; i < n; i++) {
        jw_object(w);
        jw_kcstr(w, "since", dead[i].since);
        jw_kcstr(w, "upto", dead[i].upto);
        jw_ki64(w, "items", dead[i].items);
        jw_kcstr(w, "error", dead[i].error);
        report_put_time(w, "at", dead[i].at_ms);
        jw_end_object(w);
    }
    jw_end_array(w);
    return true;
}
