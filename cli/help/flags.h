/* flags: the flags in a usage text, for completions and manual pages. */
#pragma once
#include "core/base/slice.h"

/* Takes the next "--name" from the front of *text; *takes_value: a word in capitals follows it. False: no more. */
bool flags_next(slice *text, slice *name_out, bool *takes_value);
