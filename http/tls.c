#include "http/tls.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/slice.h"
#include "core/log/log.h"
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <sodium.h>
#include <stdatomic.h>
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

/* ---- the served certificate ---- */

#define CHAIN_MAX 16

struct identity {
    char *certificate; /* PEM, to recognise it */
    gnutls_pcert_st chain[CHAIN_MAX];
    unsigned n;
    gnutls_privkey_t key;
    int64_t expires_s;
    unsigned char key_hash[crypto_generichash_BYTES];
    struct identity *before;
};

static _Atomic(struct identity *) served; /* and, through `before`, all earlier ones */

/* The first certificate of the chain: the server's own. 0: not known. */
static int64_t expiry_of(const char *certificate)
{
    gnutls_x509_crt_t first;
    gnutls_datum_t text = {(unsigned char *)(uintptr_t)certificate, (unsigned)strlen(certificate)};
    if (gnutls_x509_crt_init(&first) < 0)
        return 0;
    time_t ends = gnutls_x509_crt_import(first, &text, GNUTLS_X509_FMT_PEM) < 0
                      ? 0
                      : gnutls_x509_crt_get_expiration_time(first);
    gnutls_x509_crt_deinit(first);
    return ends < 0 ? 0 : (int64_t)ends;
}

static void hash_key(const struct tls_files *files, unsigned char out[crypto_generichash_BYTES])
{
    crypto_generichash(out, crypto_generichash_BYTES, (const unsigned char *)files->key, strlen(files->key),
                       NULL, 0);
}

static bool is_the_same(const struct identity *one, const struct tls_files *files,
                        const unsigned char hash[crypto_generichash_BYTES])
{
    return memcmp(one->key_hash, hash, crypto_generichash_BYTES) == 0 &&
           strcmp(one->certificate, files->certificate) == 0;
}

static bool import(struct identity *one, const struct tls_files *files, struct err *err)
{
    gnutls_datum_t certificate = {(unsigned char *)files->certificate, (unsigned)strlen(files->certificate)},
                   key = {(unsigned char *)files->key, (unsigned)strlen(files->key)};
    one->n = CHAIN_MAX;
    int code = gnutls_pcert_list_import_x509_raw(one->chain, &one->n, &certificate, GNUTLS_X509_FMT_PEM, 0);
    if (code < 0) /* nothing to free then */
        one->n = 0;
    if (code >= 0)
        code = gnutls_privkey_init(&one->key);
    if (code >= 0)
        code = gnutls_privkey_import_x509_raw(one->key, &key, GNUTLS_X509_FMT_PEM, NULL, 0);
    return code >= 0 || err_set(err, ERR_CONFIG, "TLS certificate and key: %s", gnutls_strerror(code));
}

static void identity_free(struct identity *one)
{
    for (unsigned i = 0; i < one->n; i++)
        gnutls_pcert_deinit(&one->chain[i]);
    if (one->key)
        gnutls_privkey_deinit(one->key);
    free(one->certificate);
    free(one);
}

bool tls_use(const struct tls_files *files, struct err *err)
{
    unsigned char hash[crypto_generichash_BYTES];
    struct identity *latest = atomic_load(&served), *one;
    hash_key(files, hash);
    if (latest && is_the_same(latest, files, hash))
        return true;
    one = xcalloc(1, sizeof *one);
    one->certificate = xstrdup(files->certificate);
    memcpy(one->key_hash, hash, sizeof hash);
    one->before = latest;
    one->expires_s = expiry_of(files->certificate);
    if (import(one, files, err)) {
        atomic_store(&served, one);
        return true;
    }
    identity_free(one);
    return false;
}

int64_t tls_expires_s(void)
{
    const struct identity *one = atomic_load(&served);
    return one ? one->expires_s : 0;
}

bool tls_read_expiry(struct tls_setting certificate, struct tls_setting key, int64_t *expires_s_out,
                     struct err *err)
{
    struct tls_files files;
    if (!tls_read(certificate, key, &files, err))
        return false;
    *expires_s_out = files.certificate ? expiry_of(files.certificate) : 0;
    tls_finish(&files);
    return true;
}

void tls_look(void)
{
    static int64_t next_ms;
    static const struct identity *warned;
    char at[CLOCK_ISO_SIZE];
    const struct identity *one = atomic_load(&served);
    int64_t now = clock_mono_ms(), left_s = one ? one->expires_s - clock_wall_ms() / 1000 : 0;
    if (!one || (one == warned && now < next_ms))
        return;
    warned = one;
    next_ms = now + 86400000;
    if (one->expires_s && left_s < TLS_EXPIRES_SOON_S)
        log_warn("tls.certificate_expires", L_STR("at", clock_iso(one->expires_s * 1000, at)),
                 L_STR("note", "replace the certificate and send SIGHUP"));
}

int tls_retrieve(gnutls_session_t session, const struct gnutls_cert_retr_st *info, gnutls_pcert_st **certs,
                 unsigned *n_certs, gnutls_ocsp_data_st **ocsp, unsigned *n_ocsp, gnutls_privkey_t *key,
                 unsigned *flags)
{
    struct identity *one = atomic_load(&served);
    (void)session;
    (void)info;
    *certs = one->chain;
    *n_certs = one->n;
    *ocsp = NULL;
    *n_ocsp = 0;
    *key = one->key;
    *flags = 0;
    return 0;
}
