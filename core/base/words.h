/* words: counts and lengths of time as people read them. Pure. */
#pragma once
#include "core/base/attr.h"
#include <stdint.h>

#define WORDS_SIZE 48

/* "1 job", "0 jobs", "12 jobs". */
const char *words_count(char out[WORDS_SIZE], int64_t n, const char *one, const char *many);
/* "45 s", "12 min", "3 h 20 min", "5 days": rounded up to what matters; less than a second is "1 s". */
const char *words_duration(char out[WORDS_SIZE], int64_t ms);
/* "1234", "12.3k", "4.5M". */
const char *words_short_number(char out[WORDS_SIZE], int64_t n);
