/* database: the server, the database, the schema and the replica that the settings name. */
#pragma once
#include "cli/doctor/findings.h"
#include "core/config/config.h"

/* *waiting_out: jobs that wait for the reset of the quota; 0 also if it is not known. */
void doctor_database(const struct config *cfg, struct findings *f, int64_t *waiting_out);
/* The free space on the disk of the embedded cluster's folder. */
void doctor_disk(const struct config *cfg, struct findings *f);
