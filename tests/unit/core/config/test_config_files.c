/* Secrets that are read from files: NAME_FILE instead of NAME. */
#include "tests/unit/core/config/config_case.h"

static char paths[8][64];

static int remove_files(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        unlink(paths[i]);
    return tear_down(state);
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

static void test_config_files__secrets_from_files(void **state)
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
        for (size_t j = 0; j < 2 * ARRAY_LEN(ends); j++) { /* also behind a byte order mark */
            char content[64];
            int n = snprintf(content, sizeof content, "%svalue-of-a-secret%s", j & 1 ? "\xef\xbb\xbf" : "",
                             ends[j / 2]);
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

static void test_config_files__a_list_of_secrets_may_be_on_lines(void **state)
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

static void test_config_files__flags_name_files(void **state)
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

static void test_config_files__files_that_hold_no_secret(void **state)
{
    (void)state;
    static char large[70000];
    memset(large, 'x', sizeof large);
    assert_file_refused("GITHUB_TOKEN_FILE", "/nowhere/token", "No such file");
    assert_file_refused("GITHUB_TOKEN_FILE", "/nowhere/token", "expected the path of a file");
    assert_file_refused("DATABASE_URL_FILE", "/tmp", "not a regular file");
    assert_file_refused("GITHUB_TOKENS_FILE", "/dev/null", "not a regular file");
    assert_file_refused("GITHUB_TOKEN_FILE", FILE_WITH(""), "is empty");
    assert_file_refused("DATABASE_READ_URL_FILE", FILE_WITH("\n\n"), "is empty");
    assert_file_refused("GITHUB_TOKEN_FILE", FILE_WITH("\xef\xbb\xbf\r\n"), "is empty");
    assert_file_refused("GITHUB_TOKEN_FILE", FILE_WITH("\xff\xfeh\0i\0"), "NUL byte");
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
#define CASE(name) cmocka_unit_test_setup_teardown(test_config_files__##name, set_up, remove_files)
    const struct CMUnitTest tests[] = {
        CASE(secrets_from_files),
        CASE(a_list_of_secrets_may_be_on_lines),
        CASE(flags_name_files),
        CASE(files_that_hold_no_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
