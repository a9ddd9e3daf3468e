/* tls: the certificate and key that API and mirror speak HTTPS with. */
#pragma once
#include "core/base/err.h"
#include <gnutls/abstract.h>

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

/* From here on handshakes of this process are done with these; a connection that is there goes on as it is. One that was used before
 * stays in memory, as a handshake may still have it, once however often it comes back. Files that tls_read() took. Any thread, one at
 * a time. ERR_CONFIG: what GnuTLS does not take after all. */
MUST_CHECK bool tls_use(const struct tls_files *files, struct err *err);
/* For MHD_OPTION_HTTPS_CERT_CALLBACK2: those of the last tls_use(). */
gnutls_certificate_retrieve_function3 tls_retrieve;
