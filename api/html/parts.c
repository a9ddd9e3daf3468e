#include "api/html/parts.h"
#include "api/html/frame.h"
#include "core/base/clock.h"
#include "core/model/names.h"
#include "schema/queue/samples.h"

#define DAY_CHARS    10 /* "YYYY-MM-DD" */
#define MINUTE_CHARS 16
#define N_COLOURS    12

slice json_text(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_string(value) ? slice_from(json_string_value(value), json_string_length(value))
                                 : (slice){NULL, 0};
}

bool json_whole(const json_t *object, const char *key, int64_t *out)
{
    const json_t *value = json_object_get(object, key);
    slice digits = json_text(object, key); /* GitHub ids are strings */
    if (digits.ptr)
        return slice_i64(digits, INT64_MIN, INT64_MAX, out);
    *out = json_integer_value(value);
    return json_is_integer(value);
}

/* ---- numbers and times ---- */

void part_number(struct buf *out, int64_t n)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%lld", (long long)n);
    int first = digits[0] == '-';
    for (int i = 0; i < len; i++) {
        if (i > first && (len - i) % 3 == 0)
            buf_putc(out, ',');
        buf_putc(out, digits[i]);
    }
}

void part_count(struct buf *out, const json_t *object, const char *key)
{
    int64_t n;
    if (json_whole(object, key, &n))
        part_number(out, n);
    else
        buf_puts(out, "<span class=\"none\">–</span>");
}

void part_percent(struct buf *out, double share)
{
    buf_printf(out, share > 0 && share < 0.1 ? "%.2f&#160;%%" : "%.1f&#160;%%", 100 * share);
}

void part_share(struct buf *out, const json_t *object, const char *key)
{
    const json_t *share = json_object_get(object, key);
    if (json_is_number(share))
        part_percent(out, json_number_value(share));
    else
        buf_puts(out, "<span class=\"none\">–</span>");
}

void part_time(struct buf *out, slice iso, bool precise)
{
    if (iso.len < MINUTE_CHARS)
        return;
    buf_puts(out, "<time");
    html_attribute(out, "datetime", iso);
    html_attribute(out, "title", iso);
    buf_putc(out, '>');
    html_text(out, slice_from(iso.ptr, DAY_CHARS));
    if (precise) {
        buf_putc(out, ' ');
        html_text(out, slice_from(iso.ptr + DAY_CHARS + 1, MINUTE_CHARS - DAY_CHARS - 1));
    }
    buf_puts(out, "</time>");
}

void part_time_ms(struct buf *out, int64_t at_ms, bool precise)
{
    char iso[CLOCK_ISO_SIZE];
    part_time(out, slice_of(clock_iso(at_ms, iso)), precise);
}

/* The time of day. */
static void put_clock(struct buf *out, int64_t at_ms)
{
    char iso[CLOCK_ISO_SIZE];
    clock_iso(at_ms, iso);
    buf_printf(out, "<time datetime=\"%s\" title=\"%s\">%.*s</time>", iso, iso, MINUTE_CHARS - DAY_CHARS - 1,
               iso + DAY_CHARS + 1);
}

void part_between(struct buf *out, int64_t after_ms, int64_t before_ms)
{
    bool minute = after_ms / 60000 == before_ms / 60000;
    buf_puts(out, minute ? ", at " : ", between ");
    part_time_ms(out, minute ? before_ms : after_ms, true);
    if (minute)
        return;
    buf_puts(out, " and ");
    if (after_ms / 86400000 == before_ms / 86400000)
        put_clock(out, before_ms);
    else
        part_time_ms(out, before_ms, true);
}

static void put_span(struct buf *out, int64_t s)
{
    if (s < 60)
        buf_printf(out, "%lld s", (long long)s);
    else if (s < 2 * 3600)
        buf_printf(out, "%lld min", (long long)(s / 60));
    else if (s < 48 * 3600)
        buf_printf(out, "%lld h", (long long)(s / 3600));
    else
        buf_printf(out, "%lld days", (long long)(s / 86400));
}

void part_ago(struct buf *out, int64_t at_ms, int64_t now_ms)
{
    char iso[CLOCK_ISO_SIZE];
    bool past = at_ms <= now_ms;
    int64_t s = (past ? now_ms - at_ms : at_ms - now_ms) / 1000;
    buf_printf(out, "<time datetime=\"%s\" title=\"%s\">", clock_iso(at_ms, iso), iso);
    if (!past)
        buf_puts(out, "in ");
    put_span(out, s);
    buf_puts(out, past ? " ago</time>" : "</time>");
}

/* ---- records ---- */

static const char *const record_paths[] = {
    [RECORD_DEVELOPER] = "/github/developers/",
    [RECORD_REPOSITORY] = "/github/repositories/",
};

/* " href=\"…\"" of a record. */
static void part_href(struct buf *out, const struct request *rq, enum record_kind kind, int64_t github_id)
{
    char id[UUID_TEXT_SIZE];
    slice prefix = page_prefix(rq);
    buf_printf(out, " href=\"%.*s%s%s/\"", SLICE_ARG(prefix), record_paths[kind],
               record_id_format(kind, github_id, id));
}

void part_avatar(struct buf *out, const struct request *rq, int64_t github_id, slice login, bool large)
{
    if (rq->api->cfg->pages_avatars) {
        buf_printf(out,
                   "<img class=\"avatar%s\" alt=\"\" loading=\"lazy\" width=\"%d\" height=\"%d\" "
                   "src=\"https://avatars.githubusercontent.com/u/%lld?s=%d\">",
                   large ? " large" : "", large ? 64 : 20, large ? 64 : 20, (long long)github_id,
                   large ? 128 : 40);
        return;
    }
    size_t n = slice_utf8_sequence(login);
    buf_printf(out, "<span class=\"avatar c%d%s\" aria-hidden=\"true\">", (int)(github_id % N_COLOURS),
               large ? " large" : "");
    if (n == 1 && login.ptr[0] >= 'a' && login.ptr[0] <= 'z')
        buf_putc(out, (char)(login.ptr[0] - 'a' + 'A'));
    else if (n)
        html_text(out, slice_from(login.ptr, n));
    else
        buf_putc(out, '?');
    buf_puts(out, "</span>");
}

void part_developer(struct buf *out, const struct request *rq, int64_t github_id, slice login)
{
    buf_puts(out, "<a class=\"who\"");
    part_href(out, rq, RECORD_DEVELOPER, github_id);
    buf_putc(out, '>');
    part_avatar(out, rq, github_id, login, false);
    buf_puts(out, "<bdi>");
    if (login.ptr)
        html_text(out, login);
    else
        buf_printf(out, "developer %lld", (long long)github_id);
    buf_puts(out, "</bdi></a>");
}

void part_repository(struct buf *out, const struct request *rq, int64_t github_id, slice full_name)
{
    buf_puts(out, "<a");
    part_href(out, rq, RECORD_REPOSITORY, github_id);
    buf_puts(out, "><bdi>");
    if (full_name.ptr)
        html_text(out, full_name);
    else
        buf_printf(out, "repository %lld", (long long)github_id);
    buf_puts(out, "</bdi></a>");
}

/* ---- drawings ---- */

void part_table_head(struct buf *out, slice columns)
{
    slice name;
    buf_puts(out, "<thead><tr>");
    while (slice_split(&columns, '|', &name)) {
        bool number = slice_starts(name, SLICE("#"));
        if (!name.len) {
            buf_puts(out, "<td></td>");
            continue;
        }
        buf_printf(out, "<th scope=\"col\"%s>", number ? " class=\"number\"" : "");
        part_words(out, number ? slice_from(name.ptr + 1, name.len - 1) : name);
        buf_puts(out, "</th>");
    }
    buf_puts(out, "</tr></thead><tbody>");
}

void part_table(struct buf *out, const char *label, slice columns)
{
    buf_printf(out, "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"%s\"><table>", label);
    part_table_head(out, columns);
}

void part_table_end(struct buf *out)
{
    buf_puts(out, "</tbody></table></div>");
}

void part_count_cell(struct buf *out, const json_t *object, const char *key)
{
    buf_puts(out, "<td class=\"number\">");
    part_count(out, object, key);
    buf_puts(out, "</td>");
}

static double share_of(int64_t n, int64_t most)
{
    double share = most > 0 ? 100.0 * (double)n / (double)most : 0;
    return share < 0 ? 0 : share > 100 ? 100 : share;
}

static void begin_bar(struct buf *out, int64_t n, int64_t most)
{
    double share = share_of(n, most);
    buf_printf(out,
               "<svg class=\"bar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
               "<rect width=\"%.1f\" height=\"8\"/>",
               n > 0 && share < 0.5 ? 0.5 : share);
}

void part_bar(struct buf *out, int64_t n, int64_t most)
{
    begin_bar(out, n, most);
    buf_puts(out, "</svg>");
}

void part_left(struct buf *out, const json_t *quota)
{
    int64_t left, limit;
    if (json_whole(quota, "rate_remaining", &left) && json_whole(quota, "rate_limit", &limit))
        part_bar(out, left, limit);
    part_count(out, quota, "rate_remaining");
}

void part_gauge(struct buf *out, int64_t n, int64_t most, int64_t mark, int64_t other)
{
    const int64_t marks[] = {mark, other};
    begin_bar(out, n, most);
    for (size_t i = 0; i < ARRAY_LEN(marks); i++)
        if (marks[i] > 0 && marks[i] < most)
            buf_printf(out, "<path d=\"M%.1f 0v8\"/>", share_of(marks[i], most));
    buf_puts(out, "</svg>");
}

void part_sparkline(struct buf *out, const int64_t *values, size_t n, const char *label)
{
    int64_t low = n ? values[0] : 0, high = low;
    for (size_t i = 0; i < n; i++) {
        low = values[i] < low ? values[i] : low;
        high = values[i] > high ? values[i] : high;
    }
    buf_puts(out, "<svg class=\"spark\" viewBox=\"0 0 120 28\" preserveAspectRatio=\"none\" role=\"img\"");
    html_attribute(out, "aria-label", slice_of(label));
    buf_puts(out, "><polyline points=\"");
    for (size_t i = 0; i < n; i++) {
        double x = n > 1 ? 120.0 * (double)i / (double)(n - 1) : 0;
        double y = high > low ? 26 - 24.0 * (double)(values[i] - low) / (double)(high - low) : 26;
        buf_printf(out, "%s%.1f,%.1f", i ? " " : "", x, y);
    }
    buf_puts(out, "\"/></svg>");
}

void part_value(struct buf *out, slice text)
{
    bool padded = slice_trim(text).len != text.len;
    html_between(out, padded ? "“" : "", text, padded ? "”" : "");
}

void part_state(struct buf *out, slice state)
{
    buf_puts(out, "<span class=\"state ");
    html_text(out, state);
    html_between(out, "\">", state, "</span>");
}

bool part_is_unknown(slice note)
{
    return slice_starts(note, SLICE("gone: GitHub knows no such "));
}

void part_job_state(struct buf *out, slice state, slice note)
{
    static const char *const kinds[] = {"gone", "blocked", "incomplete"}; /* how notes begin */
    for (size_t i = 0; slice_eq(state, SLICE("completed")) && i < ARRAY_LEN(kinds); i++) {
        size_t n = strlen(kinds[i]);
        if (!slice_starts(note, slice_of(kinds[i])) || (note.len > n && note.ptr[n] != ':'))
            continue;
        buf_printf(out, "<span class=\"state %s\"", kinds[i]);
        html_attribute(out, "title", note);
        buf_printf(out, ">%s</span>", part_is_unknown(note) ? "not found" : kinds[i]);
        return;
    }
    part_state(out, state);
}

void part_text_row(struct buf *out, const char *name, slice text)
{
    if (!text.len)
        return;
    buf_printf(out, "<div class=\"long\"><dt>%s</dt><dd><bdi>", name);
    html_text(out, text);
    buf_puts(out, "</bdi></dd></div>");
}

void part_time_row(struct buf *out, const char *name, slice iso)
{
    if (!iso.len)
        return;
    buf_printf(out, "<div><dt>%s</dt><dd>", name);
    part_time(out, iso, true);
    buf_puts(out, "</dd></div>");
}

void part_count_row(struct buf *out, const char *name, const json_t *object, const char *key)
{
    int64_t n;
    if (!json_whole(object, key, &n))
        return;
    buf_printf(out, "<div><dt>%s</dt><dd>", name);
    part_number(out, n);
    buf_puts(out, "</dd></div>");
}

void part_words(struct buf *out, slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i] == '_' ? ' ' : name.ptr[i];
        html_text(out, slice_from(&c, 1));
    }
}

void part_title(struct buf *out, slice name)
{
    size_t at = out->len;
    part_words(out, name);
    if (out->len > at && out->ptr[at] >= 'a' && out->ptr[at] <= 'z')
        out->ptr[at] = (char)(out->ptr[at] - 'a' + 'A');
}

void part_button(struct buf *out, const struct request *rq, const char *path, const char *label, bool quiet,
                 const char *const *fields)
{
    slice prefix = page_prefix(rq);
    buf_puts(out, "<form class=\"action\" method=\"post\"");
    html_attribute(out, "action", slice_of(arena_printf(rq->arena, "%.*s%s", SLICE_ARG(prefix), path)));
    buf_putc(out, '>');
    for (size_t i = 0; fields && fields[i]; i += 2) {
        buf_printf(out, "<input type=\"hidden\" name=\"%s\"", fields[i]);
        html_attribute(out, "value", slice_of(fields[i + 1]));
        buf_putc(out, '>');
    }
    buf_printf(out, "<button%s>%s</button></form>", quiet ? " class=\"quiet\"" : "", label);
}

void part_subject(struct buf *out, const struct request *rq, slice kind, slice subject)
{
    slice prefix = page_prefix(rq), owner, name;
    bool of_sample = slice_eq(kind, SLICE("sample")), sample = of_sample && sample_name_ok(subject);
    bool other = of_sample || slice_eq(kind, SLICE("census"));
    bool repository = !other && repo_full_name_ok(subject, &owner, &name);
    if (!sample && !repository && (other || !login_ok(subject))) {
        html_between(out, "<bdi>", subject, "</bdi>");
        return;
    }
    buf_puts(out, "<a");
    html_attribute(out, "href",
                   slice_of(arena_printf(rq->arena, "%.*s/github/%s/%.*s/", SLICE_ARG(prefix),
                                         sample       ? "samples"
                                         : repository ? "repositories/by-name"
                                                      : "developers/by-login",
                                         SLICE_ARG(subject))));
    html_between(out, "><bdi>", subject, "</bdi></a>");
}

void part_page_link(struct buf *out, slice url, const char *rel, const char *text)
{
    if (url.len && html_is_web_address(url)) {
        buf_puts(out, "<a");
        html_attribute(out, "href", url);
        buf_printf(out, " rel=\"%s\">%s</a>", rel, text);
    } else {
        buf_printf(out, "<span class=\"off\" aria-disabled=\"true\">%s</span>", text);
    }
}
