/* upstream_health: whether GitHub can be asked at all. GITHUB_STATUS_URL is asked every GITHUB_STATUS_SECONDS, and every second while
 * requests fail; so is the API itself then. Offline: the status page says that "API Requests" has a major outage, or the
 * API was not reached several times in a row. An answer that makes no sense decides nothing.
 *
 * Threads: upstream_health_tick on one thread, everything else from any. */
#pragma once
#include "mirror/mirror_private.h"

struct upstream_health;
struct upstream_health *upstream_health_create(struct mirror *m);
void upstream_health_destroy(struct upstream_health *w); /* after the passthrough has stopped */
bool upstream_is_online(const struct upstream_health *w);
/* How a request went: reached is false when no answer came, good when it was no 5xx. */
void upstream_health_note(struct upstream_health *w, bool reached, bool good);
/* Call every tenth of a second or so: starts what is due. */
void upstream_health_tick(struct upstream_health *w);

/* What components.json says of "API Requests". Pure. */
enum outage_word { STATUS_UNKNOWN, STATUS_UP, STATUS_DOWN };
enum outage_word outage_read(slice json);
