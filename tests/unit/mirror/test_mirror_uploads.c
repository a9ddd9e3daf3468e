#include "mirror/request/uploads.h"
#include "tests/unit/unit.h"

static void where_each_server_takes_files(void **state)
{
    static const struct {
        const char *api, *uploads;
    } servers[] = {
        {"https://api.github.com", "https://uploads.github.com"},
        {"https://api.octocorp.ghe.com", "https://uploads.octocorp.ghe.com"},
        {"http://h/api/v3", "http://h/api/uploads"},
        {"https://ghes.example:8443/api/v3", "https://ghes.example:8443/api/uploads"},
        {"http://127.0.0.1:9", ""},
        {"http://api.github.com", ""},
        {"https://api.github.com.evil.example", ""},
        {"https://api.github.company", ""},
        {"https://github.com", ""},
        {"https://api.ghe.example", ""},
    };
    char out[200];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(servers); i++) {
        assert_int_equal(uploads_of_api(servers[i].api, out, sizeof out), *servers[i].uploads != '\0');
        assert_string_equal(out, servers[i].uploads);
    }
}

static void paths(void **state)
{
    const char *path = NULL;
    (void)state;
    assert_true(is_upload_path("/api/uploads/repos/o/r/releases/1/assets?name=x", &path));
    assert_string_equal(path, "/repos/o/r/releases/1/assets?name=x");
    assert_false(is_upload_path("/api/uploads", &path) || is_upload_path("/api/uploadsx/y", &path) ||
                 is_upload_path("/repos/api/uploads/x", &path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_each_server_takes_files),
        cmocka_unit_test(paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
