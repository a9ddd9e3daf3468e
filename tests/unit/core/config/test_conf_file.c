#include "core/config/conf_file.h"
#include "tests/unit/unit.h"
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[] = "/tmp/gitomatic-conf-XXXXXX";

static const char *const touched[] = {"DISCOVERY_COUNT",         "LOG_LEVEL", "GITHUB_TOKEN",
                                      "GITHUB_TOKEN_FILE",       "PGHOST",    "PUBLIC_URL",
                                      "GITOMATIC_CONF_VARIABLES"};

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(touched); i++)
        unsetenv(touched[i]);
    return setenv("GITOMATIC_CONF", path, 1);
}

static bool load(const char *text, size_t len, struct err *err)
{
    bool unreadable;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
    *err = (struct err){.code = ERR_NONE};
    return conf_file_load(&unreadable, err);
}

static void test_conf_file__lines_become_variables(void **state)
{
    (void)state;
    struct err err;
    static const char text[] = "# a comment = not a setting\n\n  DISCOVERY_COUNT = 7 \r\nLOG_LEVEL='debug'\n"
                               "PGHOST=\"/run/my server\"\nPUBLIC_URL=http://h/?a=b";
    assert_true(load(text, sizeof text - 1, &err));
    assert_string_equal(getenv("DISCOVERY_COUNT"), "7");
    assert_string_equal(getenv("LOG_LEVEL"), "debug");
    assert_string_equal(getenv("PGHOST"), "/run/my server");
    assert_string_equal(getenv("PUBLIC_URL"), "http://h/?a=b");
}

static void test_conf_file__the_environment_overrides_the_file(void **state)
{
    (void)state;
    struct err err;
    static const char text[] = "DISCOVERY_COUNT=7\nGITHUB_TOKEN=from-the-conf\nLOG_LEVEL=debug\n";
    setenv("DISCOVERY_COUNT", "8", 1);
    setenv("GITHUB_TOKEN_FILE", "/run/secrets/token", 1); /* the other form of the same setting */
    setenv("LOG_LEVEL", "", 1);                           /* set to nothing: the default */
    assert_true(load(text, sizeof text - 1, &err));
    assert_string_equal(getenv("DISCOVERY_COUNT"), "8");
    assert_null(getenv("GITHUB_TOKEN"));
    assert_string_equal(getenv("LOG_LEVEL"), "");
}

static void test_conf_file__both_forms_of_a_secret_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *line;
    } cases[] = {
        {"GITHUB_TOKEN=s3cret\nGITHUB_TOKEN_FILE=/run/t\n", "line 2"},
        {"GITHUB_TOKEN_FILE=/run/t\n\nGITHUB_TOKEN=s3cret\n", "line 3"},
        {"GITHUB_API_KEY=s3cret\nLOG_LEVEL=info\nGITHUB_API_KEY_FILE='/run/t'\n", "line 3"},
        {"DATABASE_URL_FILE=/run/t\nDATABASE_URL=postgresql://u:s3cret@h/d\n", "line 2"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err;
        assert_false(load(cases[i].text, strlen(cases[i].text), &err));
        assert_int_equal(err.code, ERR_CONFIG);
        assert_non_null(strstr(err.text, cases[i].line));
        assert_non_null(strstr(err.text, "_FILE"));
        assert_non_null(strstr(err.text, "are both set: expected one of them"));
        assert_null(strstr(err.text, "s3cret"));
    }
}

/* Empty is unset, as in the environment. */
static void test_conf_file__an_empty_form_leaves_the_other(void **state)
{
    (void)state;
    struct err err;
    static const char *const texts[] = {"GITHUB_TOKEN=\nGITHUB_TOKEN_FILE=/run/t\n",
                                        "GITHUB_TOKEN_FILE=/run/t\nGITHUB_TOKEN=\n"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        assert_true(load(texts[i], strlen(texts[i]), &err));
        assert_string_equal(getenv("GITHUB_TOKEN_FILE"), "/run/t");
    }
}

/* As a child process sees it, whose parent had the file's settings in its environment. */
static void test_conf_file__a_child_reads_the_file_of_now(void **state)
{
    (void)state;
    struct err err;
    static const char before[] = "DISCOVERY_COUNT=7\nLOG_LEVEL=debug\nPUBLIC_URL=http://a\n",
                      after[] = "DISCOVERY_COUNT=9\nPUBLIC_URL=http://b\nGITHUB_TOKEN=new\n";
    assert_true(load(before, sizeof before - 1, &err));
    assert_true(conf_file_owns("DISCOVERY_COUNT") && conf_file_owns("LOG_LEVEL") &&
                !conf_file_owns("PGHOST"));
    assert_true(conf_file_override("PUBLIC_URL", "http://mine", &err));
    assert_false(conf_file_owns("PUBLIC_URL"));
    assert_true(load(after, sizeof after - 1, &err));
    assert_string_equal(getenv("DISCOVERY_COUNT"), "9");
    assert_null(getenv("LOG_LEVEL"));
    assert_string_equal(getenv("PUBLIC_URL"), "http://mine");
    assert_string_equal(getenv("GITHUB_TOKEN"), "new");
}

static void test_conf_file__errors_name_file_and_line_and_no_value(void **state)
{
    (void)state;
    static const struct {
        const char *text, *line, *says;
    } bad[] = {
        {"LOG_LEVEL=info\nDISCOVERY_COUNT\n", "line 2", "expected NAME=VALUE"},
        {"discovery_count=7\n", "line 1", "expected NAME=VALUE"},
        {"export LOG_LEVEL=s3cret\n", "line 1", "expected NAME=VALUE"},
        {"\n\nDISCOVERY_CUONT=s3cret\n", "line 3", "DISCOVERY_CUONT is not a setting"},
        {"LD_PRELOAD=s3cret\n", "line 1", "LD_PRELOAD is not a setting"},
        {"LOG_LEVEL=info\nLOG_LEVEL=s3cret\n", "line 2", "set twice"},
        {"GITHUB_TOKEN='s3cret\n", "line 1", "expected a quote at the end"},
        {"GITHUB_TOKEN=\"s3cret\" # mine\n", "line 1", "expected a quote at the end"},
        {"=s3cret\n", "line 1", "expected NAME=VALUE"},
    };
    struct err err;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_false(load(bad[i].text, strlen(bad[i].text), &err));
        assert_int_equal(err.code, ERR_CONFIG);
        assert_non_null(strstr(err.text, path));
        assert_non_null(strstr(err.text, bad[i].line));
        assert_non_null(strstr(err.text, bad[i].says));
        assert_null(strstr(err.text, "s3cret"));
    }
    assert_false(load("LOG_LEVEL=a\0b\n", 14, &err));
    assert_non_null(strstr(err.text, "NUL"));
}

static void test_conf_file__a_named_file_must_be_there_and_regular(void **state)
{
    (void)state;
    struct err err = {.code = ERR_NONE};
    bool unreadable;
    setenv("GITOMATIC_CONF", "/nowhere/gitomatic.conf", 1);
    assert_false(conf_file_load(&unreadable, &err));
    assert_non_null(strstr(err.text, "GITOMATIC_CONF"));
    err = (struct err){.code = ERR_NONE};
    setenv("GITOMATIC_CONF", "/tmp", 1);
    assert_false(conf_file_load(&unreadable, &err));
    assert_non_null(strstr(err.text, "regular file"));
}

static void test_conf_file__too_large(void **state)
{
    (void)state;
    struct err err;
    static char text[CONF_FILE_MAX_BYTES + 1];
    memset(text, '\n', sizeof text);
    assert_true(load(text, sizeof text - 1, &err));
    assert_false(load(text, sizeof text, &err));
}

int main(void)
{
    int fd = mkstemp(path);
    if (fd < 0)
        return 1;
    close(fd);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_conf_file__a_child_reads_the_file_of_now, set_up),
        cmocka_unit_test_setup(test_conf_file__lines_become_variables, set_up),
        cmocka_unit_test_setup(test_conf_file__the_environment_overrides_the_file, set_up),
        cmocka_unit_test_setup(test_conf_file__errors_name_file_and_line_and_no_value, set_up),
        cmocka_unit_test_setup(test_conf_file__both_forms_of_a_secret_are_refused, set_up),
        cmocka_unit_test_setup(test_conf_file__an_empty_form_leaves_the_other, set_up),
        cmocka_unit_test_setup(test_conf_file__a_named_file_must_be_there_and_regular, set_up),
        cmocka_unit_test_setup(test_conf_file__too_large, set_up),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
