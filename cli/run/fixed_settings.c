#include "cli/run/fixed_settings.h"
#include "core/base/attr.h"
#include "core/base/buf.h"
#include "core/base/memory.h"
#include "core/config/conf_file.h"
#include "core/config/config.h"
#include "core/log/log.h"
#include <stdlib.h>

static struct {
    const char *name;
    bool counts; /* the file's value is used: the environment does not set it otherwise */
    char *value; /* at the start; NULL: the file did not have it */
} fixed[] = {{.name = "API_LISTEN"},
             {.name = "PORT"},
             {.name = "MIRROR_LISTEN"},
             {.name = "DATABASE_URL"},
             {.name = "DATABASE_URL_FILE"}};

static bool is_set_elsewhere(const char *name)
{
    return getenv(name) && !conf_file_owns(name);
}

void fixed_settings_keep(void)
{
    char other[64];
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++) {
        const char *name = fixed[i].name, *value = getenv(name);
        fixed[i].counts = !is_set_elsewhere(name) &&
                          !(config_other_form(name, other, sizeof other) && is_set_elsewhere(other));
        fixed[i].value = fixed[i].counts && value ? xstrdup(value) : NULL;
    }
}

static bool differ(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") != 0; /* empty is unset */
}

void fixed_settings_look(void)
{
    struct conf_values file;
    struct err ignored;
    bool unreadable;
    AUTO_BUF names = {0};
    if (conf_file_read(&file, &unreadable, &ignored) && !unreadable)
        for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
            if (fixed[i].counts && differ(fixed[i].value, conf_values_get(&file, fixed[i].name)))
                buf_printf(&names, "%s%s", names.len ? "," : "", fixed[i].name);
    if (names.len)
        log_warn("config.needs_restart", L_SLICE("settings", buf_slice(&names)),
                 L_STR("note", "the values before stay in use until then"));
    conf_values_finish(&file);
}
