/* The settings as `--help` shows them. */
#include "core/config/config.h"
#include <string.h>

static void help_on_files(FILE *out)
{
    struct config_text setting;
    size_t column = 0;
    fputs("Secrets may come from files, whose paths these variables hold instead; a line\nend after the "
          "secret is ignored:",
          out);
    for (size_t i = 0; config_text(i, &setting); i++) {
        size_t length = strlen(setting.name) + sizeof "_FILE" - 1;
        if (!setting.is_secret)
            continue;
        bool wraps = column == 0 || column + 1 + length > 80;
        column = (wraps ? 3 : column) + 1 + length;
        fprintf(out, "%s %s_FILE", wraps ? "\n   " : "", setting.name);
    }
    fputc('\n', out);
}

void config_help(FILE *out)
{
    struct config_text setting;
    fputs("Settings (environment variables; a flag such as --discovery-count 7 overrides). What is\n"
          "not set is taken from lines NAME=VALUE of the file that GITOMATIC_CONF names, else\n"
          "of /etc/gitomatic/gitomatic.conf, if it exists:\n",
          out);
    for (size_t i = 0; config_text(i, &setting); i++) {
        fprintf(out, "  %-26s %s", setting.name, setting.help);
        if (setting.choices)
            fprintf(out, ": %s", setting.choices);
        if (setting.fallback)
            fprintf(out, " (default %s)", setting.fallback);
        fputc('\n', out);
    }
    help_on_files(out);
}
