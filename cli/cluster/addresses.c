#include "cli/cluster/addresses.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>

static FILE *open_file(const char *data_dir, const char *mode)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/addresses", data_dir);
    return n > 0 && (size_t)n < sizeof path ? fopen(path, mode) : NULL;
}

void address_of(const char *public_url, bool tls, const char *listen_text, char out[ADDRESS_SIZE])
{
    const char *port = strrchr(listen_text, ':'), *scheme = tls ? "https" : "http";
    if (public_url) {
        snprintf(out, ADDRESS_SIZE, "%s", public_url);
        for (size_t n = strlen(out); n && out[n - 1] == '/'; n--)
            out[n - 1] = '\0';
        return;
    }
    if (strncmp(listen_text, "0.0.0.0:", 8) == 0)
        snprintf(out, ADDRESS_SIZE, "%s://127.0.0.1%s", scheme, port);
    else if (strncmp(listen_text, "[::]:", 5) == 0)
        snprintf(out, ADDRESS_SIZE, "%s://[::1]%s", scheme, port);
    else
        snprintf(out, ADDRESS_SIZE, "%s://%s", scheme, listen_text);
}

bool addresses_write(const char *data_dir, const struct addresses *all, struct err *err)
{
    FILE *out = open_file(data_dir, "we");
    bool ok = out && fprintf(out, "pages=%s\n", all->pages) > 0 &&
              (!*all->demo || fprintf(out, "demo=%s\n", all->demo) > 0);
    if (out && fclose(out))
        ok = false;
    return ok || err_errno(err, "write %.200s/addresses", data_dir);
}

/* The value if the line has that name. */
static void take(char *line, const char *name, char out[ADDRESS_SIZE])
{
    size_t n = strlen(name);
    line[strcspn(line, "\n")] = '\0';
    if (strncmp(line, name, n) == 0 && strncmp(line + n, "http", strlen("http")) == 0)
        snprintf(out, ADDRESS_SIZE, "%s", line + n);
}

bool addresses_read(const char *data_dir, struct addresses *out)
{
    char line[ADDRESS_SIZE + 16];
    FILE *in = open_file(data_dir, "re");
    *out = (struct addresses){.pages = ""};
    while (in && fgets(line, sizeof line, in)) {
        take(line, "pages=", out->pages);
        take(line, "demo=", out->demo);
    }
    if (in)
        fclose(in);
    return *out->pages != '\0';
}
