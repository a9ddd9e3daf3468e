#include "api/many.h"
#include "core/base/clock.h"
#include <stdatomic.h>
#include <stdlib.h>

#define SLOTS   4096
#define KEEP_MS 60000

/* A slot a hash: the upper bits of the hash and the moment it ends, in one word, so that no lock is needed. A newer query
 * takes the slot of an older one. */
struct many {
    _Atomic uint64_t slots[SLOTS];
};
#define MOMENT_BITS 32

struct many *many_create(void)
{
    struct many *many = calloc(1, sizeof *many);
    if (!many)
        abort();
    return many;
}

void many_destroy(struct many *many)
{
    free(many);
}

static uint64_t moment(int64_t ms)
{
    return (uint64_t)(ms / 100) & UINT32_MAX; /* tenths of a second: thirteen years of them */
}

bool many_known(struct many *many, uint64_t query)
{
    uint64_t slot = atomic_load_explicit(&many->slots[query % SLOTS], memory_order_relaxed);
    return slot >> MOMENT_BITS == query >> MOMENT_BITS && (slot & UINT32_MAX) > moment(clock_mono_ms());
}

void many_remember(struct many *many, uint64_t query)
{
    uint64_t slot = (query >> MOMENT_BITS) << MOMENT_BITS | moment(clock_mono_ms() + KEEP_MS);
    atomic_store_explicit(&many->slots[query % SLOTS], slot, memory_order_relaxed);
}
