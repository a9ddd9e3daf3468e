#include "core/base/hash.h"
#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t hash64(uint64_t seed, slice bytes)
{
    return XXH3_64bits_withSeed(bytes.ptr ? bytes.ptr : "", bytes.len, seed);
}
