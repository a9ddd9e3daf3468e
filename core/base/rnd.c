#include "core/base/rnd.h"
#include <stdlib.h>
#include <sys/random.h>

uint64_t rnd_u64(void)
{
    uint64_t value;
    if (getrandom(&value, sizeof value, 0) != (ssize_t)sizeof value)
        abort(); /* 8 bytes are never cut short once the pool is ready */
    return value;
}

int64_t rnd_between(int64_t min, int64_t max)
{
    uint64_t span = (uint64_t)max - (uint64_t)min + 1;
    if (max <= min)
        return min;
    return min + (int64_t)(span ? rnd_u64() % span : rnd_u64());
}

void rnd_word(char *out, size_t chars)
{
    static const char alphabet[] = "abcdefghijkmnpqrstuvwxyz23456789"; /* 32: no modulo bias */
    for (size_t i = 0; i < chars; i++)
        out[i] = alphabet[rnd_u64() % 32];
    out[chars] = '\0';
}
