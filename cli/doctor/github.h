/* github: asks GitHub's rate_limit endpoint, which costs nothing, with each credential. */
#pragma once
#include "cli/doctor/findings.h"
#include "core/config/config.h"

/* At most 30 s a credential, all at once. False only where nothing could be asked at all. */
MUST_CHECK bool doctor_github(const struct config *cfg, struct findings *f, struct err *err);
