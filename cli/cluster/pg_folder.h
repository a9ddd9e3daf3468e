/* pg_folder: the files of the embedded cluster that are ours to write or to remove. */
#pragma once
#include "core/base/err.h"

/* Removes DATA_DIR/pg.new.*, which killed starts left. */
void pg_folder_remove_leftovers(const char *data_dir);
/* Makes the folder's entries outlive a power cut. */
MUST_CHECK bool pg_folder_sync(const char *path, struct err *err);
/* Appends our defaults to a new cluster's postgresql.conf, and makes it outlive a power cut. */
MUST_CHECK bool pg_folder_write_conf(const char *new_dir, struct err *err);
