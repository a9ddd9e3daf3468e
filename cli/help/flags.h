/* flags: the flags that a usage text names, for whatever is made from these texts: completions and manual pages. */
#pragma once
#include "core/base/slice.h"

/* Takes the next "--name" from the front of *text; *takes_value tells whether a word in capitals follows it. False: no more. */
bool flags_next(slice *text, slice *name_out, bool *takes_value);
