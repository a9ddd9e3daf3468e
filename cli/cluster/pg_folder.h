/* pg_folder: the files of the embedded cluster that gitomatic writes or removes. */
#pragma once
#include "core/base/err.h"
#include <stdint.h>

/* Removes DATA_DIR/pg.new.*, which killed starts and upgrades left. */
void pg_folder_remove_leftovers(const char *data_dir);
/* Whether something other than an empty folder has that name, for a path without a cluster in it. */
bool pg_folder_is_foreign(const char *path);
/* The sizes of the files below it, links not followed; what vanishes meanwhile does not count. */
int64_t pg_folder_bytes(const char *path);
/* Makes the folder's entries survive a power failure. */
MUST_CHECK bool pg_folder_sync(const char *path, struct err *err);
/* Once the server's log, open for reading and appending, is longer than PG_LOG_MAX_BYTES, its end is moved to PATH.1, which it replaces,
 * and the file is emptied, since the server has it open. A line written between the two steps is lost. */
#define PG_LOG_MAX_BYTES (32 * 1024 * 1024)
void pg_folder_rotate_log(int fd, const char *path);
/* Appends our defaults to a new cluster's postgresql.conf, and makes it survive a power failure. */
MUST_CHECK bool pg_folder_write_conf(const char *new_dir, struct err *err);
