#include "tests/unit/unit.h"

#include "api/auth/auth.h"
#include "api/auth/credential_cache.h"
#include "api/auth/login_throttle.h"
#include "schema/access/tokens.h"

static void check_header(const char *header, bool want, bool malformed_want, const char *name,
                         const char *secret)
{
    struct arena *a = arena_create();
    struct auth_parts parts;
    bool malformed;
    assert_int_equal(auth_parse(slice_of(header), a, &parts, &malformed), want);
    assert_int_equal(malformed, malformed_want);
    if (want) {
        assert_int_equal(parts.name.ptr != NULL, name != NULL);
        assert_true(!name || slice_eq(parts.name, slice_of(name)));
        assert_true(slice_eq(parts.secret, slice_of(secret)));
    }
    arena_destroy(a);
}

static void test_auth__header(void **state)
{
    (void)state;
    check_header("Basic YW5uOnNlY3JldA==", true, false, "ann", "secret");
    check_header("basic  YW5uOnNlY3JldA", true, false, "ann", "secret");
    check_header("BASIC Og==", true, false, "", "");
    check_header("Basic YTpiOmM=", true, false, "a", "b:c");
    check_header("Basic YW5u", false, true, NULL, NULL);
    check_header("Basic !", false, true, NULL, NULL);
    check_header("Basic ", false, false, NULL, NULL);
    check_header("Bearer abc", true, false, NULL, "abc");
    check_header("token  abc ", true, false, NULL, "abc");
    check_header("Bearer", false, false, NULL, NULL);
    check_header("Digest x", false, false, NULL, NULL);
    check_header("", false, false, NULL, NULL);
    check_header(NULL, false, false, NULL, NULL);
}

static void test_token__form(void **state)
{
    char token[TOKEN_SIZE], other[TOKEN_SIZE], hash[TOKEN_HEX_SIZE], again[TOKEN_HEX_SIZE];
    (void)state;
    token_make(token);
    token_make(other);
    assert_string_not_equal(token, other);
    assert_int_equal(strlen(token), TOKEN_SIZE - 1);
    assert_true(token_hash(slice_of(token), hash) && token_hash(slice_of(token), again));
    assert_int_equal(strlen(hash), 64);
    assert_string_equal(hash, again);
    assert_true(token_hash(slice_of(other), again));
    assert_string_not_equal(hash, again);
    for (size_t i = 0; i < TOKEN_SIZE - 1; i++) { /* any one character changed shows */
        memcpy(other, token, sizeof other);
        other[i] = other[i] == 'A' ? 'B' : 'A';
        assert_false(token_hash(slice_of(other), again));
    }
    assert_false(token_hash(slice_from(token, TOKEN_SIZE - 2), again));
    assert_false(token_hash((slice){NULL, 0}, again));
}

static void test_login_throttle__bucket(void **state)
{
    unsigned char ann[THROTTLE_KEY_BYTES] = {1}, bob[THROTTLE_KEY_BYTES] = {1, 0, 2};
    struct login_throttle *throttle = login_throttle_create(3, 1000000);
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(login_throttle_wait_s(throttle, ann), 0);
        login_throttle_count(throttle, ann);
    }
    assert_true(login_throttle_wait_s(throttle, ann) > 990);
    assert_int_equal(login_throttle_wait_s(throttle, bob), 0); /* in the same set */
    login_throttle_destroy(throttle);
}

static void test_credential_cache__generations(void **state)
{
    unsigned char key[CREDENTIAL_KEY_BYTES] = {5}, other[CREDENTIAL_KEY_BYTES] = {5, 1};
    struct credential_cache *cache = credential_cache_create();
    struct cached_credential answer = {.ok = true, .name = "ann"}, got;
    uint64_t generation, hits, misses;
    (void)state;
    assert_false(credential_cache_find(cache, key, &got, &generation));
    credential_cache_put(cache, key, &answer, 60000, 60000, generation);
    assert_true(credential_cache_find(cache, key, &got, &generation));
    assert_string_equal(got.name, "ann");
    assert_false(credential_cache_find(cache, other, &got, &generation));
    credential_cache_forget_all(cache);
    credential_cache_put(cache, key, &answer, 60000, 60000, generation); /* read before */
    assert_false(credential_cache_find(cache, key, &got, &generation));
    credential_cache_put(cache, key, &answer, -1, -1, generation); /* over already */
    assert_false(credential_cache_find(cache, key, &got, &generation));
    credential_cache_figures(cache, &hits, &misses);
    assert_int_equal(hits, 1);
    assert_int_equal(misses, 4);
    for (unsigned i = 0; i < 10; i++) { /* one set holds four; the newest is among them */
        key[1] = (unsigned char)i;
        credential_cache_put(cache, key, &answer, 60000 + i, 60000 + i, generation);
        assert_true(credential_cache_find(cache, key, &got, &generation));
    }
    credential_cache_destroy(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_auth__header),
        cmocka_unit_test(test_token__form),
        cmocka_unit_test(test_login_throttle__bucket),
        cmocka_unit_test(test_credential_cache__generations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
