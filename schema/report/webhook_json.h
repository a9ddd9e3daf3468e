/* webhook_json: webhooks as JSON, shared by the API and `gitomatic webhook list --json`. Never with the secret. */
#pragma once
#include "core/json/jw.h"
#include "schema/graph/webhooks.h"

/* The members of an open object, all but its id. Texts are made in the arena. */
void webhook_put_members(struct jw *w, struct arena *a, const struct webhook *hook);
/* "dead_letters": the newest hundred. */
MUST_CHECK bool webhook_put_dead(struct jw *w, struct db *db, int64_t id, struct arena *a, struct err *err);
