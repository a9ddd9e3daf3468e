#include "tests/unit/unit.h"

#include "api/charts/chart_svg.h"

#define MANY 20000

static struct chart_point points[MANY];

static char *draw(const struct chart *chart)
{
    struct buf out;
    buf_init(&out, 0);
    chart_svg(&out, chart);
    assert_true(out.len < CHART_MAX_BYTES);
    buf_putc(&out, '\0');
    return out.ptr;
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (; (text = strstr(text, what)); text += strlen(what))
        n++;
    return n;
}

static struct chart plain(const struct chart_series *series, size_t n)
{
    return (struct chart){.title = SLICE("t"),
                          .description = SLICE("d"),
                          .series = series,
                          .n_series = n,
                          .dates = true,
                          .width = 800,
                          .height = 400,
                          .theme = CHART_LIGHT};
}

static void test_chart__nothing_and_one_point(void **state)
{
    struct chart_series series = {.name = SLICE("n"), .points = points, .n = 0};
    struct chart chart = plain(&series, 1);
    (void)state;
    char *svg = draw(&chart);
    assert_non_null(strstr(svg, "Nothing was observed."));
    free(svg);
    points[0] = (struct chart_point){20000, 5};
    series.n = 1;
    svg = draw(&chart);
    assert_int_equal(count(svg, "<circle"), 1);
    assert_null(strstr(svg, "nan"));
    assert_null(strstr(svg, "inf"));
    free(svg);
    chart.bars = true;
    svg = draw(&chart);
    assert_int_equal(count(svg, "V"), 1);
    free(svg);
}

/* Whatever the numbers, the size and the scale: below the bound, no number that is none, and inside the picture. */
static void test_chart__extremes(void **state)
{
    static const int64_t tops[] = {0, 1, 7, 999, 1000, 123456789, INT64_MAX};
    (void)state;
    char name[600];
    memset(name, '&', sizeof name);
    for (size_t t = 0; t < ARRAY_LEN(tops); t++) {
        for (unsigned kind = 0; kind < 16; kind++) {
            struct chart_series series[CHART_MAX_SERIES];
            size_t n_series = kind & 1 ? CHART_MAX_SERIES : 1;
            for (int i = 0; i < MANY; i++)
                points[i] = (struct chart_point){10000 + i, tops[t] / MANY * i};
            points[MANY - 1].y = tops[t];
            for (size_t i = 0; i < n_series; i++)
                series[i] = (struct chart_series){slice_from(name, sizeof name), points, MANY - i};
            struct chart chart = {.title = slice_from(name, sizeof name),
                                  .description = slice_from(name, sizeof name),
                                  .series = series,
                                  .n_series = n_series,
                                  .log = kind & 2,
                                  .dates = kind & 4,
                                  .bars = (kind & 9) == 8,
                                  .width = kind & 8 ? CHART_MIN_WIDTH : CHART_MAX_WIDTH,
                                  .height = kind & 8 ? CHART_MIN_HEIGHT : CHART_MAX_HEIGHT};
            char *svg = draw(&chart);
            assert_null(strstr(svg, "nan"));
            assert_null(strstr(svg, "inf"));
            assert_null(strstr(svg, "&&"));
            assert_null(strstr(svg, "M-"));
            free(svg);
        }
    }
}

static void test_chart__ends_are_kept_and_bars_keep_the_tallest(void **state)
{
    struct chart_series series = {.name = SLICE("n"), .points = points, .n = MANY};
    struct chart chart = plain(&series, 1);
    (void)state;
    for (int i = 0; i < MANY; i++)
        points[i] = (struct chart_point){i, 10};
    points[777].y = 100;
    chart.bars = true;
    chart.dates = false;
    char *svg = draw(&chart);
    assert_non_null(strstr(svg, "V34.0")); /* the top of the frame: 100 is the greatest */
    free(svg);
    points[777].y = 10;
    chart.bars = false;
    svg = draw(&chart);
    assert_non_null(strstr(svg, "\"M52.0 ")); /* from the left edge */
    assert_non_null(strstr(svg, " 784.0 "));  /* to the right one */
    free(svg);
}

static void test_chart__texts(void **state)
{
    struct chart_series series[2] = {{.name = SLICE("<b>&\"'")}, {.name = SLICE("\x01\xff\xef\xbf\xbf")}};
    struct chart chart = plain(series, 2);
    (void)state;
    chart.title = SLICE("</title><script>");
    char *svg = draw(&chart);
    assert_null(strstr(svg, "<script"));
    assert_null(strstr(svg, "<b>"));
    assert_non_null(strstr(svg, "&lt;b&gt;&amp;&quot;&#39;"));
    assert_non_null(strstr(svg, ">\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd<"));
    free(svg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chart__nothing_and_one_point),
        cmocka_unit_test(test_chart__extremes),
        cmocka_unit_test(test_chart__ends_are_kept_and_bars_keep_the_tallest),
        cmocka_unit_test(test_chart__texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
