/* suggest: "did you mean …?" for what was mistyped. Pure. */
#pragma once
#include "core/base/attr.h"

/* Single-character insertions, deletions, replacements and swaps of neighbours between the two (ASCII case aside); anything
 * above 63 characters is far from everything. */
int suggest_distance(const char *a, const char *b);
/* Whether `known` is near enough to `typed` to be what was meant: at most a third of its letters differ, or it begins with
 * what was typed (3 letters or more). */
bool suggest_is_near(const char *typed, const char *known);
/* Of the candidates the nearest that is near enough; NULL: none. */
const char *suggest_best(const char *typed, const char *const *candidates, size_t n);
