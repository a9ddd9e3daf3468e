/* labels: names of parameters and fields of forms as people read them, where they are other words than the name. */
#pragma once
#include "core/base/slice.h"

/* "created_at__gte" as "Requested since"; NULL: the name itself. Static; plain text. */
const char *label_words(slice name);
