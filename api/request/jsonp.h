/* jsonp: an answer as a call of a function of the client's choosing, for pages that load it with a <script>.
 * As the GitHub API does it: the status and the headers that matter travel inside, since a script sees neither. Pure. */
#pragma once
#include "api/request/request.h"

/* [A-Za-z_$][A-Za-z0-9_$.]{0,63}: nothing that could be more than a name. */
bool jsonp_name_ok(slice name);
/* An empty comment, then name({"meta":{"status":200,…},"data":…}); with status 200. What is not JSON stays as it is. */
void jsonp_wrap(slice name, struct response *rs);
