/* names: what GitHub accepts as a login and as a repository name.
 *
 * Login: 1-39 characters, letters, digits and single hyphens, none at either end (GitHub's sign-up form). Older and
 * enterprise-managed accounts have more (`name_corp`, a trailing hyphen), and bots end in "[bot]"; login_ok says what a
 * person may ask for, login_plausible what a GitHub answer may hold.
 * Repository: 1-100 characters of letters, digits, '.', '-', '_', but not "." or "..". */
#pragma once
#include "core/base/slice.h"

#define LOGIN_MAX     39
#define REPO_NAME_MAX 100

bool login_ok(slice login);
bool login_plausible(slice login);
bool repo_name_ok(slice name);
/* Both parts of "owner/name" checked as above. */
bool repo_full_name_ok(slice full_name, slice *owner_out, slice *name_out);
