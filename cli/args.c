#include "cli/args.h"
#include "cli/terminal/suggest.h"
#include "core/config/config.h"
#include "core/model/names.h"
#include <stdio.h>
#include <string.h>

#define MAX_NAMES 160 /* flags of a subcommand and of the settings */

static const struct arg_flag *find(const char *arg, const struct arg_flag *flags, size_t n,
                                   const char **value_out)
{
    const char *equals = strchr(arg, '=');
    size_t length = equals ? (size_t)(equals - arg) : strlen(arg);
    *value_out = equals ? equals + 1 : NULL;
    for (size_t i = 0; i < n; i++)
        if (strlen(flags[i].name) == length && strncmp(flags[i].name, arg, length) == 0)
            return &flags[i];
    return NULL;
}

/* "a, b or c". False when there is no room for all of them. */
static bool join(const char *const *words, size_t n, char *out, size_t size)
{
    size_t used = 0;
    *out = '\0';
    for (size_t i = 0; i < n && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s",
                                 i == 0       ? ""
                                 : i + 1 == n ? " or "
                                              : ", ",
                                 words[i]);
    return used < size;
}

bool args_unknown_word(const char *word, const char *what, const char *const *known, size_t n,
                       struct err *err)
{
    char all[300]; /* all commands */
    const char *meant = suggest_best(word, known, n);
    bool fits = join(known, n, all, sizeof all);
    if (meant)
        return err_set(err, ERR_USAGE, "\"%.40s\" is not %s: did you mean %s?%s%s", word, what, meant,
                       fits ? " Expected " : " See --help", fits ? all : "");
    return err_set(err, ERR_USAGE, "\"%.40s\" is not %s: %s%s", word, what, fits ? "expected " : "see --help",
                   fits ? all : "");
}

bool args_missing_word(const char *what, const char *const *known, size_t n, struct err *err)
{
    char all[300];
    bool fits = join(known, n, all, sizeof all);
    return err_set(err, ERR_USAGE, "%s is missing: %s%s", what, fits ? "expected " : "see --help",
                   fits ? all : "");
}

/* The part after '=' is not repeated: it may be a secret given to a mistyped flag. */
static bool unknown(const char *command, const char *arg, const struct arg_flag *flags, size_t n,
                    size_t max_operands, struct err *err)
{
    const char *names[MAX_NAMES], *meant;
    char known[140], shown[64];
    size_t n_names = 0;
    snprintf(shown, sizeof shown, "%.*s", (int)strcspn(arg, arg[0] == '-' ? "=" : ""), arg);
    for (size_t i = 0; i < n && i + 1 < MAX_NAMES; i++)
        names[n_names++] = flags[i].name;
    join(names, n_names, known, sizeof known);
    names[n_names++] = "--help";
    n_names += config_flags(names + n_names, MAX_NAMES - n_names);
    meant = arg[0] == '-' ? suggest_best(shown, names, n_names) : NULL;
    if (meant)
        return err_set(err, ERR_USAGE, "\"%s\" is not understood: did you mean %s? See gitomatic %s --help",
                       shown, meant, command);
    if (!n)
        return err_set(err, ERR_USAGE, "\"%s\" is not understood: expected no %s; see gitomatic %s --help",
                       shown, max_operands ? "flags" : "arguments", command);
    return err_set(err, ERR_USAGE, "\"%s\" is not understood: expected %s; see gitomatic %s --help", shown,
                   known, command);
}

bool args_login(const char *arg, char *out, size_t size, struct err *err)
{
    slice login = login_bare(slice_of(arg));
    if (!login_plausible(login) || login.len >= size)
        return err_set(err, ERR_USAGE, "LOGIN: got \"%.60s\", expected " LOGIN_EXPECTED, arg ? arg : "");
    memcpy(out, login.ptr, login.len);
    out[login.len] = '\0';
    return true;
}

static bool take_value(const struct arg_flag *flag, const char *value, struct err *err)
{
    size_t n = flag->n_values ? *flag->n_values : 0;
    if (flag->max_values == 1 && flag->values[0])
        return err_set(err, ERR_USAGE, "%s: given twice, as \"%.60s\" and \"%.60s\"; expected one",
                       flag->name, flag->values[0], value);
    if (n == flag->max_values)
        return err_set(err, ERR_USAGE, "%s: expected at most %zu of them", flag->name, flag->max_values);
    flag->values[n] = value;
    if (flag->n_values)
        *flag->n_values = n + 1;
    return true;
}

bool args_parse(int argc, char **argv, const struct arg_flag *flags, size_t n_flags, const char **operands,
                size_t max_operands, size_t *n_operands_out, struct err *err)
{
    bool flags_over = false, is_flag;
    size_t n = 0;
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i], *value = NULL;
        /* No flag has a single dash, but logins begin with one: -ACE- */
        is_flag = !flags_over && arg[0] == '-' && arg[1] && (arg[1] == '-' || n == max_operands);
        if (!flags_over && strcmp(arg, "--") == 0) {
            flags_over = true;
        } else if (is_flag) {
            const struct arg_flag *flag = find(arg, flags, n_flags, &value);
            if (!flag)
                return unknown(argv[0], arg, flags, n_flags, max_operands, err);
            if (flag->present && value)
                return err_set(err, ERR_USAGE, "%s: got the value \"%.60s\", expected none", flag->name,
                               value);
            if (flag->present && *flag->present)
                return err_set(err, ERR_USAGE, "%s: given twice, expected once", flag->name);
            if (flag->present) {
                *flag->present = true;
                continue;
            }
            if (!value && i + 1 == argc)
                return err_set(err, ERR_USAGE, "%s: a value is missing after it", flag->name);
            if (!take_value(flag, value ? value : argv[++i], err))
                return false;
        } else if (n == max_operands) {
            return unknown(argv[0], arg, flags, n_flags, max_operands, err);
        } else {
            operands[n++] = arg;
        }
    }
    if (n_operands_out)
        *n_operands_out = n;
    return true;
}

bool args_none(int argc, char **argv, struct err *err)
{
    return args_parse(argc, argv, NULL, 0, NULL, 0, NULL, err);
}
