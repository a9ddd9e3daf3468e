/* progress: the line `gitomatic up` prints on stdout when something has changed. */
#pragma once
#include "core/base/err.h"

struct progress;

/* url as db_open takes it. Opens its connection at the first look. */
struct progress *progress_create(const char *url);
void progress_destroy(struct progress *p); /* NULL is fine */
/* Looks at most every 10 s, prints when a number moved. A database that is away is passed over in silence: the services
 * say so in their logs. */
void progress_look(struct progress *p);
