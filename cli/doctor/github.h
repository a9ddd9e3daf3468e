/* github: checks each credential with GitHub's rate_limit endpoint, which costs nothing. */
#pragma once
#include "cli/doctor/findings.h"
#include "core/config/config.h"

/* At most 30 s a credential, 16 at a time. demo: cfg's GitHub is a demo's. waiting: jobs that wait for the reset. */
void doctor_github(const struct config *cfg, bool demo, int64_t waiting, struct findings *f);
