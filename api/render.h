/* render: records as JSON objects, fields in the contract's order. Pure. */
#pragma once
#include "api/link.h"

void render_developer(struct jw *w, const struct request *rq, const struct developer_record *record);
void render_repository(struct jw *w, const struct request *rq, const struct repository_record *record);
void render_rate_limit(struct jw *w, const struct request *rq, const struct rate_limit_record *record);

/* "key": value or null */
void render_text(struct jw *w, const char *key, slice text);
void render_number(struct jw *w, const char *key, struct maybe value);
void render_time(struct jw *w, const char *key, struct maybe value);
void render_bool(struct jw *w, const char *key, struct maybe value);
/* GitHub ids are strings: they pass 2^53 where JSON readers lose digits. */
void render_github_id(struct jw *w, const char *key, struct maybe value);
