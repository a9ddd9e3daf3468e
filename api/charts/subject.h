/* subject: the developer or repository of an address below …/developers/ or …/repositories/, by id, login or name. */
#pragma once
#include "api/spec/routes.h"
#include "core/uuid/uuid.h"
#include "schema/report/history.h"

/* The kind of record that the route is about. */
enum record_kind subject_kind(const struct route *route);
/* *github_id_out 0: not known, the caller answers. *answered_out: a former name, answered with a redirect to the record (301). */
MUST_CHECK bool subject_find(struct request *rq, struct response *rs, int64_t *github_id_out,
                             bool *answered_out, struct err *err);
/* Whether the client may learn that it is stored. Without credentials: PUBLIC_CHARTS names it, or has all and it is not private at GitHub.
 * If not, the client is answered as for an unknown one. */
bool subject_is_shown(const struct request *rq, const struct history *history);
/* Whether the client may learn that something is not stored. Without credentials: PUBLIC_CHARTS has all. */
bool subject_all_shown(const struct request *rq);
