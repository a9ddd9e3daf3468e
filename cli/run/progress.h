/* progress: the progress of the crawl, as `gitomatic up` shows it: on a terminal one line that is redrawn in place, elsewhere a line a
 * minute on stdout. Conditions that block work are printed when they begin. */
#pragma once
#include "cli/terminal/console.h"

struct progress;

/* url as db_open takes it. Opens its connection at the first look. knows_no_token: that no token is set has already been printed. */
struct progress *progress_create(const char *url, struct console *console, bool knows_no_token);
void progress_destroy(struct progress *p); /* NULL is fine */
/* Call every few tenths of a second. Reads the database every 3 s (10 s without a terminal). An unavailable one is ignored,
 * since the services log it. */
void progress_look(struct progress *p);
