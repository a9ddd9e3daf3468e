/* tls: the certificate and key that API and mirror speak HTTPS with. */
#pragma once
#include "core/base/err.h"

/* As GnuTLS writes it: no version before 1.2, nothing below 128 bits. */
#define TLS_PRIORITIES "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

struct tls_setting {
    const char *name, *path; /* path NULL: not set */
};

struct tls_files {
    char *certificate, *key; /* PEM, NUL-terminated; NULL: no TLS */
};

/* Reads and checks both, so that what is wrong is named: ERR_CONFIG. NULL paths leave *out empty. */
MUST_CHECK bool tls_read(struct tls_setting certificate, struct tls_setting key, struct tls_files *out,
                         struct err *err);
void tls_finish(struct tls_files *files); /* wipes the key */
