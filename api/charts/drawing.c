#include "api/charts/drawing.h"
#include "api/request/value.h"

/* Allows only its own style, even if the picture is opened by itself. */
#define POLICY "default-src 'none'; style-src 'unsafe-inline'; sandbox"

static int read_size(const struct request *rq, const char *name, int min, int max, int fallback,
                     struct param_errors *errors)
{
    int64_t size = fallback;
    slice text = slice_trim(params_get(&rq->params, name));
    if (text.len && !value_whole(text, min, max, &size))
        param_errors_add(errors, slice_of(name),
                         arena_printf(rq->arena, "Enter a whole number from %d to %d.", min, max));
    return (int)size;
}

void drawing_read(const struct request *rq, struct chart *out, struct param_errors *errors)
{
    static const char *const themes[] = {
        [CHART_AUTO] = "auto", [CHART_LIGHT] = "light", [CHART_DARK] = "dark"};
    slice theme = slice_trim(params_get(&rq->params, "theme"));
    bool known = theme.len == 0;
    out->width = read_size(rq, "width", CHART_MIN_WIDTH, CHART_MAX_WIDTH, 800, errors);
    out->height = read_size(rq, "height", CHART_MIN_HEIGHT, CHART_MAX_HEIGHT, 400, errors);
    for (size_t i = 0; i < ARRAY_LEN(themes); i++) {
        if (slice_eq(theme, slice_of(themes[i]))) {
            out->theme = (enum chart_theme)i;
            known = true;
        }
    }
    if (!known)
        param_errors_add(errors, SLICE("theme"), "Choose from: auto, light, dark.");
}

void drawing_reply(const struct request *rq, struct response *rs, const struct chart *chart)
{
    reply_text(rs, "image/svg+xml; charset=utf-8");
    chart_svg(&rs->body, chart);
    response_header(rs, "Content-Security-Policy", POLICY);
    response_header(rs, "Cache-Control", rq->anonymous ? "public, max-age=3600" : "private, max-age=300");
}
