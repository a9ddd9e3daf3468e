#include "pagecache/key.h"
#include "tests/unit/unit.h"
#include <sodium.h>
#include <stdio.h>

static const struct secret secret = {"0123456789012345678901234567890"};

static void name(const char *url, const char *authorization, const char *field, const char *value,
                 unsigned char out[KEY_BYTES])
{
    unsigned char resource[KEY_BYTES], credential_hash[CREDENTIAL_HASH_BYTES];
    struct fields varying = {.n = 0};
    if (field)
        fields_add(&varying, field, value);
    resource_key(url, false, resource);
    credential_hash_of(&secret, authorization, credential_hash);
    page_key(resource, credential_hash, &varying, out);
}

static void what_the_answer_depends_on_is_in_the_key(void **state)
{
    static const struct {
        const char *url, *authorization, *field, *value;
    } all[] = {
        {"https://a/x", "token A", "Accept", "json"},
        {"https://a/y", "token A", "Accept", "json"},
        {"https://a/x", "token B", "Accept", "json"},
        {"https://a/x", "Bearer A", "Accept", "json"},
        {"https://a/x", NULL, "Accept", "json"},
        {"https://a/x", "token A", "Accept", "raw"},
        {"https://a/x", "token A", "X-GitHub-Api-Version", "json"},
        {"https://a/x", "token A", NULL, NULL},
        {"https://a/x?a=1&a=2", "token A", NULL, NULL},
        {"https://a/x?a=2&a=1", "token A", NULL, NULL},
    };
    unsigned char keys[ARRAY_LEN(all)][KEY_BYTES], again[KEY_BYTES];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        name(all[i].url, all[i].authorization, all[i].field, all[i].value, keys[i]);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(keys[i], keys[j], KEY_BYTES);
    }
    name("https://a/x", "token A", "aCCEPT", "json", again);
    assert_memory_equal(again, keys[0], KEY_BYTES);
}

static void the_order_of_fields_does_not_matter(void **state)
{
    const unsigned char resource[KEY_BYTES] = {1}, credential_hash[CREDENTIAL_HASH_BYTES] = {2};
    unsigned char one[KEY_BYTES], other[KEY_BYTES];
    struct fields f = {.n = 0}, g = {.n = 0};
    (void)state;
    fields_add(&f, "Accept", "json");
    fields_add(&f, "X-GitHub-Api-Version", "2022-11-28");
    fields_add(&g, "x-github-api-version", "2022-11-28");
    fields_add(&g, "ACCEPT", "json");
    page_key(resource, credential_hash, &f, one);
    page_key(resource, credential_hash, &g, other);
    assert_memory_equal(one, other, KEY_BYTES);
}

static void a_scope_depends_on_the_secret(void **state)
{
    const struct secret other = {"x"};
    unsigned char a[CREDENTIAL_HASH_BYTES], b[CREDENTIAL_HASH_BYTES], none[CREDENTIAL_HASH_BYTES] = {0};
    (void)state;
    credential_hash_of(&secret, "token A", a);
    credential_hash_of(&other, "token A", b);
    assert_memory_not_equal(a, b, CREDENTIAL_HASH_BYTES);
    credential_hash_of(&secret, NULL, a);
    assert_memory_equal(a, none, CREDENTIAL_HASH_BYTES);
}

static void etags_are_predicted_by_the_rule(void **state)
{
    char hex[ETAG_HEX], quoted[ETAG_HEX + 8];
    unsigned char digest[32];
    char expected[ETAG_HEX];
    (void)state;
    crypto_hash_sha256(digest, (const unsigned char *)"json:token A:body", 17);
    sodium_bin2hex(expected, sizeof expected, digest, sizeof digest);
    etag_predict("json", "token A", SLICE("body"), hex);
    assert_string_equal(hex, expected);
    snprintf(quoted, sizeof quoted, "W/\"%s\"", hex);
    assert_true(etag_is(quoted, hex));
    assert_true(etag_is(quoted + 2, hex));
    assert_false(etag_is("\"abc\"", hex));
    crypto_hash_sha256(digest, (const unsigned char *)"body", 4);
    sodium_bin2hex(expected, sizeof expected, digest, sizeof digest);
    etag_predict(NULL, NULL, SLICE("body"), hex);
    assert_string_equal(hex, expected);
}

static void agents(void **state)
{
    (void)state;
    assert_true(agent_wants_indent("curl/8.0"));
    assert_true(agent_wants_indent("Mozilla/5.0 Firefox/1"));
    assert_false(agent_wants_indent("PyGithub/Python"));
    assert_false(agent_wants_indent(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_the_answer_depends_on_is_in_the_key),
                                       cmocka_unit_test(the_order_of_fields_does_not_matter),
                                       cmocka_unit_test(a_scope_depends_on_the_secret),
                                       cmocka_unit_test(etags_are_predicted_by_the_rule),
                                       cmocka_unit_test(agents)};
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
