#include "tests/unit/unit.h"

#include "core/log/log.h"
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

static char captured[65536];
static int saved_stderr = -1, read_end = -1;

/* A line is far smaller than a pipe, so nothing has to read meanwhile. */
static void capture(void)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    saved_stderr = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    read_end = ends[0];
}

static const char *captured_text(void)
{
    size_t len = 0;
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    for (ssize_t n; (n = read(read_end, captured + len, sizeof captured - 1 - len)) > 0;)
        len += (size_t)n;
    close(read_end);
    captured[len] = '\0';
    assert_int_equal(strlen(captured), len);
    return captured;
}

static const char *one_line(void)
{
    const char *text = captured_text();
    char *end = strchr(captured, '\n');
    assert_non_null(end);
    assert_string_equal(end, "\n"); /* one line, whole */
    assert_true(strlen(text) <= 8192);
    return text;
}

static json_t *one_json(void)
{
    json_error_t problem;
    json_t *root = json_loads(one_line(), JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &problem);
    if (!root)
        fail_msg("not JSON: %s: %.200s", problem.text, captured);
    return root;
}

static const char *member(json_t *root, const char *key)
{
    return json_string_value(json_object_get(root, key));
}

static void test_log__text_line(void **state)
{
    (void)state;
    log_setup("crawler", LOG_INFO, LOG_TEXT);
    capture();
    log_info("job.retry", L_I64("id", 42), L_STR("why", "rate limit"), L_STR("plain", "a/b"),
             L_STR("none", NULL), L_STR("odd", "a=\"b\"\nc"), L_SLICE("cut", slice_from("xyz", 2)),
             L_STR("accent", "\xc3\xa9\xff"));
    const char *line = one_line();
    assert_non_null(strstr(line, "Z info  crawler job.retry id=42 why=\"rate limit\" plain=a/b none=\"\" "
                                 "odd=\"a=\\\"b\\\"\\nc\" cut=xy accent=\"\xc3\xa9\xef\xbf\xbd\"\n"));
}

static void test_log__json_line(void **state)
{
    (void)state;
    log_setup("api", LOG_DEBUG, LOG_JSON);
    capture();
    log_debug("http.request", L_I64("ms", INT64_MIN), L_STR("path", "/a\"b\\\n\x01"),
              L_SLICE("bad", SLICE("\xff\0z")));
    json_t *root = one_json();
    assert_string_equal(member(root, "level"), "debug");
    assert_string_equal(member(root, "process"), "api");
    assert_string_equal(member(root, "event"), "http.request");
    assert_int_equal(strlen(member(root, "time")), 20);
    assert_true(json_integer_value(json_object_get(root, "ms")) == INT64_MIN);
    assert_string_equal(member(root, "path"), "/a\"b\\\n\x01");
    json_decref(root);
}

static void test_log__levels_below_are_silent(void **state)
{
    (void)state;
    log_setup("x", LOG_WARN, LOG_TEXT);
    assert_true(log_enabled(LOG_ERROR) && log_enabled(LOG_WARN));
    assert_false(log_enabled(LOG_INFO) || log_enabled(LOG_DEBUG));
    capture();
    log_info("quiet");
    log_debug("quiet");
    log_error("loud");
    assert_non_null(strstr(one_line(), " error x loud\n"));
}

static void test_log__hidden_secrets_are_scrubbed(void **state)
{
    (void)state;
    log_hide("ghp_0123456789");
    log_hide("ghp_0123456789abcdef"); /* begins with the other */
    log_hide("pa\"ss\\word");         /* looks different once escaped */
    log_hide("short");                /* refused */
    log_hide(NULL);
    for (int format = LOG_TEXT; format <= LOG_JSON; format++) {
        log_setup("x", LOG_INFO, (enum log_format)format);
        capture();
        log_info("event.ghp_0123456789", L_STR("url", "https://u:ghp_0123456789abcdef@h/?t=ghp_0123456789"),
                 L_STR("key", "pa\"ss\\word"), L_STR("word", "short"));
        const char *line = one_line();
        assert_null(strstr(line, "ghp_0"));
        assert_null(strstr(line, "abcdef"));
        assert_null(strstr(line, "word\\"));
        assert_null(strstr(line, "pa\\"));
        assert_non_null(strstr(line, "https://u:********************@h/?t=**************"));
        assert_non_null(strstr(line, "***********"));
        assert_non_null(strstr(line, "short"));
    }
}

static void test_log__many_secrets_are_all_redacted(void **state)
{
    (void)state;
    char secret[32];
    for (int i = 0; i < 200; i++) {
        snprintf(secret, sizeof secret, "many-secret-%03d", i);
        log_hide(secret);
    }
    log_setup("x", LOG_INFO, LOG_TEXT);
    capture();
    log_info("e", L_STR("a", "many-secret-000"), L_STR("b", "many-secret-199"));
    assert_null(strstr(one_line(), "many-secret"));
}

static void test_log__long_values_are_cut(void **state)
{
    (void)state;
    static char text[20001];
    memset(text, 'a', sizeof text - 1);
    memcpy(text + 1990, "straddling-secret", 17); /* half of it is before the cut */
    log_hide("straddling-secret");
    for (int format = LOG_TEXT; format <= LOG_JSON; format++) {
        log_setup("x", LOG_INFO, (enum log_format)format);
        capture();
        log_info("e", L_STR("long", text), L_STR("after", "here"));
        const char *line = one_line();
        assert_null(strstr(line, "stradd"));
        assert_non_null(strstr(line, "aaa***"));
        assert_non_null(strstr(line, "..."));
        assert_non_null(strstr(line, "here"));
    }
}

static void test_log__crowded_json_line_stays_json(void **state)
{
    (void)state;
    static char text[1501];
    log_setup("x", LOG_INFO, LOG_JSON);
    for (size_t n = 700; n <= 1500; n += 7) { /* control characters grow sixfold */
        memset(text, n % 2 ? '\x01' : 'a', n);
        text[n] = '\0';
        capture();
        log_info("e", L_STR("a", text), L_STR("b", text), L_STR("c", text), L_STR("d", text),
                 L_STR("f", text), L_STR("g", text), L_STR("h", text), L_STR("i", text), L_STR("j", text),
                 L_STR("k", text));
        json_t *root = one_json();
        bool whole = json_object_get(root, "k") != NULL;
        assert_int_equal(json_is_true(json_object_get(root, "cut")), !whole);
        if (json_object_get(root, "a"))
            assert_string_equal(member(root, "a"), text);
        json_decref(root);
    }
}

static void test_log__crowded_text_line_says_so(void **state)
{
    (void)state;
    static char text[1501];
    memset(text, 'b', sizeof text - 1);
    log_setup("x", LOG_INFO, LOG_TEXT);
    capture();
    log_info("e", L_STR("a", text), L_STR("b", text), L_STR("c", text), L_STR("d", text), L_STR("f", text),
             L_STR("g", text), L_STR("h", text));
    const char *line = one_line();
    assert_non_null(strstr(line, " f=bbb"));
    assert_null(strstr(line, " h=bbb"));
    assert_non_null(strstr(line, "b cut=true\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log__text_line),
        cmocka_unit_test(test_log__json_line),
        cmocka_unit_test(test_log__levels_below_are_silent),
        cmocka_unit_test(test_log__hidden_secrets_are_scrubbed),
        cmocka_unit_test(test_log__many_secrets_are_all_redacted),
        cmocka_unit_test(test_log__long_values_are_cut),
        cmocka_unit_test(test_log__crowded_json_line_stays_json),
        cmocka_unit_test(test_log__crowded_text_line_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
