#include "core/config/values.h"
#include "core/config/config.h"
#include "core/model/names.h"
#include <ctype.h>

bool config_split_listen(const char *listen, char *host_out, size_t host_size, int *port_out)
{
    slice s = slice_of(listen);
    const char *colon = strrchr(listen, ':');
    int64_t port;
    if (!colon || !slice_i64(slice_of(colon + 1), 0, 65535, &port))
        return false;
    slice host = slice_from(s.ptr, (size_t)(colon - s.ptr));
    if (slice_starts(host, SLICE("[")) && slice_ends(host, SLICE("]")) && host.len > 2)
        host = slice_from(host.ptr + 1, host.len - 2);
    else if (slice_find(host, ':') >= 0)
        return false;
    if (host.len == 0 || host.len >= host_size || slice_find(host, '[') >= 0 || slice_find(host, ']') >= 0)
        return false;
    memcpy(host_out, host.ptr, host.len);
    host_out[host.len] = '\0';
    *port_out = (int)port;
    return true;
}

bool value_url_ok(slice url, const char *const *schemes)
{
    for (; *schemes; schemes++) {
        slice scheme = slice_of(*schemes);
        if (!slice_starts(url, scheme))
            continue;
        slice rest = slice_from(url.ptr + scheme.len, url.len - scheme.len);
        if (!rest.len)
            return false;
        for (size_t i = 0; i < url.len; i++)
            if ((unsigned char)url.ptr[i] <= ' ' || url.ptr[i] == 0x7f)
                return false;
        return true;
    }
    return false;
}

bool value_base_url_ok(slice url)
{
    static const char *const http[] = {"http://", "https://", NULL};
    if (!value_url_ok(url, http) || slice_find(url, '?') >= 0 || slice_find(url, '#') >= 0 ||
        slice_find(url, '@') >= 0)
        return false;
    return url.ptr[slice_find(url, ':') + 3] != '/'; /* a host follows */
}

bool value_choice(const char *choices, slice value, int64_t *out)
{
    slice rest = slice_of(choices), one;
    for (int64_t i = 0; slice_split(&rest, '|', &one); i++) {
        if (slice_eq(one, value)) {
            *out = i;
            return true;
        }
    }
    return false;
}

bool value_secret_ok(slice value)
{
    for (size_t i = 0; i < value.len; i++)
        if ((unsigned char)value.ptr[i] <= ' ' || value.ptr[i] == 0x7f)
            return false;
    return true;
}

bool value_secrets_ok(slice list)
{
    slice one;
    while (slice_split(&list, ',', &one))
        if (!value_secret_ok(slice_trim(one)))
            return false;
    return true;
}

bool value_text_ok(slice value)
{
    for (size_t i = 0; i < value.len; i++)
        if ((unsigned char)value.ptr[i] < ' ' || value.ptr[i] == 0x7f)
            return false;
    return true;
}

const char *config_socket_path(const char *listen)
{
    return strncmp(listen, "unix:/", 6) == 0 ? listen + 5 : NULL;
}

bool config_socket_mode(const char *text, unsigned *out)
{
    unsigned mode = 0;
    size_t n = strspn(text, "01234567");
    for (size_t i = 0; i < n && i < 4; i++)
        mode = mode * 8 + (unsigned)(text[i] - '0');
    *out = mode;
    return n > 0 && n <= 4 && !text[n] && mode <= 0777;
}

/* A list with commas would be read as a single login, which does not exist, and lock all users out. */
bool value_check_logins(const char *logins, struct err *err)
{
    slice rest = slice_of(logins), one;
    while (slice_split(&rest, ':', &one)) {
        one = slice_trim(one);
        for (size_t i = 0; i < one.len; i++)
            if (!isalnum((unsigned char)one.ptr[i]) && !strchr("-_[]", one.ptr[i]))
                return err_set(
                    err, ERR_CONFIG,
                    "GITHUB_USERS: got \"%.60s\", expected logins separated by colons, such as ada:octocat",
                    logins);
    }
    return true;
}

/* An invalid name would hide a chart that was meant to be public. */
bool value_check_charts(const char *charts, struct err *err)
{
    slice rest = slice_of(charts), one, owner, name;
    while (slice_split(&rest, ',', &one)) {
        one = slice_trim(one);
        if (one.len && !slice_eq(one, SLICE("*")) && !repo_full_name_ok(one, &owner, &name))
            return err_set(
                err, ERR_CONFIG,
                "PUBLIC_CHARTS: got \"%.60s\", expected names as OWNER/NAME, separated by commas, or *",
                charts);
    }
    return true;
}
