/* Lists as tables: each column is a row here, with the kind of its cells. */
#include "api/html/view.h"
#include "api/spec/ordering.h"
#include "api/spec/routes.h"

enum cell {
    CELL_DEVELOPER,
    CELL_REPOSITORY, /* with its description */
    CELL_TEXT,
    CELL_WORDS, /* one of our names, in words */
    CELL_NUMBER,
    CELL_DAY,
    CELL_MINUTE,
    CELL_STATE,
    CELL_JOB,     /* its number */
    CELL_SUBJECT, /* of a job */
    CELL_QUOTA,   /* units left */
    CELL_CHANGE,
    CELL_SAMPLE, /* its name */
    CELL_SHARE,
    CELL_WEBHOOK, /* its number */
};

struct column {
    const char *head, *key;
    enum cell cell;
    bool wide; /* omitted on a phone */
};

/* clang-format off */
#define DEVELOPER_COLUMNS \
    {"Login", "login", CELL_DEVELOPER, false}, \
    {"Name", "name", CELL_TEXT, false}, \
    {"Location", "location", CELL_TEXT, true}, \
    {"Company", "company", CELL_TEXT, true}, \
    {"Followers", "followers_count", CELL_NUMBER, false}, \
    {"Repositories", "public_repos", CELL_NUMBER, true}
#define REPOSITORY_COLUMNS \
    {"Repository", "full_name", CELL_REPOSITORY, false}, \
    {"Language", "language", CELL_TEXT, false}, \
    {"Stars", "stargazers_count", CELL_NUMBER, false}, \
    {"Forks", "forks_count", CELL_NUMBER, true}, \
    {"Issues", "open_issues_count", CELL_NUMBER, true}

static const struct column developer_columns[] = {
    DEVELOPER_COLUMNS, {"Joined", "created_at", CELL_DAY, true}, {"Synced", "synced_at", CELL_DAY, true}};
static const struct column follow_columns[] = {
    DEVELOPER_COLUMNS, {"Synced", "synced_at", CELL_DAY, true}, {"Known since", "first_seen_at", CELL_DAY, false}};
static const struct column stargazer_columns[] = {
    DEVELOPER_COLUMNS, {"Synced", "synced_at", CELL_DAY, true}, {"Starred", "starred_at", CELL_DAY, false}};
static const struct column repository_columns[] = {
    REPOSITORY_COLUMNS, {"Created", "created_at", CELL_DAY, true}, {"Synced", "synced_at", CELL_DAY, true}};
static const struct column starred_columns[] = {
    REPOSITORY_COLUMNS, {"Synced", "synced_at", CELL_DAY, true}, {"Starred", "starred_at", CELL_DAY, false}};
static const struct column rate_limit_columns[] = {
    {"Credential", "credential", CELL_TEXT, false}, {"Resource", "resource", CELL_TEXT, false},
    {"Left", "rate_remaining", CELL_QUOTA, false}, {"Limit", "rate_limit", CELL_NUMBER, true},
    {"Resets", "rate_reset", CELL_MINUTE, false}};
static const struct column job_columns[] = {
    {"Job", "id", CELL_JOB, false}, {"What", "kind", CELL_WORDS, false}, {"Subject", "subject", CELL_SUBJECT, false},
    {"State", "state", CELL_STATE, false}, {"Progress", "progress", CELL_TEXT, true}, {"Pages", "pages", CELL_NUMBER, true},
    {"Cost", "cost", CELL_NUMBER, true}, {"Requested", "created_at", CELL_MINUTE, true}, {"Ended", "finished_at", CELL_MINUTE, true}};
static const struct column sample_columns[] = {
    {"Sample", "name", CELL_SAMPLE, false}, {"Of", "kind", CELL_TEXT, true}, {"Drawn", "drawn", CELL_NUMBER, false},
    {"Asked", "asked", CELL_NUMBER, true}, {"Found", "found", CELL_NUMBER, false}, {"Share", "share", CELL_SHARE, false},
    {"Drawn at", "created_at", CELL_MINUTE, true}};
static const struct column webhook_columns[] = {
    {"Webhook", "id", CELL_WEBHOOK, false}, {"Sent to", "url", CELL_TEXT, false}, {"State", "state", CELL_TEXT, false},
    {"Delivered", "delivered", CELL_NUMBER, false}, {"Last delivery", "delivered_at", CELL_MINUTE, true},
    {"Failed attempts", "attempt", CELL_NUMBER, true}, {"Dead letters", "dead_letters_count", CELL_NUMBER, false}};
static const struct column change_columns[] = {
    {"When", "at", CELL_MINUTE, false}, {"What changed", "type", CELL_CHANGE, false}};

#define TABLE(columns) {columns, ARRAY_LEN(columns)}
static const struct {
    const struct column *columns;
    size_t n;
} tables[N_SHAPES] = {
    [SHAPE_DEVELOPER] = TABLE(developer_columns), [SHAPE_REPOSITORY] = TABLE(repository_columns),
    [SHAPE_FOLLOW] = TABLE(follow_columns), [SHAPE_STARRED] = TABLE(starred_columns),
    [SHAPE_STARGAZER] = TABLE(stargazer_columns), [SHAPE_RATE_LIMIT] = TABLE(rate_limit_columns),
    [SHAPE_JOB] = TABLE(job_columns), [SHAPE_CHANGE] = TABLE(change_columns),
    [SHAPE_SAMPLE] = TABLE(sample_columns), [SHAPE_WEBHOOK] = TABLE(webhook_columns),
};
/* clang-format on */

bool table_fits(enum shape shape)
{
    return tables[shape].n > 0;
}

/* ---- cells ---- */

static void put_text(struct buf *out, slice text)
{
    if (!text.ptr) {
        buf_puts(out, "<span class=\"none\">–</span>");
        return;
    }
    html_between(out, "<bdi>", text, "</bdi>");
}

static void put_repository(struct buf *out, const struct request *rq, const json_t *item)
{
    int64_t id = 0;
    slice about = json_text(item, "description");
    json_whole(item, "github_id", &id);
    part_repository(out, rq, id, json_text(item, "full_name"));
    if (json_is_true(json_object_get(item, "archived")))
        buf_puts(out, " <span class=\"tag\">archived</span>");
    if (json_is_true(json_object_get(item, "fork")))
        buf_puts(out, " <span class=\"tag\">fork</span>");
    if (json_text(item, "gone_at").ptr)
        buf_puts(out, " <span class=\"tag\">gone</span>");
    if (about.len)
        html_between(out, "<small><bdi>", about, "</bdi></small>");
}

static void put_developer(struct buf *out, const struct request *rq, const json_t *item)
{
    int64_t id = 0;
    json_whole(item, "github_id", &id);
    part_developer(out, rq, id, json_text(item, "login"));
    if (slice_eq(json_text(item, "type"), SLICE("Organization")))
        buf_puts(out, " <span class=\"tag\">organisation</span>");
    if (json_text(item, "gone_at").ptr)
        buf_puts(out, " <span class=\"tag\">gone</span>");
}

static void put_job(struct buf *out, const struct request *rq, const json_t *item)
{
    int64_t id = 0;
    slice prefix = page_prefix(rq);
    json_whole(item, "id", &id);
    buf_printf(out, "<a href=\"%.*s/github/jobs/%lld/\">%lld</a>", SLICE_ARG(prefix), (long long)id,
               (long long)id);
}

static void put_sample(struct buf *out, const json_t *item)
{
    buf_puts(out, "<a");
    html_attribute(out, "href", json_text(item, "url"));
    buf_putc(out, '>');
    put_text(out, json_text(item, "name"));
    buf_puts(out, "</a>");
}

/* Of a job, with what a scheduled one waits for. */
static void put_state(struct buf *out, const json_t *item)
{
    slice state = json_text(item, "state"), note = json_text(item, "note"), until = json_text(item, "run_at");
    part_job_state(out, state, note);
    if (!slice_eq(state, SLICE("scheduled")) || !until.len)
        return;
    buf_puts(out, slice_eq(note, SLICE("quota")) ? "<small>for quota, until "
                  : json_text(item, "error").len ? "<small>to try again, at "
                                                 : "<small>until ");
    part_time(out, until, true);
    buf_puts(out, "</small>");
}

static void put_cell(struct buf *out, const struct request *rq, const struct column *column,
                     const json_t *item)
{
    slice text = json_text(item, column->key);
    switch (column->cell) {
    case CELL_DEVELOPER:
        put_developer(out, rq, item);
        break;
    case CELL_REPOSITORY:
        put_repository(out, rq, item);
        break;
    case CELL_TEXT:
        put_text(out, text);
        break;
    case CELL_WORDS:
        part_words(out, text);
        break;
    case CELL_NUMBER:
        part_count(out, item, column->key);
        break;
    case CELL_DAY:
    case CELL_MINUTE:
        if (text.ptr)
            part_time(out, text, column->cell == CELL_MINUTE);
        else
            put_text(out, text);
        break;
    case CELL_STATE:
        put_state(out, item);
        break;
    case CELL_JOB:
        put_job(out, rq, item);
        break;
    case CELL_SUBJECT:
        if (text.len && part_is_unknown(json_text(item, "note")))
            put_text(out, text);
        else if (text.len)
            part_subject(out, rq, json_text(item, "kind"), text);
        else
            put_text(out, (slice){NULL, 0});
        break;
    case CELL_QUOTA:
        part_left(out, item);
        break;
    case CELL_CHANGE:
        change_put(out, rq, item);
        break;
    case CELL_SAMPLE:
        put_sample(out, item);
        break;
    case CELL_SHARE:
        part_share(out, item, column->key);
        break;
    case CELL_WEBHOOK:
        buf_puts(out, "<a");
        html_attribute(out, "href", json_text(item, "self"));
        buf_puts(out, ">");
        part_count(out, item, "id");
        buf_puts(out, "</a>");
        break;
    }
}

/* ---- heads ---- */

static bool can_order(const struct request *rq, const char *key)
{
    size_t n;
    if (!(rq->route->takes & TAKES_ORDERING))
        return false;
    const enum browse_column *columns = ordering_columns(rq->route->list, &n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(browse_column_name(columns[i]), key) == 0)
            return true;
    return false;
}

/* Whether a first click sorts descending: numbers and times do, texts do not. */
static bool begins_down(enum cell cell)
{
    return cell == CELL_NUMBER || cell == CELL_DAY || cell == CELL_MINUTE;
}

static const char *cell_class(const struct column *column)
{
    if (column->cell == CELL_NUMBER || column->cell == CELL_SHARE)
        return column->wide ? "number wide" : "number";
    return column->cell == CELL_CHANGE ? "what" : column->wide ? "wide" : "";
}

static void put_head(struct buf *out, const struct request *rq, const struct column *column)
{
    slice now = params_get(&rq->params, "ordering");
    bool down = now.len && now.ptr[0] == '-';
    slice by = down ? slice_from(now.ptr + 1, now.len - 1) : now;
    bool chosen = slice_eq(by, slice_of(column->key));
    bool sorts = can_order(rq, column->key);
    const char *class = cell_class(column);
    buf_printf(out, "<th scope=\"col\"%s%s%s%s>", *class ? " class=\"" : "", class, *class ? "\"" : "",
               !(sorts && chosen) ? ""
               : down             ? " aria-sort=\"descending\""
                                  : " aria-sort=\"ascending\"");
    if (sorts) {
        bool next_down = chosen ? !down : begins_down(column->cell);
        buf_puts(out, "<a href=\"");
        page_address(out, rq, "ordering",
                     slice_of(arena_printf(rq->arena, "%s%s", next_down ? "-" : "", column->key)));
        buf_printf(out, "\">%s<span aria-hidden=\"true\">%s</span></a>", column->head,
                   !chosen ? ""
                   : down  ? " ↓"
                           : " ↑");
    } else {
        buf_puts(out, column->head);
    }
    buf_puts(out, "</th>");
}

bool table_put(struct buf *out, const struct request *rq, enum shape shape, const json_t *results)
{
    size_t n = tables[shape].n;
    const struct column *columns = tables[shape].columns;
    if (n == 0 || !json_is_array(results))
        return false;
    if (json_array_size(results) == 0) {
        buf_printf(out, "<p class=\"empty\">%s</p>", rq->params.n ? "Nothing matches." : "Nothing here yet.");
        return true;
    }
    buf_puts(out,
             "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Table\"><table><thead><tr>");
    for (size_t i = 0; i < n; i++)
        put_head(out, rq, &columns[i]);
    buf_puts(out, "</tr></thead><tbody>");
    for (size_t row = 0; row < json_array_size(results); row++) {
        buf_puts(out, "<tr>");
        for (size_t i = 0; i < n; i++) {
            const char *tag = i == 0 && columns[i].cell != CELL_MINUTE ? "th scope=\"row\"" : "td";
            const char *class = cell_class(&columns[i]);
            buf_printf(out, "<%s%s%s%s>", tag, *class ? " class=\"" : "", class, *class ? "\"" : "");
            put_cell(out, rq, &columns[i], json_array_get(results, row));
            buf_printf(out, "</%.2s>", tag);
        }
        buf_puts(out, "</tr>");
    }
    buf_puts(out, "</tbody></table></div>");
    return true;
}
