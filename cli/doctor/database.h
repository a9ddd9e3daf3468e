/* database: the server, the database, the schema and the replica that the settings name. */
#pragma once
#include "cli/doctor/findings.h"
#include "core/config/config.h"

void doctor_database(const struct config *cfg, struct findings *f);
/* The free space on the disk of the embedded cluster's folder. */
void doctor_disk(const struct config *cfg, struct findings *f);
