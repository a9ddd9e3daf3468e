#include "github/tls.h"
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool has_certificate(FILE *file)
{
    static const char mark[] = "-----BEGIN CERTIFICATE-----";
    char line[256];
    while (fgets(line, sizeof line, file))
        if (strncmp(line, mark, sizeof mark - 1) == 0)
            return true;
    return false;
}

/* libcurl opens the file with each connection, and would report an error only then. */
bool gh_tls_check(const char *ca_file, struct err *err)
{
    if (!ca_file)
        return true;
    FILE *file = fopen(ca_file, "re");
    if (!file)
        return err_set(err, ERR_CONFIG, "GITHUB_CA_FILE: can't read %s: %s", ca_file, strerror(errno));
    bool ok = has_certificate(file);
    fclose(file);
    return ok || err_set(err, ERR_CONFIG, "GITHUB_CA_FILE: %s: expected certificates in PEM", ca_file);
}

/* libcurl would also read the folder that it was built with. */
void gh_tls_set(void *easy, const char *ca_file)
{
    if (!ca_file)
        return;
    curl_easy_setopt((CURL *)easy, CURLOPT_CAINFO, ca_file);
    curl_easy_setopt((CURL *)easy, CURLOPT_CAPATH, NULL);
}
