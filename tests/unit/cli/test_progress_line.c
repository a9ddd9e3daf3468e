#include "tests/unit/unit.h"

#include "cli/terminal/progress_line.h"

static const struct progress_view usual = {.developers_known = 5678,
                                           .developers_synced = 1234,
                                           .repositories_known = 34567,
                                           .repositories_synced = 890,
                                           .requests_a_minute = 120,
                                           .units_left = 4321,
                                           .units_limit = 5000,
                                           .resets_in_ms = 12 * 60000,
                                           .left_ms = 180000,
                                           .waits_ms = -1};
static const struct progress_view unknown = {
    .requests_a_minute = -1, .units_left = -1, .resets_in_ms = -1, .left_ms = -1, .waits_ms = -1};

static const char *line_of(const struct progress_view *view, int width)
{
    static char line[PROGRESS_LINE_MAX + 1];
    int columns = progress_line(view, width, line);
    assert_int_equal(columns, strlen(line));
    return line;
}

static void test_progress_line__every_width_holds(void **state)
{
    (void)state;
    struct progress_view waits = usual, away = usual, huge = usual;
    waits.waits_ms = 3000000;
    away.away = true;
    huge.developers_known = huge.developers_synced = huge.repositories_known = huge.repositories_synced =
        huge.units_left = huge.units_limit = huge.requests_a_minute = huge.resets_in_ms = huge.left_ms =
            INT64_MAX;
    const struct progress_view views[] = {usual, unknown, waits, away, huge};
    for (size_t i = 0; i < ARRAY_LEN(views); i++) {
        for (int width = 0; width <= 260; width++) {
            const char *line = line_of(&views[i], width);
            if ((int)strlen(line) > width || strlen(line) > PROGRESS_LINE_MAX)
                fail_msg("%d columns: \"%s\"", width, line);
            for (const char *c = line; *c; c++)
                assert_true(*c >= ' ' && *c < 0x7f);
            if (width >= 20 && i != 4)
                assert_non_null(strstr(line, i == 1 ? "0" : "1234")); /* synced is always there, uncut */
        }
    }
    assert_string_equal(line_of(&usual, -3), "");
}

static void test_progress_line__says_more_where_there_is_room(void **state)
{
    (void)state;
    assert_string_equal(
        line_of(&usual, 200),
        "developers 1234 of 5678 synced | repositories 890 of 34567 synced | 120 requests/min | "
        "4321 of 5000 units left, reset in 12 min | about 3 min to go");
    static const struct {
        int width;
        const char *words[4], *without;
    } cases[] = {{120, {"1234", "890", "120", "4321"}, NULL},
                 {85, {"1234/5678", "890/34.5k", "120/min", "3 min"}, NULL},
                 {60, {"1234/5678", "4321 left", "reset 12 min", "3 min"}, "890"},
                 {40, {"1234/5678", "3 min", "1234", "1234"}, "890"},
                 {20, {"1234/5678", "1234", "1234", "1234"}, "|"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *line = line_of(&usual, cases[i].width);
        for (size_t j = 0; j < ARRAY_LEN(cases[i].words); j++)
            if (!strstr(line, cases[i].words[j]))
                fail_msg("%d columns: \"%s\" without %s", cases[i].width, line, cases[i].words[j]);
        if (cases[i].without && strstr(line, cases[i].without))
            fail_msg("%d columns: \"%s\" with %s", cases[i].width, line, cases[i].without);
    }
}

static void test_progress_line__leaves_out_what_is_not_known(void **state)
{
    (void)state;
    assert_string_equal(line_of(&unknown, 200), "developers 0 of 0 synced | repositories 0 of 0 synced");
    struct progress_view view = unknown;
    view.units_left = 60;
    view.units_limit = 60;
    assert_non_null(strstr(line_of(&view, 200), "| 60 of 60 units left"));
    assert_null(strstr(line_of(&view, 200), "reset"));
    view.waits_ms = 61000;
    view.left_ms = 5000; /* an estimate means nothing while work waits */
    assert_non_null(strstr(line_of(&view, 200), "waiting for quota, work continues in 61 s"));
    assert_null(strstr(line_of(&view, 200), "about"));
    assert_int_equal(progress_tone(&view), TONE_WAITS);
    view.away = true;
    assert_non_null(strstr(line_of(&view, 200), "GitHub is out of reach"));
    assert_int_equal(progress_tone(&view), TONE_AWAY);
    assert_int_equal(progress_tone(&unknown), TONE_PLAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_progress_line__every_width_holds),
        cmocka_unit_test(test_progress_line__says_more_where_there_is_room),
        cmocka_unit_test(test_progress_line__leaves_out_what_is_not_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
