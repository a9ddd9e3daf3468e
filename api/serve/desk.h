/* desk: what a thread of the HTTP library is at, so that others know whether it is likely to have time. */
#pragma once
#include "core/base/clock.h"
#include <stdatomic.h>

#define SLOW_MS     1500 /* and one that was at one for so long may have more of the kind, */
#define SLOW_FOR_MS 2000 /* for so long */

struct desk {
    _Atomic int64_t begun_ms;      /* mono: its request; 0: none */
    _Atomic int64_t slow_until_ms; /* mono */
};

static inline void desk_begin(struct desk *desk)
{
    desk->begun_ms = clock_mono_ms();
}

static inline void desk_end(struct desk *desk)
{
    int64_t now = clock_mono_ms();
    if (now - desk->begun_ms > SLOW_MS)
        desk->slow_until_ms = now + SLOW_FOR_MS;
    desk->begun_ms = 0;
}
