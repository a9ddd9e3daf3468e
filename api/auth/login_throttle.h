/* failures: who failed to log in lately, so that guessing is slow. Buckets that leak: a number of failures in a row costs
 * no wait, after that one try in so many milliseconds. The oldest are forgotten when there are too many. Thread-safe. */
#pragma once
#include "core/base/attr.h"
#include <sodium.h>

#define FAILURE_KEY_BYTES crypto_generichash_BYTES

struct failures;
struct failures *failures_create(int burst, int64_t each_ms);
void failures_destroy(struct failures *failures); /* NULL is fine */
/* Seconds until the next try is let through; 0: now. key: a keyed hash, so that nobody can choose his slot. */
int failures_wait_s(struct failures *failures, const unsigned char key[FAILURE_KEY_BYTES]);
void failures_count(struct failures *failures, const unsigned char key[FAILURE_KEY_BYTES]);
