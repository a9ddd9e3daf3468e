/* report_json: parts of reports as JSON, shared by the API and `gitomatic status`. */
#pragma once
#include "core/json/jw.h"
#include "schema/report/status.h"

/* "key": a time, or null for 0 (never, not known) and SCHEDULE_NEVER. */
void report_put_time(struct jw *w, const char *key, int64_t at_ms);
/* "key": {"known", "synced"} */
void report_put_records(struct jw *w, const char *key, int64_t known, int64_t synced);
/* The members of a quota; raw: with rate_reset_raw. */
void report_put_quota(struct jw *w, const struct status_quota *quota, bool raw);
