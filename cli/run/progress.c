#include "cli/run/progress.h"
#include "cli/terminal/trend.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "schema/report/notices.h"
#include "schema/report/status.h"
#include <stdio.h>
#include <stdlib.h>

#define FIRST_MS       1000
#define ASK_MS         3000
#define ASK_QUIETLY_MS 10000
#define DRAW_MS        1000
#define LINE_MS        60000
#define RATE_OVER_MS   60000
#define PACE_OVER_MS   180000

/* Notices that were printed. Those in PRINTED_ONCE are not printed again, since the same condition ends and begins by itself: a wait for
 * the quota takes the place of the notice that no token is set, and a refused credential is tried again now and then. */
enum {
    PRINTED_NO_TOKEN = 1,
    PRINTED_REFUSED = 2,
    PRINTED_AWAY = 4,
    PRINTED_WAITS = 8,
    PRINTED_EXPIRES = 16,
    PRINTED_ONCE = PRINTED_NO_TOKEN | PRINTED_REFUSED
};

struct progress {
    const char *url;
    struct console *console;
    struct db *db;
    struct arena *arena;
    int64_t ask_at_ms, draw_at_ms, line_at_ms; /* monotonic */
    bool any;                                  /* the fields below are filled; strings live in the arena */
    struct status_progress now;
    struct trend requests, work;
    int width;        /* of the displayed line */
    unsigned printed; /* of the enum above */
    uint64_t expires; /* what the printed notice of an expiry was about */
};

struct progress *progress_create(const char *url, struct console *console, bool knows_no_token)
{
    struct progress *p = xcalloc(1, sizeof *p);
    p->url = url;
    p->console = console;
    p->arena = arena_create();
    p->ask_at_ms = clock_mono_ms() + FIRST_MS;
    p->printed = knows_no_token ? PRINTED_NO_TOKEN : 0;
    return p;
}

void progress_destroy(struct progress *p)
{
    if (!p)
        return;
    db_close(p->db);
    arena_destroy(p->arena);
    free(p);
}

/* ---- display ---- */

static int64_t until(int64_t at_ms, int64_t now_ms)
{
    return at_ms > now_ms ? at_ms - now_ms : 0;
}

static struct progress_view view_of(const struct progress *p)
{
    const struct status_progress *s = &p->now;
    int64_t now = clock_wall_ms();
    bool waits = s->blocked.n_waiting > 0 && s->blocked.n_waiting == s->open_jobs;
    return (struct progress_view){
        .developers_known = s->counts.developers_known,
        .developers_synced = s->counts.developers_synced,
        .repositories_known = s->counts.repositories_known,
        .repositories_synced = s->counts.repositories_synced,
        .requests_a_minute = trend_a_minute(&p->requests),
        .units_left = s->has_quota ? s->rate_remaining : -1,
        .units_limit = s->rate_limit,
        .resets_in_ms = s->has_quota && s->rate_reset_ms > now ? until(s->rate_reset_ms, now) : -1,
        .left_ms = s->open_jobs ? trend_left_ms(&p->work) : -1,
        .waits_ms = waits ? until(s->blocked.resumes_at_ms, now) : -1,
        .away = s->blocked.away_since_ms != 0,
    };
}

static void draw(struct progress *p)
{
    char line[PROGRESS_LINE_MAX + 1];
    const struct progress_view view = view_of(p);
    p->width = console_width(p->console);
    p->draw_at_ms = clock_mono_ms() + DRAW_MS;
    progress_line(&view, p->width, line);
    console_progress(p->console, line, progress_tone(&view));
}

/* "12:34:56  TEXT" */
static void print_line(struct progress *p, const char *text)
{
    char line[600], at[CLOCK_ISO_SIZE];
    clock_iso(clock_wall_ms(), at);
    int n = snprintf(line, sizeof line, "%.8s  %s\n", at + sizeof "YYYY-MM-DD", text);
    console_print(p->console, line, n < (int)sizeof line ? (size_t)n : sizeof line - 1);
}

static void print_progress(struct progress *p)
{
    char line[PROGRESS_LINE_MAX + 1];
    const struct progress_view view = view_of(p);
    p->line_at_ms = clock_mono_ms() + LINE_MS;
    progress_line(&view, PROGRESS_LINE_MAX, line);
    print_line(p, line);
}

/* ---- notices ---- */

static unsigned kind_of(const struct notice *notice)
{
    if (strcmp(notice->code, "token_refused") == 0)
        return PRINTED_REFUSED;
    if (strcmp(notice->code, "token_expires") == 0)
        return PRINTED_EXPIRES;
    if (strcmp(notice->code, "github_away") == 0)
        return PRINTED_AWAY;
    return notice->until_ms ? PRINTED_WAITS : PRINTED_NO_TOKEN;
}

/* Each when it begins; an expiry also when it is another credential's or at another time. */
static void tell(struct progress *p)
{
    struct notice notices[MAX_NOTICES];
    const struct status_progress *s = &p->now;
    unsigned printed = p->printed & PRINTED_ONCE;
    size_t n =
        notices_make(s->credentials, s->n_credentials, s->rate_limit, &s->blocked, clock_wall_ms(), notices);
    for (size_t i = 0; i < n; i++) {
        unsigned kind = kind_of(&notices[i]);
        bool other = kind == PRINTED_EXPIRES && notices[i].about != p->expires;
        if (!(p->printed & kind) || other)
            print_line(p, notices[i].text);
        if (kind == PRINTED_EXPIRES)
            p->expires = notices[i].about;
        printed |= kind;
    }
    p->printed = printed;
}

/* ---- the database ---- */

static bool ask(struct progress *p)
{
    struct err ignored;
    int64_t now = clock_mono_ms();
    const struct db_options options = {
        .url = p->url, .application = "gitomatic up", .statement_timeout_ms = 3000};
    p->ask_at_ms = now + (console_is_terminal(p->console) ? ASK_MS : ASK_QUIETLY_MS);
    p->any = false;
    arena_reset(p->arena);
    if ((!p->db && !db_open(&options, &p->db, &ignored)) ||
        !status_progress(p->db, p->arena, &p->now, &ignored))
        return false;
    p->any = true;
    trend_count(&p->requests, now, p->now.requests, RATE_OVER_MS);
    trend_add(&p->work, now, p->now.open_jobs + p->now.stubs_waiting, PACE_OVER_MS);
    return true;
}

void progress_look(struct progress *p)
{
    int64_t now = clock_mono_ms();
    bool asked = now >= p->ask_at_ms && ask(p);
    if (asked)
        tell(p);
    if (!p->any)
        return;
    if (!console_is_terminal(p->console)) {
        if (asked && now >= p->line_at_ms)
            print_progress(p);
        return;
    }
    if (asked || now >= p->draw_at_ms || console_width(p->console) != p->width)
        draw(p);
}
