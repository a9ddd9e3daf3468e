#include "tests/unit/unit.h"

#include "api/request/cors.h"
#include "api/request/jsonp.h"
#include "api/request/origin.h"

static void test_networks__hold(void **state)
{
    static const struct {
        const char *list, *address;
        bool held;
    } cases[] = {
        {"10.0.0.0/8", "10.255.0.1", true},
        {"10.0.0.0/8", "11.0.0.1", false},
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.2", false},
        {"192.0.2.128/25", "192.0.2.129", true},
        {"192.0.2.128/25", "192.0.2.127", false},
        {"10.0.0.0/8", "::ffff:10.1.2.3", true},
        {"::/0", "192.0.2.1", true},
        {"0.0.0.0/0", "8.8.8.8", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"2001:db8::/32", "2001:db8:1::", true},
        {"2001:db8::/32", "2001:db9::", false},
        {"::1, 10.0.0.1", "10.0.0.1", true},
        {NULL, "10.0.0.1", false},
        {" ,, ", "10.0.0.1", false},
        {"10.0.0.1/32", "10.0.0.1", true},
    };
    struct arena *a = arena_create();
    struct err err = {0};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct network_list list;
        struct network address;
        assert_true(networks_parse(a, "X", cases[i].list, &list, &err));
        assert_true(network_address(slice_of(cases[i].address), &address));
        assert_int_equal(networks_hold(&list, &address), cases[i].held);
    }
    arena_destroy(a);
}

static void test_networks__bad(void **state)
{
    static const char *const bad[] = {"x",      "10.0.0.0/33", "10.0.0",      "1.2.3.4/",
                                      "::/129", "1.2.3.4/a",   "10.0.0.1:80", "[::1]"};
    struct arena *a = arena_create();
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct network_list list;
        struct err err = {0};
        assert_false(networks_parse(a, "THE_SETTING", bad[i], &list, &err));
        assert_int_equal(err.code, ERR_CONFIG);
        assert_non_null(strstr(err.text, "THE_SETTING"));
        assert_non_null(strstr(err.text, bad[i]));
    }
    arena_destroy(a);
}

static void test_networks__loopback_and_client(void **state)
{
    static const struct {
        const char *address, *client;
        bool loopback;
    } cases[] = {{"127.0.0.1", "127.0.0.1", true},
                 {"127.8.8.8", "127.8.8.8", true},
                 {"::1", "::", true},
                 {"::ffff:127.0.0.1", "127.0.0.1", true},
                 {"0.0.0.0", "0.0.0.0", false},
                 {"::", "::", false},
                 {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::", false}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct network n;
        char client[64];
        assert_true(network_address(slice_of(cases[i].address), &n));
        assert_int_equal(network_is_loopback(&n), cases[i].loopback);
        network_client(&n, client);
        assert_string_equal(client, cases[i].client);
    }
}

static void check_host(const struct config *cfg, const char *host, enum host_verdict want)
{
    struct arena *a = arena_create();
    struct err err = {0};
    struct origin site;
    assert_true(origin_init(&site, cfg, a, &err));
    assert_int_equal(hosts_check(&site.hosts, slice_of(host)), want);
    arena_destroy(a);
}

static void test_origin__hosts(void **state)
{
    struct config any = {0}, listed = {.allowed_hosts = "api.example, .ex.org"},
                  local = {.api_auth = API_AUTH_NONE};
    (void)state;
    check_host(&any, "x.example", HOST_OK);
    check_host(&any, NULL, HOST_ABSENT);
    check_host(&any, "", HOST_INVALID);
    check_host(&any, "a\"b", HOST_INVALID);
    check_host(&listed, "API.example:80", HOST_OK);
    check_host(&listed, "a.b.EX.org", HOST_OK);
    check_host(&listed, "ex.org", HOST_OK);
    check_host(&listed, "eex.org", HOST_FOREIGN);
    check_host(&listed, "127.0.0.1", HOST_FOREIGN);
    check_host(&local, "127.0.0.1:8000", HOST_OK);
    check_host(&local, "[::1]:8000", HOST_OK);
    check_host(&local, "LOCALHOST", HOST_OK);
    check_host(&local, "rebound.example", HOST_FOREIGN);
    check_host(&local, "192.168.1.2:8000", HOST_FOREIGN);
    struct config bound = {.api_listen = "127.0.0.1:8000", .public_url = "https://Hub.example:8443/x"},
                  world = {.api_listen = "0.0.0.0:8000"}, six = {.api_listen = "[::1]:8000"},
                  dots = {.api_listen = "127.0.0.1:1",
                          .allowed_hosts = "a.example.,[::1],*.b.example, 10.0.0.1"},
                  any_name = {.api_listen = "127.0.0.1:1", .allowed_hosts = "*"};
    check_host(&bound, "127.9.9.9", HOST_OK);
    check_host(&bound, "x.localhost:1", HOST_OK);
    check_host(&bound, "localhost.", HOST_OK);
    check_host(&bound, "hub.example", HOST_OK);
    check_host(&bound, "hub.example.evil", HOST_FOREIGN);
    check_host(&bound, "notlocalhost", HOST_FOREIGN);
    check_host(&world, "rebound.example", HOST_OK);
    check_host(&six, "[::1]:8000", HOST_OK);
    check_host(&six, "rebound.example", HOST_FOREIGN);
    check_host(&dots, "A.example:1", HOST_OK);
    check_host(&dots, "a.example.", HOST_OK);
    check_host(&dots, "[::1]:9", HOST_OK);
    check_host(&dots, "c.b.example", HOST_OK);
    check_host(&dots, "10.0.0.1:1", HOST_OK);
    check_host(&dots, "localhost", HOST_FOREIGN);
    check_host(&any_name, "whatever.example", HOST_OK);
}

static void check_client(const char *peer, const char *name, const char *value, const char *client,
                         const char *scheme, const char *host)
{
    struct config cfg = {.trusted_proxies = "10.0.0.0/8"};
    struct arena *a = arena_create();
    struct err err = {0};
    struct origin site;
    struct network address;
    const struct header headers[] = {{SLICE("host"), SLICE("own.example")},
                                     {slice_of(name), slice_of(value)}};
    struct request rq = {.headers = headers, .n_headers = 2};
    assert_true(origin_init(&site, &cfg, a, &err));
    assert_true(network_address(slice_of(peer), &address));
    origin_find_client(&site, &address, &rq);
    assert_string_equal(rq.client, client);
    assert_string_equal(rq.scheme, scheme);
    assert_true(slice_eq(rq.host, slice_of(host)));
    arena_destroy(a);
}

static void test_origin__client(void **state)
{
    (void)state;
    check_client("192.0.2.1", "X-Forwarded-For", "8.8.8.8", "192.0.2.1", "http", "own.example");
    check_client("192.0.2.1", "X-Forwarded-Proto", "https", "192.0.2.1", "http", "own.example");
    check_client("10.0.0.1", "X-Forwarded-For", "8.8.8.8", "8.8.8.8", "http", "own.example");
    check_client("10.0.0.1", "X-Forwarded-For", "1.1.1.1, 8.8.8.8, 10.2.2.2", "8.8.8.8", "http",
                 "own.example");
    check_client("10.0.0.1", "X-Forwarded-For", "10.3.3.3, 10.2.2.2", "10.3.3.3", "http", "own.example");
    check_client("10.0.0.1", "X-Forwarded-For", "8.8.8.8, junk", "10.0.0.1", "http", "own.example");
    check_client("10.0.0.1", "X-Forwarded-For", "", "10.0.0.1", "http", "own.example");
    check_client("10.0.0.1", "X-Forwarded-For", ",", "10.0.0.1", "http", "own.example");
    check_client("10.0.0.1", "x-forwarded-proto", "HTTPS", "10.0.0.1", "https", "own.example");
    check_client("10.0.0.1", "X-Forwarded-Host", "a.example, b.example", "10.0.0.1", "http", "b.example");
    check_client("10.0.0.1", "Forwarded", "for=\"[2001:db8:9::1]:4711\";Proto=https;host=h.example",
                 "2001:db8:9::", "https", "h.example");
    check_client("10.0.0.1", "Forwarded", "for=8.8.8.8, for=10.1.1.1;proto=http", "8.8.8.8", "http",
                 "own.example");
    check_client("10.0.0.1", "Forwarded", "for=_hidden", "10.0.0.1", "http", "own.example");
}

static void test_cors__foreign(void **state)
{
    static const struct {
        const char *origin, *site;
        bool foreign;
    } cases[] = {{NULL, NULL, false},
                 {"https://hub.example", NULL, false},
                 {"http://own.example:8000", NULL, false},
                 {"https://own.example:8000", NULL, true},
                 {"http://own.example", NULL, true},
                 {"https://hub.example.evil", NULL, true},
                 {"https://hub.exampl", NULL, true},
                 {"null", NULL, true},
                 {"", NULL, true},
                 {"https://evil.example", "same-origin", false},
                 {NULL, "none", false},
                 {"https://hub.example", "cross-site", true},
                 {NULL, "same-site", true},
                 {NULL, "x", true}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(cors_is_foreign(slice_of(cases[i].origin), slice_of(cases[i].site),
                                         SLICE("https://hub.example/base"), SLICE("http"),
                                         SLICE("own.example:8000")),
                         cases[i].foreign);
    assert_true(
        cors_is_foreign(SLICE("http://"), (slice){NULL, 0}, SLICE("x"), SLICE("http"), (slice){NULL, 0}));
}

static void test_jsonp__names(void **state)
{
    static const char *const yes[] = {"f", "$", "_", "a.b.c", "jQuery123_456", "a..b"};
    static const char *const no[] = {NULL, "", "1", ".a", "a b", "a(", "a;", "a-b", "\xc3\xa4"};
    char longest[66];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(yes); i++)
        assert_true(jsonp_name_ok(slice_of(yes[i])));
    for (size_t i = 0; i < ARRAY_LEN(no); i++)
        assert_false(jsonp_name_ok(slice_of(no[i])));
    memset(longest, 'a', sizeof longest);
    assert_true(jsonp_name_ok(slice_from(longest, 64)));
    assert_false(jsonp_name_ok(slice_from(longest, 65)));
    assert_false(jsonp_name_ok(slice_from("a\0b", 3)));
}

static void test_jsonp__line_ends(void **state)
{
    struct response rs = {.status = 404, .content_type = "application/json"};
    (void)state;
    buf_init(&rs.body, 1000);
    buf_puts(&rs.body, "\"\xe2\x80\xa8 \xe2\x80\xa9 \xe2\x80\xa6 \xe2\x80\"");
    response_header(&rs, "Retry-After", "5");
    jsonp_wrap(SLICE("f"), &rs);
    buf_putc(&rs.body, '\0');
    assert_string_equal(rs.body.ptr,
                        "/**/f({\"meta\":{\"status\":404,\"Retry-After\":\"5\"},\"data\":\"\\u2028 \\u2029 "
                        "\xe2\x80\xa6 \xe2\x80\"});");
    assert_int_equal(rs.status, 200);
    buf_finish(&rs.body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_networks__hold),
        cmocka_unit_test(test_networks__bad),
        cmocka_unit_test(test_networks__loopback_and_client),
        cmocka_unit_test(test_origin__hosts),
        cmocka_unit_test(test_origin__client),
        cmocka_unit_test(test_cors__foreign),
        cmocka_unit_test(test_jsonp__names),
        cmocka_unit_test(test_jsonp__line_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
