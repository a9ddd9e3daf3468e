/* exposition: the text Prometheus reads (exposition format 0.0.4; prometheus.io/docs/instrumenting/exposition_formats).
 * Pure but for the buffer. */
#pragma once
#include "core/base/buf.h"

/* The lines that explain a name; type is counter, gauge or histogram. */
void exposition_head(struct buf *out, const char *name, const char *type, const char *help);
/* name{labels} value. labels: pairs of name and value, ended by NULL; values are escaped. */
void exposition_value(struct buf *out, const char *name, double value, ...) __attribute__((sentinel));
/* One value without labels, with its head. */
void exposition_single(struct buf *out, const char *name, const char *type, const char *help, int64_t value);
