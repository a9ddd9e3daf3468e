/* tls: whom we believe to be GitHub. The system's list of authorities, or, for a server whose certificate a private one
 * has signed (GitHub Enterprise Server, as a rule), a file of its own instead. Nothing switches the checking off. */
#pragma once
#include "core/base/err.h"

/* Whether the file (PEM; NULL: the system's list) can be used: it is there and holds a certificate. ERR_CONFIG says what
 * is wrong. Reads it; for the start. */
MUST_CHECK bool gh_tls_check(const char *ca_file, struct err *err);
/* easy: a CURL handle. ca_file is copied; NULL: nothing changes. */
void gh_tls_set(void *easy, const char *ca_file);
