/* hash: XXH3, 64 bits: fast, the same on every machine, no secret and no defence against chosen collisions. */
#pragma once
#include "core/base/slice.h"

/* seed: 0, or the hash of what came before: hash64(hash64(0, "ab"), "c") is not hash64(hash64(0, "a"), "bc"). */
uint64_t hash64(uint64_t seed, slice bytes);
