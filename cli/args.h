/* args: a subcommand's own flags and operands, by a table. `--flag value` and `--flag=value`; `--` ends flags. */
#pragma once
#include "core/base/err.h"

#define LOGIN_ARG_SIZE 112 /* the longest login of a GitHub answer, with the NUL */

struct arg_flag {
    const char *name;             /* "--username" */
    bool *present;                /* a flag without a value: false before; or NULL */
    const char **values;          /* a flag with a value: room for max_values; NULL before, when that is 1 */
    size_t max_values, *n_values; /* n_values may be NULL when max_values is 1 */
};

/* Operands are put into operands (room for max_operands); *n_operands_out: their number. Everything borrows from argv. ERR_USAGE
 * names the argument and what was expected, also for a flag given too often. */
MUST_CHECK bool args_parse(int argc, char **argv, const struct arg_flag *flags, size_t n_flags,
                           const char **operands, size_t max_operands, size_t *n_operands_out,
                           struct err *err);
/* "X is not WHAT: did you mean Y? Expected Y or Z", as ERR_USAGE. */
bool args_unknown_word(const char *word, const char *what, const char *const *known, size_t n,
                       struct err *err);
/* "WHAT is missing: expected Y or Z", as ERR_USAGE. */
bool args_missing_word(const char *what, const char *const *known, size_t n, struct err *err);
/* An operand LOGIN, also as @LOGIN or its github.com URL; NULL is refused as well. */
MUST_CHECK bool args_login(const char *arg, char *out, size_t size, struct err *err);
/* For subcommands without any argument. */
MUST_CHECK bool args_none(int argc, char **argv, struct err *err);
