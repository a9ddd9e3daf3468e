/* jw: a streaming JSON writer into a buf. No tree, no allocation but the buffer's.
 * Commas and nesting are kept by the writer; indent 0 writes compactly. Strings are escaped; invalid UTF-8 becomes
 * U+FFFD. Nesting is bounded (JW_MAX_DEPTH, asserted: the shape is ours, not the peer's). One thread a writer. */
#pragma once
#include "core/base/buf.h"

#define JW_MAX_DEPTH 16

struct jw {
    struct buf *out;
    int indent, depth;
    bool after_key;
    bool first[JW_MAX_DEPTH + 1];
    bool is_array[JW_MAX_DEPTH + 1];
};

void jw_init(struct jw *w, struct buf *out, int indent);
void jw_object(struct jw *w);
void jw_end_object(struct jw *w);
void jw_array(struct jw *w);
void jw_end_array(struct jw *w);
void jw_key(struct jw *w, const char *key);
void jw_str(struct jw *w, slice text);
void jw_cstr(struct jw *w, const char *text); /* NULL writes null */
void jw_i64(struct jw *w, int64_t value);
void jw_digits(struct jw *w, int64_t value); /* the same as a string */
void jw_f64(struct jw *w, double value);     /* not finite writes null */
void jw_bool(struct jw *w, bool value);
void jw_null(struct jw *w);
void jw_time(struct jw *w, int64_t at_ms); /* "YYYY-MM-DDTHH:MM:SSZ" */
void jw_raw(struct jw *w, slice json);     /* trusted JSON text, as it is */

/* key and value, or key and beginning, in one call */
void jw_kobject(struct jw *w, const char *key);
void jw_karray(struct jw *w, const char *key);
void jw_kstr(struct jw *w, const char *key, slice text);
void jw_kcstr(struct jw *w, const char *key, const char *text);
void jw_ki64(struct jw *w, const char *key, int64_t value);
void jw_kbool(struct jw *w, const char *key, bool value);
void jw_kraw(struct jw *w, const char *key, slice json);
