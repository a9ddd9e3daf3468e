/* xml: text inside XML 1.0, in content and in quoted attributes alike. */
#pragma once
#include "core/base/buf.h"

/* Escaped; characters that XML forbids (control characters, U+FFFE, U+FFFF, invalid UTF-8) become U+FFFD. At most `max`
 * characters, then "…"; 0: all. */
void xml_text(struct buf *out, slice text, size_t max);
