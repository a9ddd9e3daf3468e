/* tsan: declares to ThreadSanitizer an order that it cannot see, because a library built without it establishes it (liburcu: call_rcu frees
 * after all readers are done). Nothing in other builds. */
#pragma once

#if defined(__SANITIZE_THREAD__)
#define SEES_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SEES_TSAN 1
#endif
#endif

#ifdef SEES_TSAN
#include <sanitizer/tsan_interface.h>
/* All that precedes tsan_before() on an address is done when another thread has passed tsan_after() on it. */
#define tsan_before(address) __tsan_release((void *)(address))
#define tsan_after(address)  __tsan_acquire((void *)(address))
#else
#define tsan_before(address) ((void)(address))
#define tsan_after(address)  ((void)(address))
#endif
