/* values: which values the settings of a kind may have. Pure. Private to core/config/. */
#pragma once
#include "core/base/err.h"
#include "core/base/slice.h"

/* One of the schemes (ending in NULL, each with its "://"), something after it, no spaces or control characters. */
bool value_url_ok(slice url, const char *const *schemes);
/* An http(s) base to which paths are joined: no query or fragment, and no userinfo, which would be in every log line. */
bool value_base_url_ok(slice url);
/* Index of the value in "a|b|c". */
bool value_choice(const char *choices, slice value, int64_t *out);
/* Goes into a header: nothing that could end one. */
bool value_secret_ok(slice value);
/* A comma list of these; blanks beside the commas do no harm. */
bool value_secrets_ok(slice list);
/* Never in a header: anything but control characters. */
bool value_text_ok(slice value);
/* GITHUB_USERS and PUBLIC_CHARTS; NULL: not set. ERR_CONFIG names the setting and its value. */
MUST_CHECK bool value_check_logins(const char *logins, struct err *err);
MUST_CHECK bool value_check_charts(const char *charts, struct err *err);
