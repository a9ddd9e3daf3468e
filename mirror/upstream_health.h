/* watch: whether GitHub can be asked at all. GITHUB_STATUS_URL is asked every GITHUB_STATUS_SECONDS, and every second while
 * requests fail; so is the API itself then. Offline: the status page says that "API Requests" has a major outage, or the
 * API was not reached several times in a row. An answer that makes no sense decides nothing.
 *
 * Threads: watch_tick on one thread, everything else from any. */
#pragma once
#include "mirror/engine.h"

struct watch;
struct watch *watch_create(struct mirror *m);
void watch_destroy(struct watch *w); /* after the relay has stopped */
bool watch_is_online(const struct watch *w);
/* How a request went: reached is false when no answer came, good when it was no 5xx. */
void watch_note(struct watch *w, bool reached, bool good);
/* Call every tenth of a second or so: starts what is due. */
void watch_tick(struct watch *w);

/* What components.json says of "API Requests". Pure. */
enum outage_word { STATUS_UNKNOWN, STATUS_UP, STATUS_DOWN };
enum outage_word outage_read(slice json);
