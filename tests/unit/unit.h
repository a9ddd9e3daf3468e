/* unit: what every unit test includes; cmocka wants these headers before its own. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/attr.h"
#include "core/base/slice.h"

#define assert_slice(actual, text)                                                                           \
    do {                                                                                                     \
        slice actual_ = (actual);                                                                            \
        assert_int_equal(actual_.len, strlen(text));                                                         \
        assert_memory_equal(actual_.len ? actual_.ptr : "", text, actual_.len);                              \
    } while (0)
