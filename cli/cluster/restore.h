/* restore: copies all roles and databases of one running cluster into another, new one, by pg_dumpall and psql of the new one's
 * version. */
#pragma once
#include "cli/cluster/embedded_private.h"

/* Without a deadline: the duration depends on the data. Ends early with ERR_STOPPING when stop_fd is readable. After a failure the
 * new cluster is incomplete.
 * *bytes_out: of SQL and rows that were copied. */
MUST_CHECK bool restore_cluster(const struct embedded *from, struct embedded *to, int stop_fd,
                                int64_t *bytes_out, struct err *err);
