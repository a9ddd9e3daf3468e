#include "schema/report/report_json.h"

void report_put_time(struct jw *w, const char *key, int64_t at_ms)
{
    jw_key(w, key);
    if (at_ms == 0 || at_ms == SCHEDULE_NEVER)
        jw_null(w);
    else
        jw_time(w, at_ms);
}

void report_put_records(struct jw *w, const char *key, int64_t known, int64_t synced)
{
    jw_kobject(w, key);
    jw_ki64(w, "known", known);
    jw_ki64(w, "synced", synced);
    jw_end_object(w);
}

void report_put_quota(struct jw *w, const struct status_quota *quota, bool raw)
{
    jw_object(w);
    jw_kcstr(w, "credential", quota->credential);
    jw_kcstr(w, "resource", quota->resource);
    jw_ki64(w, "rate_limit", quota->rate_limit);
    jw_ki64(w, "rate_remaining", quota->rate_remaining);
    if (raw)
        jw_ki64(w, "rate_reset_raw", quota->rate_reset_raw);
    report_put_time(w, "rate_reset", quota->rate_reset_ms);
    jw_end_object(w);
}
