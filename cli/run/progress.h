/* progress: how far the crawl is, as `gitomatic up` shows it: on a terminal one line that is redrawn in place, elsewhere a
 * line a minute on stdout. What keeps work from going on is printed when it begins. */
#pragma once
#include "cli/terminal/console.h"

struct progress;

/* url as db_open takes it. Opens its connection at the first look. knows_no_token: the user has been told. */
struct progress *progress_create(const char *url, struct console *console, bool knows_no_token);
void progress_destroy(struct progress *p); /* NULL is fine */
/* Call every few tenths of a second. Asks the database every 3 s (10 s without a terminal). One that is away is passed over
 * in silence: the services say so in their logs. */
void progress_look(struct progress *p);
