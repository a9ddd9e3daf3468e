/* webhooks: receivers of changes, and the position of each in the feed. The only caller of webhooks.sql. */
#pragma once
#include "schema/graph/changes.h"

extern const char *const webhook_states[2]; /* as the table's check has them */

struct webhook_new {
    const char *url, *secret;
    const slice *types; /* names of change_types; none: all */
    size_t n_types;
    const int64_t *developers, *repositories; /* GitHub ids; none of both: all */
    size_t n_developers, n_repositories;
};
struct webhook_added {
    int64_t id; /* 0: there are as many as there may be */
    bool is_new;
    const char *state; /* one of webhook_states; in the arena */
};
/* A new one receives changes from now on. The same again, as by a repeated request, is the one there is, in the state it is
 * in. most: how many there may be. */
MUST_CHECK bool webhooks_add(struct db *db, const struct webhook_new *hook, int64_t most, struct arena *a,
                             struct webhook_added *out, struct err *err);

struct webhook {
    int64_t id;
    const char *url, *state, *last_error; /* last_error NULL: none */
    const slice *types;
    const int64_t *developers, *repositories;
    size_t n_types, n_developers, n_repositories;
    struct changes_position position;
    int64_t created_at_ms, failing_since_ms, next_at_ms, delivered_at_ms; /* 0: never */
    int64_t attempt, last_status, delivered, dead_letters;
};
MUST_CHECK bool webhooks_count(struct db *db, int64_t *n_out, struct err *err);
/* In the arena; without the secret. id 0: all of them, oldest first. */
MUST_CHECK bool webhooks_list(struct db *db, int64_t id, int64_t size, int64_t skip, struct arena *a,
                              struct webhook **out, size_t *n_out, struct err *err);
MUST_CHECK bool webhooks_remove(struct db *db, int64_t id, bool *found_out, struct err *err);
/* Active again, and tried at once. */
MUST_CHECK bool webhooks_resume(struct db *db, int64_t id, bool *found_out, struct err *err);
struct webhook_dead {
    const char *since, *upto, *error;
    int64_t items, at_ms;
};
/* The newest hundred. */
MUST_CHECK bool webhooks_dead(struct db *db, int64_t id, struct arena *a, struct webhook_dead **out,
                              size_t *n_out, struct err *err);

/* ---- for deliveries ---- */
MUST_CHECK bool webhooks_due(struct db *db, struct arena *a, int64_t **ids_out, size_t *n_out,
                             struct err *err);
/* A session lock that keeps the deliveries of a webhook in order. *got_out false: another process or thread has it. */
MUST_CHECK bool webhooks_lock(struct db *db, int64_t id, bool *got_out, struct err *err);
MUST_CHECK bool webhooks_unlock(struct db *db, int64_t id, struct err *err);
struct webhook_due {
    const char *url, *secret;
    const slice *types;
    const int64_t *developers, *repositories;
    size_t n_types, n_developers, n_repositories;
    struct changes_position position;
    int64_t attempt, failing_ms;
    int64_t oldest; /* older changes were deleted; 0: none were */
};
/* *found_out false: it is no longer due, or gone. */
MUST_CHECK bool webhooks_read(struct db *db, int64_t id, struct arena *a, bool *found_out,
                              struct webhook_due *out, struct err *err);
MUST_CHECK bool webhooks_delivered(struct db *db, int64_t id, struct changes_position to, int64_t items,
                                   int status, struct err *err);
/* gone: the receiver answered 410. */
MUST_CHECK bool webhooks_failed(struct db *db, int64_t id, int status, const char *error, int64_t wait_ms,
                                bool gone, struct err *err);
MUST_CHECK bool webhooks_give_up(struct db *db, int64_t id, struct changes_position to, const char *since,
                                 const char *upto, int64_t items, const char *error, struct err *err);
