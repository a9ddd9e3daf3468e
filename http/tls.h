/* tls: the certificate and key that API and mirror speak HTTPS with.
 * libmicrohttpd 0.9.75 with MHD_USE_TURBO never frees a connection whose handshake is not complete when its timeout ends, and sends no
 * close_notify then (RFC 8446, 6.1). So a server with TLS leaves it out. */
#pragma once
#include "core/base/err.h"
#include <gnutls/abstract.h>
#include <stdint.h>

/* In GnuTLS's syntax: no version before 1.2, nothing below 128 bits. */
#define TLS_PRIORITIES "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

struct tls_setting {
    const char *name, *path; /* path NULL: not set */
};

struct tls_files {
    char *certificate, *key; /* PEM, NUL-terminated; NULL: no TLS */
};

/* Reads and checks both: ERR_CONFIG names the invalid one. NULL paths leave *out empty. */
MUST_CHECK bool tls_read(struct tls_setting certificate, struct tls_setting key, struct tls_files *out,
                         struct err *err);
void tls_finish(struct tls_files *files); /* wipes the key */

/* From now on handshakes of this process use these files, which tls_read() accepted; existing connections continue. Earlier
 * ones stay in memory, since a handshake may still use them, each only once. Any thread, one at a time. ERR_CONFIG: GnuTLS
 * refuses them. */
MUST_CHECK bool tls_use(const struct tls_files *files, struct err *err);
/* When the served certificate expires, in Unix seconds; 0: none is served. Any thread. */
int64_t tls_expires_s(void);
/* When the certificate of the settings expires, served or not. ERR_CONFIG as tls_read(). */
MUST_CHECK bool tls_read_expiry(struct tls_setting certificate, struct tls_setting key,
                                int64_t *expires_s_out, struct err *err);
#define TLS_EXPIRES_SOON_S (14 * 86400)
/* Warns in the log, once a day, of a served certificate that expires within TLS_EXPIRES_SOON_S. Cheap; call it from one thread, about once a minute or more often. */
void tls_look(void);
/* For MHD_OPTION_HTTPS_CERT_CALLBACK2: those of the last tls_use(). */
gnutls_certificate_retrieve_function3 tls_retrieve;
