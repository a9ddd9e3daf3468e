/* clock: wall time as Unix milliseconds UTC (`_at_ms`), monotonic time for deadlines (`mono_ms`). */
#pragma once
#include "core/base/attr.h"
#include "core/base/slice.h"

int64_t clock_wall_ms(void);
int64_t clock_mono_ms(void);
int64_t clock_mono_us(void);
void clock_sleep_ms(int64_t ms);

#define CLOCK_ISO_SIZE 32
/* "YYYY-MM-DDTHH:MM:SSZ", as GitHub and our API write it. Returns out. */
char *clock_iso(int64_t at_ms, char out[CLOCK_ISO_SIZE]);
/* The same; `otherwise` for 0 and INT64_MAX, which mean no time. */
const char *clock_iso_or(int64_t at_ms, const char *otherwise, char out[CLOCK_ISO_SIZE]);
#define CLOCK_HTTP_SIZE 32
/* "Thu, 03 Sep 2026 03:02:25 GMT", as HTTP writes it. Returns out. */
char *clock_http(int64_t at_ms, char out[CLOCK_HTTP_SIZE]);
/* An HTTP date in any of its three forms (RFC 9110, 5.6.7), such as the Date header. */
bool clock_parse_http(slice text, int64_t *at_ms_out);
