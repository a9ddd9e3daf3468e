/* suggest: "did you mean …?" for mistyped words. Pure. */
#pragma once
#include "core/base/attr.h"

/* Single-character insertions, deletions, replacements and swaps of neighbours between the two (ASCII case aside); texts above 63
 * characters are far from all others. */
int suggest_distance(const char *a, const char *b);
/* Whether `known` is near enough to `typed` to be suggested: at most a third of its letters differ, or it begins with `typed` (3
 * letters or more). */
bool suggest_is_near(const char *typed, const char *known);
/* The nearest candidate that is near enough; NULL: none. */
const char *suggest_best(const char *typed, const char *const *candidates, size_t n);
