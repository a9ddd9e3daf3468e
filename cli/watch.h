/* watch: `gitomatic status --watch`: prints a text repeatedly. On a terminal on a full screen (ncurses), left by q or Ctrl-C;
 * elsewhere one after the other, with an empty line between. */
#pragma once
#include "core/base/buf.h"
#include "core/base/err.h"
#include <stdatomic.h>

/* From here on SIGINT, SIGTERM, SIGHUP and SIGQUIT set the flag, which is never freed, and end watch_run. */
MUST_CHECK bool watch_catch_signals(const atomic_bool **stopped_out, struct err *err);
/* fill: appends the text to show; false ends the watch with err. Ends with true by q, SIGINT, SIGTERM, or when the output is closed. */
MUST_CHECK bool watch_run(bool (*fill)(void *context, struct buf *out, struct err *err), void *context,
                          int interval_s, struct err *err);
