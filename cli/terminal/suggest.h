/* suggest: "did you mean …?" for mistyped words. Pure. */
#pragma once
#include "core/base/attr.h"

/* Single-character insertions, deletions, replacements and swaps of neighbours between the two (ASCII case aside); texts above 63
 * characters are far from all others. */
int suggest_distance(const char *a, const char *b);
/* The nearest candidate of which at most a third of the letters differ, or that begins with `typed` (3 letters or more); NULL: none. */
const char *suggest_best(const char *typed, const char *const *candidates, size_t n);
