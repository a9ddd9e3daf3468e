#include "tests/unit/core/config/config_case.h"

static void test_config__authorities(void **state)
{
    (void)state;
    assert_loaded(LOAD());
    assert_null(cfg.github_ca_file);
    setenv("SSL_CERT_FILE", "/etc/all.pem", 1);
    assert_loaded(LOAD());
    assert_string_equal(cfg.github_ca_file, "/etc/all.pem");
    setenv("GITHUB_CA_FILE", "/etc/ours.pem", 1);
    assert_loaded(LOAD());
    assert_string_equal(cfg.github_ca_file, "/etc/ours.pem");
    assert_loaded(LOAD("--github-ca-file", "/etc/flag.pem"));
    assert_string_equal(cfg.github_ca_file, "/etc/flag.pem");
}

static void test_config__logins_of_the_mirror(void **state)
{
    (void)state;
    setenv("GITHUB_USERS", "ada: some_one-else :dependabot[bot]:", 1);
    assert_loaded(LOAD());
    assert_string_equal(cfg.github_users, "ada: some_one-else :dependabot[bot]:");
    static const char *const wrong[] = {"ada,octocat", "ada octocat", "ada;octocat", "ada:@octocat"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        setenv("GITHUB_USERS", wrong[i], 1);
        assert_false(LOAD());
        assert_non_null(strstr(err.text, "GITHUB_USERS: got \""));
        assert_non_null(strstr(err.text, wrong[i]));
        assert_non_null(strstr(err.text, "separated by colons"));
    }
    unsetenv("GITHUB_USERS");
}

static void test_config__tokens_with_blanks_between(void **state)
{
    (void)state;
    setenv("GITHUB_TOKENS", "ghp_a, ghp_b", 1);
    assert_loaded(LOAD());
    assert_string_equal(cfg.github_tokens, "ghp_a, ghp_b");
}

static void test_config__defaults(void **state)
{
    (void)state;
    assert_loaded(LOAD());
    assert_null(cfg.database_url);
    assert_null(cfg.github_token);
    assert_null(cfg.public_url);
    assert_string_equal(cfg.data_dir, "./var");
    assert_string_equal(cfg.github_api_url, "https://api.github.com");
    assert_string_equal(cfg.api_listen, "127.0.0.1:8000");
    assert_string_equal(cfg.mirror_listen, "127.0.0.1:8080");
    assert_string_equal(cfg.discovery_schedule, "0 * * * *");
    assert_string_equal(cfg.heartbeat_schedule, "* * * * *");
    assert_int_equal(cfg.rate_limit_stop_threshold, 25);
    assert_int_equal(cfg.discovery_count, 5);
    assert_int_equal(cfg.crawler_concurrency, 16);
    assert_int_equal(cfg.hydration, HYDRATION_AUTO);
    assert_int_equal(cfg.log_level, LOG_INFO);
    assert_int_equal(cfg.log_format, LOG_TEXT);
}

static void test_config__environment(void **state)
{
    (void)state;
    setenv("DATABASE_URL", "postgresql:///gitomatic", 1);
    setenv("DATABASE_READ_URL", "host=/run/x dbname=y", 1);
    setenv("DISCOVERY_COUNT", "10000", 1);
    setenv("GITHUB_HYDRATION", "rest", 1);
    setenv("LOG_FORMAT", "json", 1);
    setenv("GITHUB_API_URL", "http://127.0.0.1:9/api/v3", 1);
    setenv("GITHUB_TOKEN", "", 1); /* empty is unset */
    setenv("PORT", "5000", 1);
    assert_loaded(LOAD());
    assert_string_equal(cfg.database_url, "postgresql:///gitomatic");
    assert_string_equal(cfg.database_read_url, "host=/run/x dbname=y");
    assert_int_equal(cfg.discovery_count, 10000);
    assert_int_equal(cfg.hydration, HYDRATION_REST);
    assert_int_equal(cfg.log_format, LOG_JSON);
    assert_string_equal(cfg.github_api_url, "http://127.0.0.1:9/api/v3");
    assert_null(cfg.github_token);
    assert_string_equal(cfg.api_listen, "127.0.0.1:5000");
    setenv("API_LISTEN", "[::]:80", 1);
    assert_loaded(LOAD());
    assert_string_equal(cfg.api_listen, "[::]:80"); /* PORT is only a default */
}

static void test_config__flags_override_and_are_taken_out(void **state)
{
    (void)state;
    setenv("DISCOVERY_COUNT", "7", 1);
    setenv("DISCOVERY_SCHEDULE", "@daily", 1);
    assert_loaded(LOAD("crawl", "--discovery-count", "8", "-v", "--discovery-schedule=1 2 * * *", "--other=1",
                       "octocat", "--log-level=debug"));
    assert_int_equal(cfg.discovery_count, 8);
    assert_string_equal(cfg.discovery_schedule, "1 2 * * *");
    assert_int_equal(cfg.log_level, LOG_DEBUG);
    assert_int_equal(argc, 5);
    assert_string_equal(argv[1], "crawl");
    assert_string_equal(argv[2], "-v");
    assert_string_equal(argv[3], "--other=1");
    assert_string_equal(argv[4], "octocat");
    assert_null(argv[5]);
}

static void test_config__empty_flag_is_unset(void **state)
{
    (void)state;
    setenv("GITHUB_TOKEN", "ghp_something", 1);
    setenv("DISCOVERY_COUNT", "7", 1);
    assert_loaded(LOAD("--github-token=", "--discovery-count", "", "--api-listen="));
    assert_null(cfg.github_token);
    assert_int_equal(cfg.discovery_count, 5);
    assert_string_equal(cfg.api_listen, "127.0.0.1:8000");
}

static void test_config__flag_without_value(void **state)
{
    (void)state;
    assert_false(LOAD("crawl", "--discovery-count"));
    assert_int_equal(err.code, ERR_CONFIG);
    assert_non_null(strstr(err.text, "--discovery-count"));
    assert_non_null(strstr(err.text, "value"));
}

/* Each kind of wrong value: setting, value, words of the expectation, whether the value is repeated. */
static const struct {
    const char *name, *value, *expectation;
    bool repeated;
} bad[] = {
    {"DATABASE_URL", "mysql://u:hunter2hunter2@h/d", "postgresql://", false},
    {"DATABASE_URL", "postgres://", "postgresql://", false},
    {"DATABASE_URL", "hunter2hunter2", "not shown, since it may hold a password", false},
    {"DATABASE_READ_URL", "just-text", "key=value", false},
    {"GITHUB_API_URL", "api.github.com", "set it to https://api.github.com", true},
    {"GITHUB_API_URL", "ghp_hunter2.hunter2", "such as https://HOST", false},
    {"GITHUB_API_URL", "ftp://x", "http://", false},
    {"GITHUB_API_URL", "https://", "expected a URL", true}, /* the hint has it too */
    {"GITHUB_API_URL", "https:///x", "https://", false},
    {"GITHUB_API_URL", "https://a b", "https://", false},
    {"GITHUB_API_URL", "https://u:hunter2hunter2@h", "without '@'", false},
    {"GITHUB_API_URL", "https://h/?a", "'?'", false},
    {"PUBLIC_URL", "//x", "http://", false},
    {"PUBLIC_URL", "https://h/#a", "'#'", false},
    {"GITHUB_TOKEN", "ghp with space", "without spaces", false},
    {"GITHUB_TOKENS", "ghp_a,\r\nX-Evil: 1", "control characters", false},
    {"GITHUB_TOKENS", "ghp_a, ghp b", "without spaces", false},
    {"GITHUB_API_KEY", "key\x7f", "control characters", false},
    {"RATE_LIMIT_STOP_THRESHOLD", "-1", "from 0 to 1000000", true},
    {"RATE_LIMIT_STOP_THRESHOLD", "1000001", "from 0 to 1000000", true},
    {"DISCOVERY_COUNT", "ten", "from 0 to 10000", true},
    {"DISCOVERY_COUNT", "10001", "from 0 to 10000", true},
    {"DISCOVERY_COUNT", "5.5", "whole number", true},
    {"CRAWLER_CONCURRENCY", "0", "from 1 to 100", true},
    {"CRAWLER_CONCURRENCY", "101", "from 1 to 100", true},
    {"API_LISTEN", "8000", "HOST:PORT", true},
    {"API_LISTEN", ":8000", "HOST:PORT", true},
    {"API_LISTEN", "h:65536", "HOST:PORT", true},
    {"MIRROR_LISTEN", "h:", "HOST:PORT", true},
    {"MIRROR_LISTEN", "unix:x", "unix:/PATH", true},
    {"MIRROR_SOCKET", "x", "absolute", true},
    {"MIRROR_SOCKET_MODE", "1777", "octal", true},
    {"MIRROR_SOCKET_MODE", "68", "octal", true},
    {"MIRROR_LISTEN", "::1:80", "HOST:PORT", true},
    {"GITHUB_HYDRATION", "soap", "auto|graphql|rest", true},
    {"GITHUB_HYDRATION", "Auto", "auto|graphql|rest", true},
    {"LOG_LEVEL", "verbose", "error|warn|info|debug", true},
    {"LOG_FORMAT", "xml", "text|json", true},
    {"PORT", "http", "from 0 to 65535", true},
    {"PORT", "65536", "from 0 to 65535", true},
};

static void test_config__bad_value_names_setting_and_expectation(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        set_up(state);
        setenv(bad[i].name, bad[i].value, 1);
        if (LOAD())
            fail_msg("%s=%s was taken", bad[i].name, bad[i].value);
        assert_int_equal(err.code, ERR_CONFIG);
        if (strncmp(err.text, bad[i].name, strlen(bad[i].name)) != 0 || !strstr(err.text, bad[i].expectation))
            fail_msg("%s=%s gave: %s", bad[i].name, bad[i].value, err.text);
        if (bad[i].repeated != (strstr(err.text, bad[i].value) != NULL))
            fail_msg("%s: the value is%s repeated: %s", bad[i].name, bad[i].repeated ? " not" : "", err.text);
        assert_null(strstr(err.text, "hunter2"));
    }
}

static void test_config__bad_flag_names_the_setting(void **state)
{
    (void)state;
    assert_false(LOAD("--crawler-concurrency=0"));
    assert_non_null(
        strstr(err.text, "CRAWLER_CONCURRENCY: got \"0\", expected a whole number from 1 to 100"));
}

static void test_config__user_and_key_go_together(void **state)
{
    (void)state;
    setenv("GITHUB_API_USER", "octocat", 1);
    assert_false(LOAD());
    assert_non_null(strstr(err.text, "GITHUB_API_USER is set without GITHUB_API_KEY"));
    unsetenv("GITHUB_API_USER");
    setenv("GITHUB_API_KEY", "key-0123456789", 1);
    assert_false(LOAD());
    assert_non_null(strstr(err.text, "GITHUB_API_KEY is set without GITHUB_API_USER"));
    assert_null(strstr(err.text, "0123456789"));
    setenv("GITHUB_API_USER", "octo:cat", 1);
    assert_false(LOAD());
    assert_non_null(strstr(err.text, "GITHUB_API_USER: expected a login"));
    setenv("GITHUB_API_USER", "octocat", 1);
    assert_loaded(LOAD());
}

static void test_config__listen_addresses(void **state)
{
    (void)state;
    char host[16];
    int port = -1;
    assert_true(config_split_listen("127.0.0.1:0", host, sizeof host, &port));
    assert_string_equal(host, "127.0.0.1");
    assert_int_equal(port, 0);
    assert_true(config_split_listen("[::1]:65535", host, sizeof host, &port));
    assert_string_equal(host, "::1");
    assert_int_equal(port, 65535);
    assert_true(config_split_listen("123456789012345:1", host, sizeof host, &port));
    static const char *const wrong[] = {"1234567890123456:1",
                                        "",
                                        ":",
                                        "h",
                                        "h:",
                                        "h:-1",
                                        "h:65536",
                                        "h:8x",
                                        ":80",
                                        "[]:80",
                                        "[::1:80",
                                        "::1]:80",
                                        "::1:80",
                                        "[::1]",
                                        "[::1]x:80",
                                        "[h]]:80"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        if (config_split_listen(wrong[i], host, sizeof host, &port))
            fail_msg("%s was taken", wrong[i]);
}

static void test_config__pg_variables_name_a_database(void **state)
{
    (void)state;
    assert_false(config_env_names_database());
    setenv("PGHOST", "", 1);
    assert_false(config_env_names_database());
    setenv("PGDATABASE", "x", 1);
    assert_true(config_env_names_database());
}

static void test_config__help_lists_every_setting(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    config_help(out);
    fclose(out);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strncmp(names[i], "PG", 2) != 0 && !strstr(text, names[i]))
            fail_msg("%s is not in the help", names[i]);
    assert_non_null(strstr(text, "(default 16)"));
    free(text);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(test_config__##name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(tokens_with_blanks_between),
        CASE(defaults),
        CASE(authorities),
        CASE(logins_of_the_mirror),
        CASE(environment),
        CASE(flags_override_and_are_taken_out),
        CASE(empty_flag_is_unset),
        CASE(flag_without_value),
        CASE(bad_value_names_setting_and_expectation),
        CASE(bad_flag_names_the_setting),
        CASE(user_and_key_go_together),
        CASE(listen_addresses),
        CASE(pg_variables_name_a_database),
        CASE(help_lists_every_setting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
