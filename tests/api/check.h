/* check: for test programs that use a database: the first check that does not hold is printed, with the last error, and ends the program. */
#pragma once
#include "core/base/err.h"
#include <stdio.h>
#include <stdlib.h>

static struct err err;

#define CHECK(what)                                                                                          \
    do {                                                                                                     \
        if (!(what)) {                                                                                       \
            fprintf(stderr, "line %d: %s\n%s\n", __LINE__, #what, err.text);                                 \
            exit(1);                                                                                         \
        }                                                                                                    \
    } while (0)
