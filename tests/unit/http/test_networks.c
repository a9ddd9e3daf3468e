#include "tests/unit/unit.h"
#include "tests/unit/with_arena.h"

#include "http/networks.h"

static struct network address(const char *text)
{
    struct network out;
    if (!network_address(slice_of(text), &out))
        fail_msg("no address: %s", text);
    return out;
}

static void test_networks__hold(void **state)
{
    static const struct {
        const char *list, *address;
        bool held;
    } cases[] = {
        {"10.0.0.1", "10.0.0.1", true},
        {"10.0.0.1", "10.0.0.2", false},
        {"10.0.0.1", "::ffff:10.0.0.1", true}, /* IPv4 by way of an IPv6 socket */
        {"10.0.0.0/8", "10.255.1.2", true},
        {"10.0.0.0/8", "11.0.0.0", false},
        {"10.0.0.0/7", "11.0.0.0", true},
        {"10.0.0.0/9", "10.127.255.255", true},
        {"10.0.0.0/9", "10.128.0.0", false},
        {"10.0.0.0/31", "10.0.0.1", true},
        {"10.0.0.0/32", "10.0.0.1", false},
        {"10.9.9.9/8", "10.1.1.1", true},
        {"0.0.0.0/0", "255.255.255.255", true},
        {"0.0.0.0/0", "::1", false},
        {"::/0", "192.0.2.1", true},
        {"fd00::/8", "fdff::1", true},
        {"fd00::/8", "fe00::1", false},
        {"fd00::/128", "fd00::1", false},
        {" 192.0.2.1 ,, fd00::/8,", "fd00::1", true},
        {"192.0.2.1,fd00::/8", "192.0.2.1", true},
        {"", "127.0.0.1", false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct network_list list;
        struct network one = address(cases[i].address);
        struct err err;
        if (!networks_parse(arena, "X", cases[i].list, &list, &err) ||
            networks_hold(&list, &one) != cases[i].held)
            fail_msg("%s, %s", cases[i].list, cases[i].address);
    }
}

static void test_networks__refused(void **state)
{
    static const char *const no[] = {"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/",    "10.0.0",
                                     "::/129",      "x",           "10.0.0.1/8/8", "[::1]",
                                     "10.0.0.1:80", "1.2.3.4 5",   "/8",           "010.0.0.1x"};
    struct network_list list;
    struct network out;
    struct err err;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(no); i++) {
        if (networks_parse(arena, "TRUSTED_PROXIES", no[i], &list, &err))
            fail_msg("taken: %s", no[i]);
        assert_int_equal(err.code, ERR_CONFIG);
        assert_non_null(strstr(err.text, "TRUSTED_PROXIES"));
        assert_non_null(strstr(err.text, no[i]));
    }
    assert_true(networks_parse(arena, "X", NULL, &list, &err));
    assert_int_equal(list.n, 0);
    assert_false(network_address(SLICE("1.2.3.4\0"), &out));
    assert_false(network_address((slice){NULL, 0}, &out));
}

static void test_networks__clients(void **state)
{
    static const struct {
        const char *address, *client;
        bool loopback;
    } cases[] = {
        {"192.0.2.1", "192.0.2.1", false},
        {"::ffff:192.0.2.1", "192.0.2.1", false},
        {"2001:db8:1:2:3::4", "2001:db8:1:2::", false}, /* the rest is the client's own */
        {"127.0.0.1", "127.0.0.1", true},
        {"127.9.9.9", "127.9.9.9", true},
        {"128.0.0.1", "128.0.0.1", false},
        {"::1", "::", true},
        {"::2", "::", false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct network one = address(cases[i].address);
        char client[64];
        network_client(&one, client);
        assert_string_equal(client, cases[i].client);
        assert_int_equal(network_is_loopback(&one), cases[i].loopback);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_networks__hold),
        cmocka_unit_test(test_networks__refused),
        cmocka_unit_test(test_networks__clients),
    };
    return cmocka_run_group_tests(tests, make, drop);
}
