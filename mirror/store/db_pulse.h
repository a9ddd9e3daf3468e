/* pulse: detects within three seconds that the database hangs: it accepts connections or statements, but does not answer. A
 * thread of its own checks one connection once a second. A refusal is not a hang: callers see it at once. */
#pragma once
#include "core/base/err.h"

struct pulse;
/* on_hang is called on the pulse's thread, once per hang. The URL is borrowed. */
MUST_CHECK bool pulse_start(const char *database_url, void (*on_hang)(void *owner, const char *why),
                            void *owner, struct pulse **out, struct err *err);
/* True while it hangs; outlives every connection that looks at it (db_options.abandon). */
const _Atomic bool *pulse_hangs(const struct pulse *p);
void pulse_destroy(struct pulse *p); /* NULL is fine */
