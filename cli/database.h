/* database: the PostgreSQL server that a command uses: DATABASE_URL, libpq's PG* variables, or the embedded cluster that
 * `gitomatic up` runs in the data folder. */
#pragma once
#include "cli/cluster/embedded.h"
#include "core/config/config.h"
#include "schema/db/db.h"
#include <stdatomic.h>

/* Whether a server is configured, so that no embedded cluster is needed. */
bool database_is_given(const struct config *cfg);
/* Whether the records are a demo's: those of the data folder, in which `gitomatic up --demo` continues. */
bool database_is_demo(const struct config *cfg);
/* A connection for a command; the caller closes it with db_close(). */
MUST_CHECK bool database_open(const struct config *cfg, const char *application, struct db **db_out,
                              struct err *err);
/* The same; its statements are abandoned once *abandon is true (db_options). */
MUST_CHECK bool database_open_until(const struct config *cfg, const char *application,
                                    const atomic_bool *abandon, struct db **db_out, struct err *err);
/* The same as database_open, and the schema must be this program's. */
MUST_CHECK bool database_open_checked(const struct config *cfg, const char *application, struct db **db_out,
                                      struct err *err);
MUST_CHECK bool database_open_checked_until(const struct config *cfg, const char *application,
                                            const atomic_bool *abandon, struct db **db_out, struct err *err);
/* For the start of a process: waits at most 30 s until the database accepts connections, then checks its schema. *url_out is an
 * argument for db_open (NULL: PG* variables), borrowed from cfg or url_room. ERR_STOPPING: stop_fd became readable first. */
MUST_CHECK bool database_wait(const struct config *cfg, int stop_fd, char url_room[EMBEDDED_URL_SIZE],
                              const char **url_out, struct err *err);
