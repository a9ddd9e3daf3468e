/* login_throttle: recent failed logins, to make guessing slow. Leaky buckets: `burst` failures in a row cost no wait, after
 * that one attempt per interval is allowed. The oldest are dropped when there are too many. Thread-safe. */
#pragma once
#include "core/base/attr.h"
#include <sodium.h>

#define THROTTLE_KEY_BYTES crypto_generichash_BYTES

struct login_throttle;
struct login_throttle *login_throttle_create(int burst, int64_t interval_ms);
void login_throttle_destroy(struct login_throttle *throttle); /* NULL is fine */
/* Seconds until the next attempt is allowed; 0: now. key: a keyed hash, so that no client can choose its slot. */
int login_throttle_wait_s(struct login_throttle *throttle, const unsigned char key[THROTTLE_KEY_BYTES]);
void login_throttle_count(struct login_throttle *throttle, const unsigned char key[THROTTLE_KEY_BYTES]);
