/* limits: the process's resource limits (getrlimit(2)), prepared at its start and named in errors. */
#pragma once
#include "core/base/attr.h"
#include "core/base/err.h"
#include <pthread.h>
#include <stddef.h>

/* Before other threads, in every process. A write beyond the largest file size then fails with EFBIG instead of ending the process
 * (SIGXFSZ), and a small soft limit of the stack is raised, for threads too. ERR_SYSTEM: the hard limit is too small for that. */
MUST_CHECK bool limits_prepare(struct err *err);

/* Those limits of memory (bytes of a stack, data, address space) and of processes and threads that are set, as
 * "; allowed are 300 MB of address space (ulimit -v)"; "" if none is. Allocates nothing. Returns out. */
#define LIMITS_TEXT_SIZE 320
const char *limits_of_memory(char out[LIMITS_TEXT_SIZE]);
const char *limits_of_threads(char out[LIMITS_TEXT_SIZE]);

/* As pthread_create with default attributes. ERR_SYSTEM: the text names the limits. Any thread. */
MUST_CHECK bool thread_start(pthread_t *thread_out, void *(*run)(void *), void *arg, struct err *err);
/* The same for a thread without which the process is of no use: ends it as a lack of memory does (memory.h), with a last line. */
void thread_must_start(pthread_t *thread_out, void *(*run)(void *), void *arg);
