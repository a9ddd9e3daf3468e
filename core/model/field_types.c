#include "core/model/field_types.h"

#define LONGEST_KEY  17
#define LONGEST_TIME 64 /* PostgreSQL reads no longer ones */

static const struct key {
    const char *name;
    enum field_type type;
} by_length[LONGEST_KEY + 1][9] = {
    [2] = {{"id", FIELD_ID}},
    [3] = {{"bio", FIELD_TEXT}},
    [4] = {{"name", FIELD_TEXT},
           {"type", FIELD_TEXT},
           {"blog", FIELD_TEXT},
           {"fork", FIELD_FLAG},
           {"size", FIELD_COUNT}},
    [5] = {{"login", FIELD_LOGIN}, {"email", FIELD_TEXT}},
    [7] = {{"node_id", FIELD_TEXT},
           {"company", FIELD_TEXT},
           {"private", FIELD_FLAG},
           {"spdx_id", FIELD_TEXT}},
    [8] = {{"location", FIELD_TEXT},
           {"homepage", FIELD_TEXT},
           {"language", FIELD_TEXT},
           {"hireable", FIELD_FLAG},
           {"archived", FIELD_FLAG},
           {"disabled", FIELD_FLAG},
           {"has_wiki", FIELD_FLAG}},
    [9] = {{"full_name", FIELD_FULL_NAME},
           {"followers", FIELD_COUNT},
           {"following", FIELD_COUNT},
           {"has_pages", FIELD_FLAG}},
    [10] = {{"avatar_url", FIELD_TEXT},
            {"visibility", FIELD_TEXT},
            {"site_admin", FIELD_FLAG},
            {"has_issues", FIELD_FLAG}},
    [11] = {{"description", FIELD_TEXT}, {"is_template", FIELD_FLAG}, {"forks_count", FIELD_COUNT}},
    [12] = {{"public_gists", FIELD_COUNT}, {"public_repos", FIELD_COUNT}, {"has_projects", FIELD_FLAG}},
    [13] = {{"has_downloads", FIELD_FLAG}},
    [14] = {{"default_branch", FIELD_TEXT}, {"watchers_count", FIELD_COUNT}},
    [15] = {{"has_discussions", FIELD_FLAG}},
    [16] = {{"twitter_username", FIELD_TEXT}, {"stargazers_count", FIELD_COUNT}},
    [17] = {{"subscribers_count", FIELD_COUNT}, {"open_issues_count", FIELD_COUNT}},
};

enum field_type field_type_of(slice key)
{
    if (slice_ends(key, SLICE("_at")))
        return FIELD_TIME;
    if (key.len > LONGEST_KEY)
        return FIELD_ANY;
    for (const struct key *k = by_length[key.len]; k->name; k++)
        if (memcmp(k->name, key.ptr, key.len) == 0)
            return k->type;
    return FIELD_ANY;
}

/* ---- times ---- */

/* n digits as a number; -1 if they are not n digits. */
static int take_digits(slice *rest, size_t n)
{
    int value = 0;
    if (rest->len < n)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (rest->ptr[i] < '0' || rest->ptr[i] > '9')
            return -1;
        value = value * 10 + rest->ptr[i] - '0';
    }
    *rest = slice_from(rest->ptr + n, rest->len - n);
    return value;
}

static bool take(slice *rest, const char *any_of)
{
    if (!rest->len || !rest->ptr[0] || !strchr(any_of, rest->ptr[0]))
        return false;
    *rest = slice_from(rest->ptr + 1, rest->len - 1);
    return true;
}

/* "Z", "+02:00", "-0530", "+02" at the end of the text. */
static bool is_zone(slice rest)
{
    if (take(&rest, "Zz"))
        return !rest.len;
    if (!take(&rest, "+-"))
        return false;
    int hours = take_digits(&rest, 2);
    if (hours < 0 || hours > 15)
        return false;
    if (!rest.len)
        return true;
    take(&rest, ":");
    int minutes = take_digits(&rest, 2);
    return minutes >= 0 && minutes <= 59 && !rest.len;
}

static bool is_day(int year, int month, int day)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] + (month == 2 && leap);
}

static bool take_day(slice *rest)
{
    int year = take_digits(rest, 4);
    if (year < 0 || !take(rest, "-"))
        return false;
    int month = take_digits(rest, 2);
    if (month < 0 || !take(rest, "-"))
        return false;
    return is_day(year, month, take_digits(rest, 2));
}

static bool take_part(slice *rest, int most)
{
    int value = take_digits(rest, 2);
    return value >= 0 && value <= most;
}

bool field_time_ok(slice text)
{
    slice rest = text;
    if (text.len > LONGEST_TIME || !take_day(&rest) || !take(&rest, "Tt ") || !take_part(&rest, 23) ||
        !take(&rest, ":") || !take_part(&rest, 59) || !take(&rest, ":") || !take_part(&rest, 59))
        return false;
    if (take(&rest, ".")) {
        if (take_digits(&rest, 1) < 0)
            return false;
        while (take_digits(&rest, 1) >= 0)
            ;
    }
    return is_zone(rest);
}
