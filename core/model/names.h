/* names: what GitHub accepts as a login and as a repository name, and the ways people write them.
 *
 * Login: 1-39 letters, digits and hyphens. GitHub's sign-up form allows only single hyphens inside, but older accounts begin
 * or end with one or have two in a row (`-ACE-`), those of enterprise-managed users have an underscore (`name_company`), and apps end
 * in "[bot]". login_ok checks a person's input, login_plausible GitHub's answers: other logins are not stored.
 * Repository: 1-100 characters of letters, digits, '.', '-', '_', but not "." or "..". */
#pragma once
#include "core/base/slice.h"
#include "core/uuid/uuid.h"

#define LOGIN_MAX     39
#define REPO_NAME_MAX 100

/* What was expected, for errors and documentation. */
#define LOGIN_EXPECTED                                                                                       \
    "a GitHub login (1 to 39 letters, digits, '-' and '_'; NAME[bot] for an app), @LOGIN or "                \
    "https://github.com/LOGIN"
#define REPO_NAME_EXPECTED                                                                                   \
    "NAME, OWNER/NAME, https://github.com/OWNER/NAME or git@github.com:OWNER/NAME.git, where NAME has 1 to " \
    "100 letters, digits, '.', '-' "                                                                         \
    "and '_'"

/* GitHub's words for the kinds of records that are found by their ids: "users", "repositories". */
const char *record_kind_word(enum record_kind kind);
bool record_kind_read(slice word, enum record_kind *out);
/* Number 0, 1, …; NULL at the end. */
const char *record_kind_words(size_t number);

bool login_ok(slice login);
bool login_plausible(slice login);
bool full_name_plausible(slice full_name); /* OWNER/NAME in an answer */
bool repo_name_ok(slice name);
/* Both parts of "owner/name" checked as above. */
bool repo_full_name_ok(slice full_name, slice *owner_out, slice *name_out);

/* The login in "ada", "@ada", "https://github.com/ada" and "github.com/ada/"; anything else is returned unchanged. Not checked. */
slice login_bare(slice text);
/* The repository in "owner/name", "https://github.com/owner/name", "github.com/owner/name.git" and the addresses to clone from
 * ("git@github.com:owner/name.git", "ssh://git@github.com/owner/name"). False: not written as one of these; a bare name is not. */
bool repo_read(slice text, slice *owner_out, slice *name_out);
