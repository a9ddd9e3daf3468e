/* xml: text inside XML 1.0, in content and in quoted attributes alike. */
#pragma once
#include "core/base/buf.h"

/* Escaped; what XML has no place for (control characters, U+FFFE, U+FFFF, broken UTF-8) becomes U+FFFD. At most `max`
 * characters, "…" behind what was cut; 0: all. */
void xml_text(struct buf *out, slice text, size_t max);
