/* escape: writes text into a page. All text that is not a literal of the source goes through these functions. */
#pragma once
#include "core/base/buf.h"

/* Text or the value of a quoted attribute: & < > " ' are escaped. */
void html_text(struct buf *out, slice text);
void html_cstr(struct buf *out, const char *text);
/* Escaped text between two literals, such as tags. */
void html_between(struct buf *out, const char *before, slice text, const char *after);
/* " name=\"value\"" */
void html_attribute(struct buf *out, const char *name, slice value);
/* An absolute http or https URL of visible ASCII characters with nothing but the scheme before its host: the only foreign
 * URLs that become links. */
bool html_is_web_address(slice text);
