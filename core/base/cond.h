/* cond: condition variables whose waits end by the monotonic clock (clock_mono_ms), which is never adjusted. */
#pragma once
#include "core/base/attr.h"
#include <pthread.h>
#include <stdint.h>

void cond_init(pthread_cond_t *cond);
/* Waits, with the lock held, to be woken. False once it is `until_mono_ms`. It may also wake spuriously. */
bool cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_mono_ms);
