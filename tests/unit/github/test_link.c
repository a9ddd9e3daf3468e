#include "tests/unit/unit.h"

#include "github/link.h"
#include <stdio.h>

static struct gh_links parsed(const char *header)
{
    struct gh_links links;
    memset(&links, 0xff, sizeof links); /* the parser fills all of it */
    gh_links_parse(slice_of(header), &links);
    return links;
}

static void assert_none(const struct gh_links *links)
{
    assert_null(links->next.ptr);
    assert_null(links->prev.ptr);
    assert_null(links->last.ptr);
    assert_null(links->first.ptr);
}

static void test_link__middle_page(void **state)
{
    (void)state;
    struct gh_links l = parsed("<https://api.github.com/user/7543345/repos?page=1>; rel=\"prev\", "
                               "<https://api.github.com/user/7543345/repos?page=3>; rel=\"next\", "
                               "<https://api.github.com/user/7543345/repos?page=6>; rel=\"last\", "
                               "<https://api.github.com/user/7543345/repos?page=1>; rel=\"first\"");
    assert_slice(l.prev, "https://api.github.com/user/7543345/repos?page=1");
    assert_slice(l.next, "https://api.github.com/user/7543345/repos?page=3");
    assert_slice(l.last, "https://api.github.com/user/7543345/repos?page=6");
    assert_slice(l.first, "https://api.github.com/user/7543345/repos?page=1");
}

static void test_link__since_list_has_a_template(void **state)
{
    (void)state;
    struct gh_links l = parsed("<https://api.github.com/users?since=46>; rel=\"next\", "
                               "<https://api.github.com/users{?since}>; rel=\"first\"");
    assert_slice(l.next, "https://api.github.com/users?since=46");
    assert_slice(l.first, "https://api.github.com/users{?since}");
    assert_null(l.last.ptr);
}

static void test_link__empty_header_has_no_links(void **state)
{
    (void)state;
    struct gh_links l = parsed("");
    assert_none(&l);
    l = parsed(NULL);
    assert_none(&l);
    l = parsed(" , ,, ");
    assert_none(&l);
}

static void test_link__forms_the_rfc_allows(void **state)
{
    (void)state;
    assert_slice(parsed("<a>;rel=next").next, "a");
    assert_slice(parsed("<a> ; REL = \"Next\" ").next, "a");
    assert_slice(parsed(",<a>;rel=next,").next, "a");
    assert_slice(parsed("<a>; title=\"x, <y>; rel=prev\"; rel=\"next\"").next, "a");
    assert_null(parsed("<a>; title=\"x, <y>; rel=prev\"; rel=\"next\"").prev.ptr);
    assert_slice(parsed("<a>; title=\"q\\\"; rel=prev\"; rel=next").next, "a");
    assert_slice(parsed("<a,b;c>; rel=next").next, "a,b;c");
    assert_slice(parsed("<a>; crossorigin; rel=next;").next, "a");
    struct gh_links l = parsed("<a>; rel=\"last next\"");
    assert_slice(l.next, "a");
    assert_slice(l.last, "a");
    assert_slice(parsed("<a>; rel=\"last\tnext\"").next, "a"); /* and some that it does not */
    assert_slice(parsed("<a>; rel='next'").next, "a");
    assert_null(parsed("<a>; rel=''").next.ptr);
}

static void test_link__first_of_several_counts(void **state)
{
    (void)state;
    assert_slice(parsed("<a>; rel=next, <b>; rel=next").next, "a");
    struct gh_links l = parsed("<a>; rel=last; rel=next");
    assert_slice(l.last, "a");
    assert_null(l.next.ptr);
}

static void test_link__unknown_relations_are_passed_over(void **state)
{
    (void)state;
    struct gh_links l = parsed("<a>; rel=canonical, <b>, <c>; rel=nextish, <>; rel=prev, <d>; rel=next");
    assert_slice(l.next, "d");
    assert_null(l.prev.ptr);
}

static void test_link__malformed_part_ends_the_parse(void **state)
{
    (void)state;
    static const char *const bad[] = {"b; rel=prev",        "<b; rel=prev",      "<b>; rel=\"prev",
                                      "<b>; rel=prev junk", "<b> rel=prev",      "<b>; rel=\"prev\\",
                                      "\"<b>; rel=prev",    "<b>; rel=prev <c>", "<b>; =\"x; rel=p",
                                      "<b>; rel=\"prev\"x"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        char header[100];
        snprintf(header, sizeof header, "<a>; rel=next, %s, <c>; rel=last", bad[i]);
        struct gh_links l = parsed(header);
        assert_slice(l.next, "a");
        if (l.prev.ptr || l.last.ptr)
            fail_msg("read on behind: %s", bad[i]);
        if (!l.malformed)
            fail_msg("not said to be malformed: %s", bad[i]);
    }
}

static void test_link__what_is_sound_is_not_malformed(void **state)
{
    (void)state;
    static const char *const sound[] = {
        "", ",", "<a>", "<>; rel=next", "<a>; rel=next,", "<a>; rel=\"x\", <b>; title=\"<,>\""};
    for (size_t i = 0; i < ARRAY_LEN(sound); i++)
        if (parsed(sound[i]).malformed)
            fail_msg("said to be malformed: %s", sound[i]);
}

static void test_link__blanks_around_a_target(void **state)
{
    (void)state;
    struct gh_links l = parsed(" < https://x/y > ; rel = \"next\" , <\tb>;rel=last");
    assert_slice(l.next, "https://x/y");
    assert_slice(l.last, "b");
}

static void test_link__every_cut_is_survived(void **state)
{
    (void)state;
    static const char whole[] = "<https://x/?a=1>; rel=\"next\"; t=\"\\\"\", <https://x/?a=9>; rel=\"last\"";
    for (size_t n = 0; n < sizeof whole; n++) {
        char *exact = malloc(n ? n : 1); /* so that the sanitizer sees a read past the end */
        struct gh_links l;
        memcpy(exact, whole, n);
        gh_links_parse(slice_from(exact, n), &l);
        if (n == 28)
            assert_slice(l.next, "https://x/?a=1");
        if (n < sizeof whole - 2)
            assert_null(l.last.ptr);
        free(exact);
    }
}

static void test_link__query_numbers(void **state)
{
    (void)state;
    slice url = SLICE(
        "https://x/user/1/repos?per_page=100&page=12&empty=&neg=-3&big=99999999999999999999&page=7#page=9");
    assert_int_equal(gh_url_query_number(url, "page"), 12);
    assert_int_equal(gh_url_query_number(url, "per_page"), 100);
    assert_int_equal(gh_url_query_number(url, "age"), -1);
    assert_int_equal(gh_url_query_number(url, "pag"), -1);
    assert_int_equal(gh_url_query_number(url, "empty"), -1);
    assert_int_equal(gh_url_query_number(url, "neg"), -1);
    assert_int_equal(gh_url_query_number(url, "big"), -1);
    assert_int_equal(gh_url_query_number(SLICE("/x?since=9223372036854775807"), "since"), INT64_MAX);
    assert_int_equal(gh_url_query_number(SLICE("/x?page=0"), "page"), 0);
    assert_int_equal(gh_url_query_number(SLICE("/x?page"), "page"), -1);
    assert_int_equal(gh_url_query_number(SLICE("/x?page=1x"), "page"), -1);
    assert_int_equal(gh_url_query_number(SLICE("/x#?page=4"), "page"), -1);
    assert_int_equal(gh_url_query_number(SLICE("/page=5"), "page"), -1);
    assert_int_equal(gh_url_query_number(SLICE("/users{?since}"), "since"), -1);
    assert_int_equal(gh_url_query_number(SLICE("/x?"), "page"), -1);
    assert_int_equal(gh_url_query_number((slice){NULL, 0}, "page"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_link__middle_page),
        cmocka_unit_test(test_link__since_list_has_a_template),
        cmocka_unit_test(test_link__empty_header_has_no_links),
        cmocka_unit_test(test_link__forms_the_rfc_allows),
        cmocka_unit_test(test_link__first_of_several_counts),
        cmocka_unit_test(test_link__unknown_relations_are_passed_over),
        cmocka_unit_test(test_link__malformed_part_ends_the_parse),
        cmocka_unit_test(test_link__what_is_sound_is_not_malformed),
        cmocka_unit_test(test_link__blanks_around_a_target),
        cmocka_unit_test(test_link__every_cut_is_survived),
        cmocka_unit_test(test_link__query_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
