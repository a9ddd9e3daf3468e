/* Samples of GitHub's ids as pages: a sample with its share and interval, its tabs, and the form that requests one. */
#include "api/html/view.h"
#include "api/spec/routes.h"

#define PARTS 1000000.0 /* a share as a whole number of these */

/* ---- the form ---- */

static void put_field(struct buf *out, const char *name, const char *label, const char *more,
                      const char *hint)
{
    buf_printf(out,
               "<label><span>%s</span><input name=\"%s\" autocomplete=\"off\" spellcheck=\"false\"%s>"
               "<small>%s</small></label>",
               label, name, more, hint);
}

void sample_form(struct buf *out, const struct request *rq)
{
    slice prefix = page_prefix(rq);
    if (!page_may_write(rq))
        return;
    buf_printf(
        out,
        "<h2>Draw a sample</h2><form class=\"post\" method=\"post\" action=\"%.*s/github/tasks/\">"
        "<input type=\"hidden\" name=\"name\" value=\"sample\"><div class=\"row\"><label><span>Of</span>"
        "<select name=\"kind\"><option>users</option><option>repositories</option></select>"
        "<small>Ids are drawn from 1 to the highest that is known.</small></label>",
        SLICE_ARG(prefix));
    put_field(out, "n", "Ids to draw", " inputmode=\"numeric\" required value=\"1000\"",
              "Up to 1,000,000. One request asks for a hundred.");
    put_field(out, "seed", "Seed", " inputmode=\"numeric\" value=\"1\"", "The same seed draws the same ids.");
    put_field(out, "sample_name", "Name", " maxlength=\"64\"",
              "Optional. Default: made from kind, n and seed.");
    buf_puts(out, "<span class=\"buttons\"><button>Draw</button></span></div></form>"
                  "<p class=\"hint\">The same by command: <code>gitomatic sample users --n 1000 --seed "
                  "1</code></p>");
}

/* ---- tabs ---- */

void sample_tabs(struct buf *out, const struct request *rq, bool users)
{
    slice prefix = page_prefix(rq);
    const struct {
        const char *path, *name;
        bool here;
    } tabs[] = {{"", "Overview", rq->route->shape == SHAPE_SAMPLE},
                {users ? "developers/" : "repositories/", "Members", rq->route->shape != SHAPE_SAMPLE}};
    buf_puts(out, "<nav class=\"tabs\" aria-label=\"Parts\"><ul>");
    for (size_t i = 0; i < ARRAY_LEN(tabs); i++) {
        buf_puts(out, "<li><a");
        html_attribute(out, "href",
                       slice_of(arena_printf(rq->arena, "%.*s/github/samples/%.*s/%s", SLICE_ARG(prefix),
                                             SLICE_ARG(rq->args[0]), tabs[i].path)));
        buf_printf(out, "%s>%s</a></li>", tabs[i].here ? " aria-current=\"page\"" : "", tabs[i].name);
    }
    buf_puts(out, "</ul></nav>");
}

/* ---- one sample ---- */

static void put_tile(struct buf *out, const char *name, const json_t *sample, const char *key,
                     const char *hint)
{
    buf_printf(out, "<li><h2>%s</h2><p class=\"figure\">", name);
    part_count(out, sample, key);
    buf_printf(out, "</p><p class=\"growth\">%s</p></li>", hint);
}

static void put_tiles(struct buf *out, const json_t *sample)
{
    buf_puts(out, "<ul class=\"tiles\">");
    put_tile(out, "Drawn", sample, "drawn", "ids");
    put_tile(out, "Asked", sample, "asked", "GitHub has answered for these");
    put_tile(out, "Found", sample, "found", "they exist");
    buf_puts(out, "<li><h2>Share</h2><p class=\"figure\">");
    part_share(out, sample, "share");
    buf_puts(out, "</p><p class=\"growth\">found of the requested ids</p></li></ul>");
}

/* From the share to a number of ids of the frame. */
static void put_scaled(struct buf *out, double share, int64_t frame)
{
    part_number(out, (int64_t)(share * (double)frame + 0.5));
}

/* The estimate for all ids of the frame. */
static void put_estimate(struct buf *out, const json_t *sample, bool users)
{
    const json_t *interval = json_object_get(sample, "interval");
    double low = json_number_value(json_array_get(interval, 0)),
           high = json_number_value(json_array_get(interval, 1)),
           share = json_number_value(json_object_get(sample, "share"));
    const char *what = users ? "users" : "repositories";
    int64_t to = 0, asked = 0;
    json_whole(json_object_get(sample, "frame"), "to", &to);
    buf_puts(out, "<section class=\"panel\"><h2>Estimate for all ids</h2>");
    if (!json_whole(sample, "asked", &asked) || asked == 0) {
        buf_puts(out, "<p class=\"hint\">No answer from GitHub yet.</p></section>");
        return;
    }
    buf_puts(out, "<p class=\"interval\">");
    part_gauge(out, (int64_t)(share * PARTS), (int64_t)PARTS, (int64_t)(low * PARTS),
               (int64_t)(high * PARTS));
    part_percent(out, share);
    buf_puts(out, ", between ");
    part_percent(out, low);
    buf_puts(out, " and ");
    part_percent(out, high);
    buf_puts(out, " in 95 of 100 samples</p><p>Of the ids from 1 to ");
    part_number(out, to);
    buf_puts(out, ", about ");
    put_scaled(out, share, to);
    buf_printf(out, " are %s today (", what);
    put_scaled(out, low, to);
    buf_puts(out, " to ");
    put_scaled(out, high, to);
    buf_puts(out, ").</p></section>");
}

static void put_facts(struct buf *out, const json_t *sample)
{
    static const struct {
        const char *key, *name;
    } times[] = {{"created_at", "Drawn at"}, {"finished_at", "Finished"}};
    html_between(out, "<dl class=\"card\"><div><dt>Of</dt><dd>", json_text(sample, "kind"),
                 "</dd></div><div><dt>Frame</dt><dd>1 to ");
    part_count(out, json_object_get(sample, "frame"), "to");
    int64_t seed = 0;
    json_whole(sample, "seed", &seed);
    buf_printf(out, "</dd></div><div><dt>Seed</dt><dd>%lld</dd></div>", (long long)seed);
    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        slice at = json_text(sample, times[i].key);
        buf_printf(out, "<div><dt>%s</dt><dd>", times[i].name);
        if (at.ptr)
            part_time(out, at, true);
        else
            buf_puts(out, "not yet");
        buf_puts(out, "</dd></div>");
    }
    buf_puts(out, "</dl>");
}

void sample_put(struct buf *out, struct request *rq, struct response *rs, const json_t *sample)
{
    slice name = json_text(sample, "name");
    bool users = slice_eq(json_text(sample, "kind"), SLICE("users"));
    view_begin(out, rq, slice_of(arena_printf(rq->arena, "Sample %.*s", SLICE_ARG(name))), NULL);
    page_breadcrumb(out, rq);
    html_between(out, "<h1>Sample <bdi>", name, "</bdi></h1>");
    page_notices(out, rs);
    sample_tabs(out, rq, users);
    buf_puts(out, "<section id=\"answer\" aria-label=\"Answer\">");
    put_tiles(out, sample);
    put_estimate(out, sample, users);
    put_facts(out, sample);
    buf_puts(out, "<p><a");
    html_attribute(out, "href", json_text(sample, "members_url"));
    buf_printf(out, ">The %s that were found</a></p>", users ? "users" : "repositories");
    request_put(out, rq);
    buf_puts(out, "</section>");
    view_end(out, rq);
}
