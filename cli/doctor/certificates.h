/* certificates: checks of those that API and mirror use for HTTPS. */
#pragma once
#include "cli/doctor/findings.h"
#include "core/config/config.h"

/* A finding for each one that is set: whether it and its key can be used, and when it expires. */
void doctor_certificates(const struct config *cfg, struct findings *f);
