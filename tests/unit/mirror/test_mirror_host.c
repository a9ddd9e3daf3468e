#include "mirror/serve/host.h"
#include "tests/unit/unit.h"

static void ours(void **state)
{
    (void)state;
    assert_true(host_is_ours("127.0.0.1:8080", "127.0.0.1:8080", "127.0.0.1:8080", false));
    assert_true(host_is_ours("localhost:8080", "127.0.0.1:8080", "0.0.0.0:8080", false));
    assert_true(host_is_ours("LocalHost:8080", "[::1]:8080", "[::]:8080", false));
    assert_true(host_is_ours("[::1]:8080", "[::1]:8080", "[::]:8080", false));
    assert_true(host_is_ours("mirror.example:80", "10.0.0.1:80", "mirror.example:80", false));
    assert_true(host_is_ours("mirror.example", "10.0.0.1:80", "mirror.example:80", false));
    assert_true(host_is_ours("mirror.example:", "10.0.0.1:80", "mirror.example:80", false));
    assert_true(host_is_ours("[::1]:", "[::1]:443", "[::]:443", true));
}

static void games(void **state)
{
    (void)state;
    assert_false(host_is_ours("evil.example:8080", "127.0.0.1:8080", "127.0.0.1:8080", false));
    assert_false(host_is_ours("127.0.0.1:9999", "127.0.0.1:8080", "127.0.0.1:8080", false));
    assert_false(host_is_ours("127.0.0.1", "127.0.0.1:8080", "127.0.0.1:8080", false));
    assert_false(host_is_ours("127.0.0.1:", "127.0.0.1:8080", "127.0.0.1:8080", false));
    assert_false(host_is_ours("localhost:8080", "10.0.0.1:8080", "0.0.0.0:8080", false));
    assert_false(host_is_ours("127.0.0.1:8080@evil", "127.0.0.1:8080", "127.0.0.1:8080", false));
    assert_false(host_is_ours("127.0.0.1:8080/x", "127.0.0.1:8080", "127.0.0.1:8080", false));
    assert_false(host_is_ours("\"127.0.0.1:8080", "127.0.0.1:8080", "127.0.0.1:8080", false));
    assert_false(host_is_ours("", "127.0.0.1:8080", "127.0.0.1:8080", false));
    assert_false(host_is_ours(NULL, "127.0.0.1:8080", "127.0.0.1:8080", false));
    assert_false(host_is_ours(":8080", "127.0.0.1:8080", "127.0.0.1:8080", false));
}

static void bases(void **state)
{
    struct config cfg = {.github_mirror_url = "https://mirror.example/gh/",
                         .mirror_listen = "127.0.0.1:8080"};
    char out[300];
    (void)state;
    host_base(&cfg, &(struct host_claim){.host = "evil"}, "127.0.0.1:8080", false, out, sizeof out);
    assert_string_equal(out, "https://mirror.example/gh");
    host_base(&cfg, &(struct host_claim){0}, NULL, true, out, sizeof out);
    assert_string_equal(out, "https://mirror.example/gh/api/v3");
    cfg.github_mirror_url = NULL;
    cfg.mirror_listen = "127.0.0.1:80";
    host_base(&cfg, &(struct host_claim){.host = "localhost:"}, "127.0.0.1:80", false, out, sizeof out);
    assert_string_equal(out, "http://localhost");
    host_base(&cfg, &(struct host_claim){.host = "m.example:", .believed = true}, "127.0.0.1:80", false, out,
              sizeof out);
    assert_string_equal(out, "http://m.example");
    cfg.github_api_url = "https://api.github.com";
    host_base(&cfg, &(struct host_claim){.host = "api.github.com:"}, NULL, false, out, sizeof out);
    assert_string_equal(out, "https://api.github.com");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ours), cmocka_unit_test(games),
                                       cmocka_unit_test(bases)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
