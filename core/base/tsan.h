/* tsan: tells ThreadSanitizer of an order it can't see, because a library that is not built with it makes it (liburcu:
 * what call_rcu was given is freed after all who could see it). Nothing in other builds. */
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
/* What was done before `before` on that address is done when another thread comes behind `after`. */
#define tsan_before(address) __tsan_release((void *)(address))
#define tsan_after(address)  __tsan_acquire((void *)(address))
#else
#define tsan_before(address) ((void)(address))
#define tsan_after(address)  ((void)(address))
#endif
