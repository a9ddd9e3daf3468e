/* tls: the certificate and key the API speaks HTTPS with. */
#pragma once
#include "core/base/err.h"

struct tls_files {
    char *certificate, *key; /* PEM, NUL-terminated; NULL: no TLS */
};

/* Reads and checks both, so that what is wrong is named: ERR_CONFIG. NULL paths leave *out empty. */
MUST_CHECK bool tls_read(const char *certificate_path, const char *key_path, struct tls_files *out,
                         struct err *err);
void tls_finish(struct tls_files *files); /* wipes the key */
