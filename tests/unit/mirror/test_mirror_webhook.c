#include "mirror/serve/webhook.h"
#include "tests/unit/unit.h"
#include <sodium.h>

/* The example of docs.github.com, "Validating webhook deliveries". */
static void signatures(void **state)
{
    static const char secret[] = "It's a Secret to Everybody";
    static const char right[] = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    char wrong[sizeof right];
    (void)state;
    assert_true(webhook_is_signed(secret, SLICE("Hello, World!"), right));
    assert_false(webhook_is_signed(secret, SLICE("Hello, World?"), right));
    assert_false(webhook_is_signed("another", SLICE("Hello, World!"), right));
    memcpy(wrong, right, sizeof wrong);
    wrong[10] = wrong[10] == '0' ? '1' : '0';
    assert_false(webhook_is_signed(secret, SLICE("Hello, World!"), wrong));
    assert_false(webhook_is_signed(secret, SLICE("Hello, World!"), NULL));
    assert_false(webhook_is_signed(secret, SLICE("Hello, World!"), "sha256="));
    assert_false(webhook_is_signed(secret, SLICE("Hello, World!"), "sha256=75"));
    assert_false(webhook_is_signed(secret, SLICE("Hello, World!"), right + 7));
}

static bool touches(const struct globs *g, const char *url)
{
    for (size_t i = 0; i < g->n; i++)
        if (glob_matches(g->items[i], url))
            return true;
    return false;
}

static void what_an_event_touches(void **state)
{
    struct globs *g = globs_create();
    (void)state;
    assert_true(webhook_globs(
        SLICE("{\"repository\":{\"id\":5,\"full_name\":\"ada/engine\",\"owner\":{\"login\":\"ada\","
              "\"id\":1}},\"sender\":{\"login\":\"bob\",\"id\":2}}"),
        "https://a", g));
    assert_true(touches(g, "https://a/repos/ada/engine"));
    assert_true(touches(g, "https://a/repos/Ada/Engine/stargazers?per_page=100"));
    assert_true(touches(g, "https://a/repositories/5/issues"));
    assert_true(touches(g, "https://a/users/bob/starred"));
    assert_true(touches(g, "https://a/user/2/starred?page=2"));
    assert_true(touches(g, "https://a/users/ada/repos?page=2"));
    assert_false(touches(g, "https://a/repos/ada/engines"));
    assert_false(touches(g, "https://a/users/carol"));
    globs_destroy(g);
}

static void hostile_events(void **state)
{
    static const char *const bodies[] = {"", "[]", "null", "{", "7"};
    struct globs *g = globs_create();
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
        assert_false(webhook_globs(slice_of(bodies[i]), "https://a", g));
    g->n = 0;
    assert_true(
        webhook_globs(SLICE("{\"repository\":{\"full_name\":\"*\",\"id\":\"x\",\"owner\":[]},\"sender\":7}"),
                      "https://a", g));
    assert_false(touches(g, "https://a/repos/ada/engine"));
    globs_destroy(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(signatures), cmocka_unit_test(what_an_event_touches),
                                       cmocka_unit_test(hostile_events)};
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
