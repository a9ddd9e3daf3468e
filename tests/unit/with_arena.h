/* with_arena: one arena for the tests of a file, cmocka_run_group_tests(tests, make, drop). */
#pragma once
#include "core/base/arena.h"

static struct arena *arena;

static int make(void **state)
{
    (void)state;
    arena = arena_create();
    return 0;
}

static int drop(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}
