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
/* Whether PUBLIC_CHARTS has the repository of that name, or all; NULL setting: none. Pure. */
bool subject_is_public(const char *setting, slice full_name);
/* Whether a client without credentials must not learn that it is stored: all charts are public, but the repository is private at GitHub
 * and not named. The client is answered as for an unknown one. */
bool subject_is_hidden(const struct request *rq, const struct history *history);
