/* relocate: where the embedded cluster's data lie when root starts it in a folder user postgres can't enter, such as one
 * below /root: in a fresh folder below /var/lib/gitomatic, with the data folder a link to it. */
#pragma once
#include "cli/process/child.h"

/* data_dir exists. Afterwards `user` can enter it, or it holds something already and is left alone: then starting the server
 * says what is wrong. */
MUST_CHECK bool relocate_data(const char *data_dir, const struct unix_user *user, struct err *err);
