/* thread_load: what a thread of the HTTP library is doing, so that others can tell whether it is likely to have time. */
#pragma once
#include "core/base/clock.h"
#include <stdatomic.h>

#define SLOW_MS     1500 /* after a request that took longer, more slow ones are expected from its connections, */
#define SLOW_FOR_MS 2000 /* for this time */

struct thread_load {
    _Atomic int64_t begun_ms;      /* mono: start of its request; 0: none */
    _Atomic int64_t slow_until_ms; /* mono */
};

static inline void thread_load_begin(struct thread_load *load)
{
    load->begun_ms = clock_mono_ms();
}

static inline void thread_load_end(struct thread_load *load)
{
    int64_t now = clock_mono_ms();
    if (now - load->begun_ms > SLOW_MS)
        load->slow_until_ms = now + SLOW_FOR_MS;
    load->begun_ms = 0;
}
