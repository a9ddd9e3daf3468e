/* jsonp: an answer as a call of a function that the client names, for pages that load it with a <script>. As in the GitHub
 * API, status and relevant headers are inside, since a script sees neither. Pure. */
#pragma once
#include "api/request/request.h"

/* [A-Za-z_$][A-Za-z0-9_$.]{0,63}: nothing but a name. */
bool jsonp_name_ok(slice name);
/* An empty comment, then name({"meta":{"status":200,…},"data":…}); with status 200. Answers that are not JSON stay unchanged. */
void jsonp_wrap(slice name, struct response *rs);
