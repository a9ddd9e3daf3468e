/* account: callers and their quota.
 *
 * A token belongs to an account; tokens of one login share its quota; callers without a token share one
 * per address. Windows begin with their first request. All functions may be called from any thread. */
#ifndef GITOMATIC_SIM_ACCOUNT_H
#define GITOMATIC_SIM_ACCOUNT_H

#include "sim/serve/app.h"
#include "sim/serve/options.h"
#include "sim/world/world.h"

#include <time.h>

enum resource { RES_CORE, RES_GRAPHQL, RES_SEARCH, N_RESOURCES };

struct account;
struct accounts;

/* The state of one bucket, for headers and /rate_limit. */
struct quota {
    int64_t limit, used, remaining, reset_at;
    enum resource resource;
};

struct caller {
    struct account *account;
    bool authenticated, bad_credentials, suspended; /* suspended: its installation */
    const char *login;                              /* of the token, NULL when it has none */
    const char *scopes;                             /* "" when anonymous */
    int64_t user_id;                                /* for messages; 0 when anonymous */
    char label[80]; /* login, token:<hash> or anonymous:<address>; never the token */
};

enum admission { ADMIT, ADMIT_EXHAUSTED, ADMIT_SECONDARY };

struct accounts *accounts_create(const struct options *o, const struct world *w, struct app *app);
void accounts_destroy(struct accounts *a);

/* authorization may be NULL. The caller's strings live as long as the accounts. */
void accounts_identify(struct accounts *a, const char *authorization, const char *address,
                       struct caller *out);

/* Charges `units` of a resource in advance, unless the window is used up or a secondary limit applies; `points`
 * count for the latter. */
enum admission accounts_admit(struct accounts *a, const struct caller *c, const struct settings *s,
                              enum resource res, int64_t units, int64_t points, struct quota *out);
/* Charges further units after the answer is known; negative: returns them. */
void accounts_charge(struct accounts *a, const struct caller *c, const struct settings *s, enum resource res,
                     int64_t units, struct quota *out);
struct quota accounts_quota(struct accounts *a, const struct caller *c, const struct settings *s,
                            enum resource res);

/* In flight: counted from the arrival to the end of the answer, all callers together. */
int64_t accounts_enter(struct accounts *a, const struct caller *c);
void accounts_leave(struct accounts *a);
int64_t accounts_in_flight(struct accounts *a);

/* Call when a Retry-After is sent: requests of this caller before its end are counted as impatient. */
void accounts_told_to_wait(struct accounts *a, const struct caller *c, int64_t seconds);

/* All numbers as the members of a JSON object without its end, and back to zero; windows stay. */
void accounts_stats(struct accounts *a, struct buf *b);
void accounts_reset_stats(struct accounts *a);
const char *resource_name(enum resource r);

#endif
