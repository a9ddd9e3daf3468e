/* Bodies: made safe for jsonb, read item by item, read as GraphQL's answer. */
#include "core/json/check.h"
#include "core/json/clean.h"
#include "fuzz.h"
#include "github/decode.h"
#include "github/hydrate.h"
#include <assert.h>
#include <jansson.h>

static void clean_twice(slice input)
{
    struct buf once, twice;
    buf_init(&once, 1 << 20);
    buf_init(&twice, 1 << 20);
    slice safe = json_clean(input, &once) ? input : buf_slice(&once);
    assert(slice_utf8_valid(safe));
    assert(json_clean(safe, &twice)); /* nothing is left to clean */
    buf_finish(&once);
    buf_finish(&twice);
}

/* What we call whole another parser reads, but for what it also wants: UTF-8, and numbers that fit. */
static void check_whole(slice input)
{
    int64_t n_items;
    enum json_kind kind = json_check(input, &n_items);
    json_error_t why;
    if (memchr(input.ptr, 0, input.len)) /* which it reads as the end */
        return;
    json_t *root =
        json_loadb(input.ptr, input.len, JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &why);
    assert(!root || kind != JSON_BROKEN);
    assert(!json_is_array(root) || (size_t)n_items == json_array_size(root));
    assert(kind == JSON_BROKEN || kind == json_kind_of_start(input));
    json_decref(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice input = slice_from((const char *)data, size);
    struct buf out;
    struct err err;
    size_t dropped;
    int64_t cost;
    struct stub stubs[2] = {{.kind = RECORD_DEVELOPER, .github_id = 1, .name = "octocat", .node_id = "U_1"},
                            {.kind = RECORD_REPOSITORY, .github_id = 2, .name = "a/b", .node_id = "R_2"}};
    clean_twice(input);
    check_whole(input);
    struct arena *arena = arena_create();
    struct gh_star_page page;
    if (gh_decode_star_history(input, arena, &page, &err))
        assert(page.n_days <= GH_MAX_STAR_WEEKS * 7 && page.n_days % 7 == 0);
    arena_destroy(arena);
    for (int i = 0; i < 2; i++) {
        buf_init(&out, 1 << 20);
        if (!gh_decode_clean(input, i ? GH_SHAPE_REPOSITORY : GH_SHAPE_USER, &out, &dropped, &err))
            assert(err.code == ERR_BROKEN);
        buf_finish(&out);
    }
    struct buf more;
    buf_init(&out, 1 << 20);
    buf_init(&more, 1 << 20);
    struct gh_fields lacking;
    gh_hydrate_read(input, stubs, 2, &out, &more, &cost, &lacking);
    buf_reset(&out);
    gh_hydrate_query(stubs, 2, true, &lacking, &out);
    buf_finish(&out);
    buf_finish(&more);
    return 0;
}
