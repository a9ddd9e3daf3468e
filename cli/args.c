#include "cli/args.h"
#include <stdio.h>
#include <string.h>

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

static bool unknown(const char *arg, const struct arg_flag *flags, size_t n, size_t max_operands,
                    struct err *err)
{
    char known[160] = "";
    size_t used = 0;
    for (size_t i = 0; i < n && used < sizeof known; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", flags[i].name);
    if (!n)
        return err_set(err, ERR_USAGE, "\"%.60s\" is not understood: expected no %s; see --help", arg,
                       max_operands ? "flags" : "arguments");
    return err_set(err, ERR_USAGE, "\"%.60s\" is not understood: expected %s; see --help", arg, known);
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
    bool flags_over = false;
    size_t n = 0;
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i], *value = NULL;
        if (!flags_over && strcmp(arg, "--") == 0) {
            flags_over = true;
        } else if (!flags_over && arg[0] == '-' && arg[1]) {
            const struct arg_flag *flag = find(arg, flags, n_flags, &value);
            if (!flag)
                return unknown(arg, flags, n_flags, max_operands, err);
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
                return err_set(err, ERR_USAGE, "%s: expected a value behind it", flag->name);
            if (!take_value(flag, value ? value : argv[++i], err))
                return false;
        } else if (n == max_operands) {
            return unknown(arg, flags, n_flags, max_operands, err);
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
