#include "api/resources/capped_counts.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include <stdatomic.h>
#include <stdlib.h>

#define SETS    512
#define SLOTS   8 /* of a set: a cache line */
#define KEEP_MS 60000

/* A slot has the upper bits of a hash and its time of expiry, in one word, so that no lock is needed. Those with the
 * same lower bits share a set; a newer query takes the slot that ends first. */
struct capped_counts {
    _Atomic uint64_t sets[SETS][SLOTS];
};
#define MOMENT_BITS 32

struct capped_counts *capped_counts_create(void)
{
    struct capped_counts *capped_counts = xcalloc(1, sizeof *capped_counts);
    return capped_counts;
}

void capped_counts_destroy(struct capped_counts *capped_counts)
{
    free(capped_counts);
}

static uint64_t moment(int64_t ms)
{
    return (uint64_t)(ms / 100) & UINT32_MAX; /* tenths of a second: thirteen years of them */
}

bool capped_counts_known(struct capped_counts *capped_counts, uint64_t query)
{
    uint64_t now = moment(clock_mono_ms());
    for (int i = 0; i < SLOTS; i++) {
        uint64_t slot = atomic_load_explicit(&capped_counts->sets[query % SETS][i], memory_order_relaxed);
        if (slot >> MOMENT_BITS == query >> MOMENT_BITS && (slot & UINT32_MAX) > now)
            return true;
    }
    return false;
}

void capped_counts_remember(struct capped_counts *capped_counts, uint64_t query)
{
    _Atomic uint64_t *set = capped_counts->sets[query % SETS], *to = set;
    for (int i = 0; i < SLOTS; i++) {
        if (set[i] >> MOMENT_BITS == query >> MOMENT_BITS) {
            to = &set[i];
            break;
        }
        if ((set[i] & UINT32_MAX) < (*to & UINT32_MAX))
            to = &set[i];
    }
    uint64_t slot = (query >> MOMENT_BITS) << MOMENT_BITS | moment(clock_mono_ms() + KEEP_MS);
    atomic_store_explicit(to, slot, memory_order_relaxed);
}
