#include "tests/unit/unit.h"

#include "core/config/config.h"
#include <stdio.h>
#include <unistd.h>

static const char *const names[] = {
    "DATABASE_URL",
    "DATABASE_READ_URL",
    "GITOMATIC_DATA",
    "GITHUB_API_URL",
    "GITHUB_TOKEN",
    "GITHUB_TOKENS",
    "GITHUB_API_USER",
    "GITHUB_API_KEY",
    "API_LISTEN",
    "RATE_LIMIT_STOP_THRESHOLD",
    "MIRROR_LISTEN",
    "MIRROR_SOCKET",
    "MIRROR_SOCKET_MODE",
    "MIRROR_TLS_CERT_FILE",
    "MIRROR_TLS_KEY_FILE",
    "MIRROR_NEGATIVE_SECONDS",
    "MIRROR_IMMUTABLE_SECONDS",
    "PUBLIC_URL",
    "DISCOVERY_SCHEDULE",
    "DISCOVERY_COUNT",
    "HEARTBEAT_SCHEDULE",
    "GITHUB_HYDRATION",
    "GITHUB_USERS",
    "CRAWLER_CONCURRENCY",
    "LOG_LEVEL",
    "LOG_FORMAT",
    "LOG_TARGET",
    "PORT",
    "PGHOST",
    "PGHOSTADDR",
    "PGSERVICE",
    "PGDATABASE",
    "GITHUB_CA_FILE",
    "SSL_CERT_FILE",
    "GITHUB_WEBHOOK_SECRET",
    "DATABASE_URL_FILE",
    "DATABASE_READ_URL_FILE",
    "GITHUB_TOKEN_FILE",
    "GITHUB_TOKENS_FILE",
    "GITHUB_API_KEY_FILE",
    "GITHUB_WEBHOOK_SECRET_FILE",
};

static struct config cfg;
static struct err err;
static char *argv[20];
static int argc;
static char paths[8][64]; /* of files that hold secrets */

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        unsetenv(names[i]);
    memset(&err, 0, sizeof err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    config_finish(&cfg);
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        unlink(paths[i]);
    return 0;
}

static bool load(const char *const *arguments)
{
    config_finish(&cfg);
    argv[0] = (char *)"gitomatic";
    argc = 1;
    for (; *arguments; arguments++)
        argv[argc++] = (char *)(uintptr_t)*arguments;
    argv[argc] = NULL;
    return config_load(&cfg, &argc, argv, &err);
}

#define LOAD(...) load((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static void assert_loaded(bool loaded)
{
    if (!loaded)
        fail_msg("%s", err.text);
}

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
    {"DATABASE_READ_URL", "just-text", "key=value", false},
    {"GITHUB_API_URL", "api.github.com", "http://", false},
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

/* A file with this content; the path lives until 8 calls later. */
static const char *file_with(const char *content, size_t n)
{
    static size_t next;
    char *path = paths[next++ % ARRAY_LEN(paths)];
    unlink(path);
    snprintf(path, sizeof paths[0], "/tmp/gitomatic-config-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, content, n) == (ssize_t)n);
    close(fd);
    return path;
}

#define FILE_WITH(text) file_with(text, sizeof(text) - 1)

static void test_config__secrets_from_files(void **state)
{
    (void)state;
    const struct {
        const char *variable;
        const char *const *value;
    } all[] = {{"GITHUB_TOKEN_FILE", &cfg.github_token},
               {"GITHUB_TOKENS_FILE", &cfg.github_tokens},
               {"GITHUB_WEBHOOK_SECRET_FILE", &cfg.github_webhook_secret}};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        static const char *const ends[] = {"", "\n", "\r\n", "\n\n"};
        for (size_t j = 0; j < ARRAY_LEN(ends); j++) {
            char content[64];
            int n = snprintf(content, sizeof content, "value-of-a-secret%s", ends[j]);
            const char *path = file_with(content, (size_t)n);
            setenv(all[i].variable, path, 1);
            assert_loaded(LOAD());
            assert_string_equal(*all[i].value, "value-of-a-secret");
            unlink(path);
        }
        unsetenv(all[i].variable);
    }
    setenv("DATABASE_URL_FILE", FILE_WITH("postgresql://u:p@h/d\n"), 1);
    setenv("GITHUB_API_USER", "ada", 1);
    setenv("DATABASE_READ_URL", "postgresql://u@other/d\n", 1);
    setenv("GITHUB_API_KEY_FILE", FILE_WITH("the-key\n"), 1);
    assert_loaded(LOAD());
    assert_string_equal(cfg.database_url, "postgresql://u:p@h/d");
    assert_string_equal(cfg.database_read_url, "postgresql://u@other/d"); /* of variables as well */
    assert_string_equal(cfg.github_api_key, "the-key");
    setenv("GITHUB_API_KEY_FILE", "", 1); /* empty is unset */
    assert_false(LOAD());
    assert_non_null(strstr(err.text, "GITHUB_API_USER is set without GITHUB_API_KEY"));
}

static void test_config__a_list_of_secrets_may_be_on_lines(void **state)
{
    (void)state;
    setenv("GITHUB_TOKENS_FILE", FILE_WITH("first-token\nsecond-token\n\nthird-token\n"), 1);
    assert_loaded(LOAD());
    assert_string_equal(cfg.github_tokens, "first-token,second-token,,third-token");
    setenv("GITHUB_TOKEN_FILE", FILE_WITH("first-token\nsecond-token\n"), 1);
    assert_false(LOAD()); /* one token has no lines */
    assert_non_null(strstr(err.text, "GITHUB_TOKEN_FILE"));
    assert_null(strstr(err.text, "first-token"));
}

static void test_config__flags_name_files_too(void **state)
{
    (void)state;
    const char *path = FILE_WITH("from-the-file\n");
    assert_loaded(LOAD("--github-token-file", path, "rest"));
    assert_string_equal(cfg.github_token, "from-the-file");
    assert_int_equal(argc, 2);
    setenv("GITHUB_TOKEN", "from-the-variable", 1); /* a flag overrides either form */
    assert_loaded(LOAD("--github-token-file", path));
    assert_string_equal(cfg.github_token, "from-the-file");
    assert_false(LOAD("--github-token-file", path, "--github-token=x"));
    assert_non_null(strstr(err.text, "GITHUB_TOKEN: its flag is given twice"));
    unsetenv("GITHUB_TOKEN");
    setenv("GITHUB_TOKEN_FILE", path, 1);
    assert_loaded(LOAD("--github-token", "from-the-flag"));
    assert_string_equal(cfg.github_token, "from-the-flag");
    char other[64];
    assert_true(config_other_form("GITHUB_TOKEN", other, sizeof other));
    assert_string_equal(other, "GITHUB_TOKEN_FILE");
    assert_true(config_other_form("DATABASE_URL_FILE", other, sizeof other));
    assert_string_equal(other, "DATABASE_URL");
    assert_false(config_other_form("LOG_LEVEL", other, sizeof other));
    assert_false(config_other_form("TLS_KEY_FILE", other, sizeof other)); /* a setting of its own */
}

static void assert_file_refused(const char *variable, const char *path, const char *why)
{
    setenv(variable, path, 1);
    assert_false(LOAD());
    assert_int_equal(err.code, ERR_CONFIG);
    if (!strstr(err.text, variable) || !strstr(err.text, why))
        fail_msg("%s, expected %s", err.text, why);
    assert_null(strstr(err.text, "hidden"));
    unsetenv(variable);
}

static void test_config__files_that_hold_no_secret(void **state)
{
    (void)state;
    static char large[70000];
    memset(large, 'x', sizeof large);
    assert_file_refused("GITHUB_TOKEN_FILE", "/nowhere/token", "No such file");
    assert_file_refused("DATABASE_URL_FILE", "/tmp", "not a regular file");
    assert_file_refused("GITHUB_TOKENS_FILE", "/dev/null", "not a regular file");
    assert_file_refused("GITHUB_TOKEN_FILE", FILE_WITH(""), "is empty");
    assert_file_refused("DATABASE_READ_URL_FILE", FILE_WITH("\n\n"), "is empty");
    assert_file_refused("GITHUB_TOKEN_FILE", file_with(large, sizeof large), "larger than");
    assert_file_refused("GITHUB_TOKEN_FILE", FILE_WITH("hidden\0secret"), "NUL byte");
    assert_file_refused("GITHUB_TOKEN_FILE", FILE_WITH("hidden secret"), "without spaces");
    assert_file_refused("GITHUB_WEBHOOK_SECRET_FILE", FILE_WITH("hidden\nsecret"), "without control");
    assert_file_refused("DATABASE_URL_FILE", FILE_WITH("mysql://hidden"), "expected postgresql://");
    const char *path = FILE_WITH("one");
    setenv("GITHUB_TOKEN", "hidden-token", 1);
    assert_file_refused("GITHUB_TOKEN_FILE", path, "GITHUB_TOKEN and GITHUB_TOKEN_FILE are both set");
    unsetenv("GITHUB_TOKEN");
    setenv("DATABASE_URL", "postgresql://hidden@h/d", 1);
    assert_file_refused("DATABASE_URL_FILE", path, "DATABASE_URL and DATABASE_URL_FILE are both set");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(test_config__##name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(tokens_with_blanks_between),
        CASE(defaults),
        CASE(authorities),
        CASE(secrets_from_files),
        CASE(a_list_of_secrets_may_be_on_lines),
        CASE(flags_name_files_too),
        CASE(files_that_hold_no_secret),
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
