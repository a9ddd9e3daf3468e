/* upstream_health: upstream health check. GITHUB_STATUS_URL is polled every GITHUB_STATUS_SECONDS, and every second while
 * requests fail; then the API itself is polled, too. Offline: the status page reports a major outage of "API Requests", or
 * the API was unreachable several times in a row. Invalid answers are ignored.
 *
 * Threads: upstream_health_tick on one thread, everything else from any. */
#pragma once
#include "mirror/mirror_private.h"

struct upstream_health;
struct upstream_health *upstream_health_create(struct mirror *m);
void upstream_health_destroy(struct upstream_health *w); /* after the passthrough has stopped */
bool upstream_is_online(const struct upstream_health *w);
/* Notes a request's result: reached: an answer came; good: it was not a 5xx. */
void upstream_health_note(struct upstream_health *w, bool reached, bool good);
/* Call about every tenth of a second: starts due checks. */
void upstream_health_tick(struct upstream_health *w);

/* The state of "API Requests" in components.json. Pure. */
enum outage_word { STATUS_UNKNOWN, STATUS_UP, STATUS_DOWN };
enum outage_word outage_read(slice json);
