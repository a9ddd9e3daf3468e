#include "api/charts/columns.h"

static const char *all_of(struct arena *a, const char *const *names, size_t n)
{
    const char *text = names[0];
    for (size_t i = 1; i < n; i++)
        text = arena_printf(a, "%s, %s", text, names[i]);
    return text;
}

unsigned columns_read(const struct request *rq, const char *const *names, size_t n,
                      struct param_errors *errors)
{
    slice rest = params_get(&rq->params, "fields"), name;
    unsigned set = 0;
    if (slice_trim(rest).len == 0)
        return (unsigned)((UINT64_C(1) << n) - 1);
    while (slice_split(&rest, ',', &name)) {
        name = slice_trim(name);
        bool known = name.len == 0;
        for (size_t i = 0; i < n; i++) {
            bool same = slice_eq(name, slice_of(names[i]));
            set |= (unsigned)same << i;
            known |= same;
        }
        if (!known) {
            param_errors_add(
                errors, SLICE("fields"),
                arena_printf(rq->arena, "\"%.*s\" is not a field of these items. Choose from: %s.",
                             (int)(name.len < 60 ? name.len : 60), name.ptr, all_of(rq->arena, names, n)));
            break;
        }
    }
    return set;
}
