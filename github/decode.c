#include "github/decode.h"
#include "github/record.h"

/* An item, or the one within {starred_at, repo} or {starred_at, user}. */
static bool clean_item(json_t *item, enum gh_shape shape)
{
    if (!json_is_object(item))
        return false;
    bool user = shape == GH_SHAPE_USER || shape == GH_SHAPE_LISTED_USER;
    bool listed = shape == GH_SHAPE_LISTED_USER || shape == GH_SHAPE_LISTED_REPOSITORY;
    json_t *starred = listed ? json_object_get(item, user ? "user" : "repo") : NULL;
    json_t *record = json_is_object(starred) ? starred : item;
    if (!(user ? gh_record_user(record, listed) : gh_record_repository(record, listed)))
        return false;
    if (record != item)
        gh_record_drop_misfits(item); /* of starred_at */
    return true;
}

bool gh_decode_clean(slice json, enum gh_shape shape, struct buf *out, size_t *dropped_out, struct err *err)
{
    json_error_t why;
    json_t *root = gh_record_parse(json, &why);
    *dropped_out = 0;
    if (json_is_object(root)) {
        json_t *list = json_array();
        json_array_append_new(list, root);
        root = list;
    }
    if (!json_is_array(root)) {
        json_decref(root);
        return err_set(err, ERR_BROKEN, "not a JSON list: %.120s", root ? "another type" : why.text);
    }
    for (size_t i = json_array_size(root); i-- > 0;) {
        if (clean_item(json_array_get(root, i), shape))
            continue;
        json_array_remove(root, i);
        (*dropped_out)++;
    }
    char *text = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    if (!text)
        return err_set(err, ERR_BROKEN, "the cleaned list could not be written");
    buf_puts(out, text);
    free(text);
    return true;
}

/* ---- star history ---- */

#define DAY_S        86400
#define FIRST_WEEK_S 1167609600 /* 2007: GitHub began in 2008 */
#define LAST_WEEK_S  4102444800 /* 2100 */

/* False: the item is invalid, and nothing was added. */
static bool add_week(const json_t *item, struct gh_star_page *page)
{
    const json_t *week = json_object_get(item, "week"), *total = json_object_get(item, "total"),
                 *days = json_object_get(item, "days");
    struct gh_star_day *to = page->days + page->n_days;
    json_int_t start = json_integer_value(week), sum = 0;
    if (!json_is_integer(week) || start < FIRST_WEEK_S || start > LAST_WEEK_S || json_array_size(days) != 7)
        return false;
    for (size_t i = 0; i < 7; i++) {
        const json_t *stars = json_array_get(days, i);
        json_int_t n = json_integer_value(stars);
        if (!json_is_integer(stars) || n < 0 || n > GH_MAX_STARS_A_DAY)
            return false;
        sum += n;
        to[i] = (struct gh_star_day){(start + DAY_S / 2) / DAY_S + (int64_t)i, n};
    }
    if (total && (!json_is_integer(total) || json_integer_value(total) != sum))
        return false;
    page->n_days += 7;
    return true;
}

bool gh_decode_star_history(slice json, struct arena *a, struct gh_star_page *out, struct err *err)
{
    json_error_t why;
    json_auto_t *root = gh_record_parse(json, &why);
    *out = (struct gh_star_page){.n_weeks = json_array_size(root)};
    if (!json_is_array(root))
        return err_set(err, ERR_BROKEN, "not a JSON list: %.120s", root ? "another type" : why.text);
    size_t n = out->n_weeks < GH_MAX_STAR_WEEKS ? out->n_weeks : GH_MAX_STAR_WEEKS;
    out->n_dropped = out->n_weeks - n;
    out->days = arena_array(a, n * 7, sizeof *out->days);
    for (size_t i = 0; i < n; i++)
        out->n_dropped += !add_week(json_array_get(root, i), out);
    return true;
}
