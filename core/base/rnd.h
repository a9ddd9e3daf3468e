/* rnd: randomness. Thread-safe; seeded by the kernel. */
#pragma once
#include "core/base/attr.h"

uint64_t rnd_u64(void);
/* Evenly spread over min..max, both included. */
int64_t rnd_between(int64_t min, int64_t max);
/* `chars` characters of a-z, 2-9 without look-alikes, and a NUL: for passwords and tokens. */
void rnd_word(char *out, size_t chars);
