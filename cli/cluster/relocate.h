/* relocate: moves the embedded cluster's data if root starts it in a folder that user postgres cannot enter, such as one below
 * /root: to a new folder below /var/lib/gitomatic, with the data folder a link to it. */
#pragma once
#include "cli/process/child.h"

/* data_dir exists. Afterwards `user` can enter it, or it is not empty and was left unchanged: then the start of the server reports the
 * problem. */
MUST_CHECK bool relocate_data(const char *data_dir, const struct unix_user *user, struct err *err);
