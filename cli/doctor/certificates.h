/* certificates: those that API and mirror speak HTTPS with. */
#pragma once
#include "cli/doctor/findings.h"
#include "core/config/config.h"

/* A finding for each that is set: whether it and its key can be used, and when it ends. */
void doctor_certificates(const struct config *cfg, struct findings *f);
