/* pg_folder: the files of the embedded cluster that are ours to write or to remove. */
#pragma once
#include "core/base/err.h"

/* Removes DATA_DIR/pg.new.*, which killed starts left. */
void pg_folder_remove_leftovers(const char *data_dir);
/* Makes the folder's entries outlive a power cut. */
MUST_CHECK bool pg_folder_sync(const char *path, struct err *err);
/* Once the server's log, open to be read and appended to, is longer than PG_LOG_MAX_BYTES, its end goes to PATH.1, in the place of what
 * was there, and the file is emptied: the server has it open. A line that comes between the two is lost. */
#define PG_LOG_MAX_BYTES (32 * 1024 * 1024)
void pg_folder_rotate_log(int fd, const char *path);
/* Appends our defaults to a new cluster's postgresql.conf, and makes it outlive a power cut. */
MUST_CHECK bool pg_folder_write_conf(const char *new_dir, struct err *err);
