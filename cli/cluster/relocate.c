#include "cli/cluster/relocate.h"
#include "core/base/slice.h"
#include "core/log/log.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLACES "/var/lib/gitomatic"
#define TRY_MS 5000

static bool can_enter(const char *dir, const struct unix_user *user, bool *out, struct err *err)
{
    static const char *const nothing[] = {"/bin/true", NULL};
    const struct child_spec spec = {
        .argv = nothing, .user = user, .dir = dir, .input_fd = -1, .output_fd = -1, .error_fd = -1};
    pid_t pid;
    int status;
    *out = child_start(&spec, &pid, err);
    if (*out)
        return child_wait(pid, TRY_MS, &status) || err_set(err, ERR_SYSTEM, "/bin/true does not end");
    return err->code == ERR_CONFIG;
}

bool relocate_data(const char *data_dir, const struct unix_user *user, struct err *err)
{
    char place[] = PLACES "/data-XXXXXX", link[PATH_MAX], real[PATH_MAX];
    bool reachable;
    size_t n = strlen(data_dir);
    while (n > 1 && data_dir[n - 1] == '/')
        n--;
    snprintf(link, sizeof link, "%.*s", (int)n, data_dir);
    /* The whole path counts: a relative one would check only folders below the current one. */
    if (!realpath(data_dir, real))
        return err_errno(err, "GITOMATIC_DATA: %s", data_dir);
    if (!can_enter(real, user, &reachable, err))
        return false;
    if (reachable || rmdir(link))
        return true;
    if ((mkdir(PLACES, 0755) && errno != EEXIST) || !mkdtemp(place) || chmod(place, 0755) ||
        symlink(place, link)) {
        err_errno(err,
                  "GITOMATIC_DATA: user %s can't enter %.90s, and no folder could be created below " PLACES,
                  user->name, link);
        if (mkdir(link, 0755))
            log_debug("database.folder_lost", L_STR("folder", link));
        return false;
    }
    log_info("database.placed", L_STR("folder", link), L_STR("place", place));
    return true;
}
