/* escape: text into a page. Everything that is not written out in the source goes through here. */
#pragma once
#include "core/base/buf.h"

/* Text or the value of a quoted attribute: & < > " ' are escaped. */
void html_text(struct buf *out, slice text);
void html_cstr(struct buf *out, const char *text);
/* " name=\"value\"" */
void html_attribute(struct buf *out, const char *name, slice value);
/* An absolute http or https address of visible ASCII characters with nothing before its host but the scheme: the only
 * addresses of strangers that become links. */
bool html_is_web_address(slice text);
