#include "mirror/upstream/upstream_health.h"
#include "tests/unit/unit.h"
#include <stdio.h>

static enum outage_word read_status(const char *component)
{
    char json[400];
    snprintf(json, sizeof json,
             "{\"components\":[{\"name\":\"Git "
             "Operations\",\"status\":\"major_outage\"},%s,{\"name\":\"Pages\"}]}",
             component);
    return outage_read(slice_of(json));
}

static void what_the_status_page_says(void **state)
{
    static const char *const words[] = {"operational", "degraded_performance", "partial_outage",
                                        "under_maintenance", "something new"};
    char component[120];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        snprintf(component, sizeof component, "{\"name\":\"API Requests\",\"status\":\"%s\"}", words[i]);
        assert_int_equal(read_status(component), STATUS_UP);
    }
    assert_int_equal(read_status("{\"name\":\"api requests\",\"status\":\"major_outage\"}"), STATUS_DOWN);
}

static void what_makes_no_sense_decides_nothing(void **state)
{
    static const char *const texts[] = {"",
                                        "{",
                                        "[]",
                                        "null",
                                        "{\"components\":{}}",
                                        "{\"components\":[]}",
                                        "<html>",
                                        "{\"components\":[1,null,{\"name\":\"API Requests\"}]}",
                                        "{\"components\":[{\"name\":\"API Requests\",\"status\":7}]}"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        assert_int_equal(outage_read(slice_of(texts[i])), STATUS_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_the_status_page_says),
                                       cmocka_unit_test(what_makes_no_sense_decides_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
