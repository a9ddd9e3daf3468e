#include "github/record.h"
#include "core/base/buf.h"
#include "core/model/listed_names.h"
#include "core/model/names.h"

#define MAX_NUMBER_DIGITS 18 /* digits that surely fit 64 bits */
#define MAX_TIME_LENGTH   64
#define MAX_NESTING       24 /* of a page; the parsers that follow have bounds, too (JR_MAX_DEPTH and jansson's) */

enum type { TEXT, COUNT, FLAG, TIME, OBJECT, LIST };

struct field {
    const char *key;
    enum type type;
};

static const struct field user_fields[] = {
    {"node_id", TEXT},       {"type", TEXT},
    {"name", TEXT},          {"company", TEXT},
    {"blog", TEXT},          {"location", TEXT},
    {"email", TEXT},         {"hireable", FLAG},
    {"bio", TEXT},           {"twitter_username", TEXT},
    {"avatar_url", TEXT},    {"site_admin", FLAG},
    {"followers", COUNT},    {"following", COUNT},
    {"public_gists", COUNT}, {"public_repos", COUNT},
    {"created_at", TIME},    {"updated_at", TIME},
};

static const struct field repository_fields[] = {
    {"node_id", TEXT},
    {"owner", OBJECT},
    {"private", FLAG},
    {"description", TEXT},
    {"fork", FLAG},
    {"homepage", TEXT},
    {"language", TEXT},
    {"license", OBJECT},
    {"default_branch", TEXT},
    {"topics", LIST},
    {"visibility", TEXT},
    {"is_template", FLAG},
    {"has_downloads", FLAG},
    {"has_issues", FLAG},
    {"has_pages", FLAG},
    {"has_projects", FLAG},
    {"has_wiki", FLAG},
    {"has_discussions", FLAG},
    {"archived", FLAG},
    {"disabled", FLAG},
    {"size", COUNT},
    {"stargazers_count", COUNT},
    {"subscribers_count", COUNT},
    {"watchers_count", COUNT},
    {"forks_count", COUNT},
    {"open_issues_count", COUNT},
    {"created_at", TIME},
    {"updated_at", TIME},
    {"pushed_at", TIME},
    {"parent", OBJECT},
};

/* n digits as a number; -1 when they are not n digits. */
static int digits(const char **text, int n)
{
    int value = 0;
    for (; n > 0; n--, (*text)++) {
        if (**text < '0' || **text > '9')
            return -1;
        value = value * 10 + **text - '0';
    }
    return value;
}

static bool take(const char **text, const char *any_of)
{
    if (!**text || !strchr(any_of, **text))
        return false;
    (*text)++;
    return true;
}

/* "Z", "+02:00", "-0530", "+02" at the end of the text. */
static bool is_zone(const char *text)
{
    if (take(&text, "Zz"))
        return !*text;
    if (!take(&text, "+-"))
        return false;
    int hours = digits(&text, 2);
    if (hours < 0 || hours > 15)
        return false;
    if (!*text)
        return true;
    take(&text, ":");
    int minutes = digits(&text, 2);
    return minutes >= 0 && minutes <= 59 && !*text;
}

static bool is_day(int year, int month, int day)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] + (month == 2 && leap);
}

/* A moment as RFC 3339 writes it: "2011-01-25T18:44:36Z", with a fraction of the second or an offset, too. PostgreSQL reads no
 * longer ones. */
static bool is_time(const char *text)
{
    if (strlen(text) > MAX_TIME_LENGTH)
        return false;
    int year = digits(&text, 4);
    if (year < 0 || !take(&text, "-"))
        return false;
    int month = digits(&text, 2);
    if (month < 0 || !take(&text, "-"))
        return false;
    int day = digits(&text, 2);
    if (day < 0 || !take(&text, "Tt ") || !is_day(year, month, day))
        return false;
    int hour = digits(&text, 2);
    if (hour < 0 || hour > 23 || !take(&text, ":"))
        return false;
    int minute = digits(&text, 2);
    if (minute < 0 || minute > 59 || !take(&text, ":"))
        return false;
    int second = digits(&text, 2);
    if (second < 0 || second > 59)
        return false;
    if (take(&text, ".")) {
        if (digits(&text, 1) < 0)
            return false;
        text += strspn(text, "0123456789");
    }
    return is_zone(text);
}

bool gh_record_is_count(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) >= 0;
}

bool gh_record_is_time(const json_t *value)
{
    return json_is_string(value) && is_time(json_string_value(value));
}

static bool fits(const json_t *value, enum type type)
{
    switch (type) {
    case TEXT:
        return json_is_string(value);
    case COUNT:
        return gh_record_is_count(value);
    case FLAG:
        return json_is_boolean(value);
    case TIME:
        return gh_record_is_time(value);
    case OBJECT:
        return json_is_object(value);
    case LIST:
        return json_is_array(value);
    }
    return false;
}

/* Removes the keys of values that have the wrong type, so that the values of other answers stay. */
static void drop_misfits(json_t *item, const struct field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const json_t *value = json_object_get(item, fields[i].key);
        if (value && !json_is_null(value) && !fits(value, fields[i].type))
            json_object_del(item, fields[i].key);
    }
}

/* An id written as 5.0 or "5" is the number 5. */
static void read_id(json_t *item)
{
    const json_t *value = json_object_get(item, "id");
    double real = json_real_value(value);
    int64_t id;
    if (json_is_real(value) && real >= 1 && real <= 9007199254740992.0 && real == (double)(int64_t)real)
        json_object_set_new(item, "id", json_integer((json_int_t)real));
    else if (json_is_string(value) && slice_i64(slice_of(json_string_value(value)), 1, LISTED_ID_MAX, &id))
        json_object_set_new(item, "id", json_integer(id));
}

static bool is_id(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) > 0 &&
           json_integer_value(value) <= LISTED_ID_MAX;
}

/* False if id or name is missing. listed: the id is enough, and an invalid name is removed. */
static bool clean_name(json_t *item, const char *key, bool (*ok)(slice), bool listed)
{
    const json_t *value = json_object_get(item, key);
    if (json_is_string(value) && ok(slice_from(json_string_value(value), json_string_length(value))))
        return true;
    json_object_del(item, key);
    return listed;
}

/* Parts that this program does not read (an organization, a source) are stored as received, except for invalid ids and names. */
void gh_record_drop_odd_names(json_t *value)
{
    static const struct {
        const char *key;
        bool (*ok)(slice);
    } names[] = {{"login", login_plausible}, {"full_name", full_name_plausible}};
    const char *key;
    json_t *member;
    void *next;
    size_t at;
    read_id(value);
    if (!is_id(json_object_get(value, "id")))
        json_object_del(value, "id");
    for (size_t i = 0; i < ARRAY_LEN(names) && json_is_object(value); i++)
        if (json_object_get(value, names[i].key))
            clean_name(value, names[i].key, names[i].ok, true);
    json_object_foreach_safe(value, next, key, member) gh_record_drop_odd_names(member);
    json_array_foreach(value, at, member) gh_record_drop_odd_names(member);
}

/* Ours, but a peer can send it, too. */
static void drop_odd_weak(json_t *record)
{
    if (!json_is_object(json_object_get(record, "_weak")))
        json_object_del(record, "_weak");
}

bool gh_record_user(json_t *record, bool listed)
{
    read_id(record);
    if (!is_id(json_object_get(record, "id")) || !clean_name(record, "login", login_plausible, listed))
        return false;
    drop_misfits(record, user_fields, ARRAY_LEN(user_fields));
    drop_odd_weak(record);
    drop_misfits(json_object_get(record, "_weak"), user_fields, ARRAY_LEN(user_fields));
    gh_record_drop_odd_names(record);
    return true;
}

static void clean_topics(json_t *topics)
{
    for (size_t i = json_array_size(topics); i-- > 0;)
        if (!fits(json_array_get(topics, i), TEXT))
            json_array_remove(topics, i);
}

/* Only the spdx_id of a license is read. */
static bool is_license(const json_t *license)
{
    const json_t *spdx_id = json_object_get(license, "spdx_id");
    return !spdx_id || json_is_null(spdx_id) || fits(spdx_id, TEXT);
}

/* All fields but those that identify the repository. */
static void clean_repository_parts(json_t *part)
{
    drop_misfits(part, repository_fields, ARRAY_LEN(repository_fields));
    json_t *owner = json_object_get(part, "owner"), *parent = json_object_get(part, "parent");
    read_id(parent);
    json_object_del(owner, "_weak");
    if (json_is_object(owner) && !gh_record_user(owner, false))
        json_object_del(part, "owner");
    if (json_is_object(parent) && !is_id(json_object_get(parent, "id")))
        json_object_del(part, "parent");
    if (!is_license(json_object_get(part, "license")))
        json_object_del(part, "license");
    clean_topics(json_object_get(part, "topics"));
}

bool gh_record_repository(json_t *record, bool listed)
{
    read_id(record);
    if (!is_id(json_object_get(record, "id")) || !clean_name(record, "name", repo_name_ok, listed) ||
        !clean_name(record, "full_name", full_name_plausible, listed))
        return false;
    clean_repository_parts(record);
    drop_odd_weak(record);
    clean_repository_parts(json_object_get(record, "_weak"));
    gh_record_drop_odd_names(record);
    return true;
}

/* The closing quote of the text that begins at i, or the end. */
static size_t text_end(slice json, size_t i)
{
    for (i++; i < json.len && json.ptr[i] != '"'; i++)
        i += json.ptr[i] == '\\';
    return i;
}

static void without_big_numbers(slice json, struct buf *out)
{
    size_t from = 0;
    for (size_t i = 0; i < json.len; i++) {
        char c = json.ptr[i];
        if (c == '"')
            i = text_end(json, i);
        if (!((c >= '0' && c <= '9') || c == '-'))
            continue;
        size_t end = i;
        bool exponent = false;
        while (end < json.len && strchr("0123456789+-.eE", json.ptr[end]) && json.ptr[end])
            exponent |= (json.ptr[end++] | 32) == 'e';
        if (exponent || end - i > MAX_NUMBER_DIGITS) {
            buf_put(out, json.ptr + from, i - from);
            buf_puts(out, "null");
            from = end;
        }
        i = end - 1;
    }
    buf_put(out, json.ptr + from, json.len - from);
}

/* What is nested too deep becomes null. False: nothing is, and nothing was put out. */
static bool without_deep_values(slice json, struct buf *out)
{
    size_t from = 0;
    int depth = 0;
    for (size_t i = 0; i < json.len; i++) {
        char c = json.ptr[i];
        if (c == '"')
            i = text_end(json, i);
        else if ((c == '[' || c == '{') && depth++ == MAX_NESTING) {
            buf_put(out, json.ptr + from, i - from);
            buf_puts(out, "null");
            from = json.len;
        } else if ((c == ']' || c == '}') && --depth == MAX_NESTING)
            from = i + 1;
    }
    if (!out->len)
        return false;
    buf_put(out, json.ptr + from, json.len - from);
    return true;
}

json_t *gh_record_parse(slice json, json_error_t *why_out)
{
    struct buf flat, small;
    slice text = json.ptr ? json : SLICE("");
    buf_init(&flat, text.len * 2 + 16); /* "null" for [] is longer */
    if (slice_find(text, '{') >= 0 &&
        without_deep_values(text, &flat)) /* brackets alone are no page of GitHub's */
        text = buf_slice(&flat);
    json_t *root = json_loadb(text.ptr, text.len, 0, why_out);
    if (!root) {
        buf_init(&small, text.len * 2 + 16); /* "null" for a digit with an exponent is longer */
        without_big_numbers(text, &small);
        root = json_loadb(small.len ? small.ptr : "", small.len, 0, why_out);
        buf_finish(&small);
    }
    buf_finish(&flat);
    return root;
}
