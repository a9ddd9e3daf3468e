#include "cli/doctor/certificates.h"
#include "core/base/clock.h"
#include "http/tls.h"

static void look(struct tls_setting certificate, struct tls_setting key, struct findings *f)
{
    struct err err;
    int64_t ends_s;
    char at[CLOCK_ISO_SIZE];
    if (!certificate.path)
        return;
    if (!tls_read_expiry(certificate, key, &ends_s, &err)) {
        finding_add(f, "certificate", FINDING_PROBLEM,
                    "Set a certificate (PEM) and the key that belongs to it.", "%s", err.text);
        return;
    }
    int64_t left_s = ends_s - clock_wall_ms() / 1000;
    finding_add(f, "certificate",
                left_s < 0                    ? FINDING_PROBLEM
                : left_s < TLS_EXPIRES_SOON_S ? FINDING_WARNING
                                              : FINDING_OK,
                left_s < TLS_EXPIRES_SOON_S ? "Replace it and send SIGHUP (systemctl reload)." : NULL,
                "%s %s %s on %.10s", certificate.name, certificate.path, left_s < 0 ? "expired" : "expires",
                clock_iso(ends_s * 1000, at));
}

void doctor_certificates(const struct config *cfg, struct findings *f)
{
    look((struct tls_setting){"TLS_CERT_FILE", cfg->tls_cert_file},
         (struct tls_setting){"TLS_KEY_FILE", cfg->tls_key_file}, f);
    look((struct tls_setting){"MIRROR_TLS_CERT_FILE", cfg->mirror_tls_cert_file},
         (struct tls_setting){"MIRROR_TLS_KEY_FILE", cfg->mirror_tls_key_file}, f);
}
