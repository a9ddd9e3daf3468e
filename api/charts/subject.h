/* subject: the developer or repository of an address below …/developers/ or …/repositories/, by id, login or name. */
#pragma once
#include "api/spec/routes.h"
#include "core/uuid/uuid.h"

/* The kind of record that the route is about. */
enum record_kind subject_kind(const struct route *route);
/* *github_id_out 0: not known, the caller answers. *answered_out: a former name, answered with a redirect to the record (301). */
MUST_CHECK bool subject_find(struct request *rq, struct response *rs, int64_t *github_id_out,
                             bool *answered_out, struct err *err);
/* Whether PUBLIC_CHARTS has the repository of that name; NULL setting: none. Pure. */
bool subject_is_public(const char *setting, slice full_name);
