/* tls: the certificate authorities trusted for GitHub: the system's list, or, for a server whose certificate is signed by a
 * private one (usually GitHub Enterprise Server), a file instead. Verification cannot be disabled. */
#pragma once
#include "core/base/err.h"

/* Whether the file (PEM; NULL: the system's list) can be used: it exists and holds a certificate. ERR_CONFIG is the reason.
 * Reads the file; for the start. */
MUST_CHECK bool gh_tls_check(const char *ca_file, struct err *err);
/* easy: a CURL handle. ca_file is copied; NULL: nothing changes. */
void gh_tls_set(void *easy, const char *ca_file);
