/* upgrade: moves the embedded cluster to another version of PostgreSQL, by dump and restore into a folder beside it, which takes its
 * place in one step.
 *
 *   DIR/pg.new.WORD   the new cluster until it is complete; the next start removes one that a killed upgrade left
 *   DIR/pg.old-15     the old cluster afterwards, untouched but for a start, from which no session may write
 *
 * Up to that step DIR/pg is the old cluster, afterwards the new one, whenever the machine stops. */
#pragma once
#include "core/base/err.h"
#include <stdio.h>

struct upgrade_options {
    const char *data_dir;
    int version;        /* 0: the newest that is installed */
    const char *bindir; /* PostgreSQL's programs; NULL: found by version */
};

/* Prints its steps to out. Without version and bindir, a cluster that already has the newest version is left unchanged; with one of
 * them it is rebuilt even in its own version. ERR_CONFIG or similar if the cluster's version is newer. */
MUST_CHECK bool upgrade_cluster(const struct upgrade_options *options, int stop_fd, FILE *out,
                                struct err *err);
