#include "http/tls.h"
#include "core/base/memory.h"
#include "core/base/slice.h"
#include <errno.h>
#include <gnutls/gnutls.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_MAX_BYTES (256u * 1024u)

static bool read_file(const char *setting, const char *path, char **out, struct err *err)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return err_set(err, ERR_CONFIG, "%s: can't read %s: %s", setting, path, strerror(errno));
    char *text = xcalloc(1, FILE_MAX_BYTES + 1);
    size_t n = fread(text, 1, FILE_MAX_BYTES + 1, file);
    bool failed = ferror(file) || n == 0 || n > FILE_MAX_BYTES;
    fclose(file);
    if (failed) {
        free(text);
        return err_set(err, ERR_CONFIG, "%s: %s: expected a file of 1 to %u bytes in PEM", setting, path,
                       FILE_MAX_BYTES);
    }
    *out = text;
    return true;
}

static bool check(const struct tls_files *files, const struct tls_setting *certificate_setting,
                  const struct tls_setting *key_setting, struct err *err)
{
    gnutls_certificate_credentials_t credentials;
    gnutls_datum_t certificate = {(unsigned char *)files->certificate, (unsigned)strlen(files->certificate)},
                   key = {(unsigned char *)files->key, (unsigned)strlen(files->key)};
    int code = gnutls_certificate_allocate_credentials(&credentials);
    if (code < 0)
        return err_set(err, ERR_SYSTEM, "TLS: %s", gnutls_strerror(code));
    code = gnutls_certificate_set_x509_key_mem(credentials, &certificate, &key, GNUTLS_X509_FMT_PEM);
    gnutls_certificate_free_credentials(credentials);
    return code >= 0 ||
           err_set(err, ERR_CONFIG, "%s %s and %s %s: %s", certificate_setting->name,
                   certificate_setting->path, key_setting->name, key_setting->path, gnutls_strerror(code));
}

bool tls_read(struct tls_setting certificate, struct tls_setting key, struct tls_files *out, struct err *err)
{
    *out = (struct tls_files){0};
    if (!certificate.path)
        return true;
    if (read_file(certificate.name, certificate.path, &out->certificate, err) &&
        read_file(key.name, key.path, &out->key, err) && check(out, &certificate, &key, err))
        return true;
    tls_finish(out);
    return false;
}

void tls_finish(struct tls_files *files)
{
    if (files->key)
        sodium_memzero(files->key, strlen(files->key));
    free(files->key);
    free(files->certificate);
    *files = (struct tls_files){0};
}
