/* The parts of the dashboard that take longer to read and change slowly: top values and most followed. Cached for a minute for all
 * readers, since they do not depend on the reader. */
#include "api/html/views/board.h"
#include "api/html/views/record_parts.h"
#include "core/base/clock.h"
#include "schema/browse/facets.h"
#include "schema/report/trends.h"
#include <pthread.h>

#define KEEP_MS  60000
#define N_VALUES 8

static struct {
    pthread_mutex_t lock;
    struct buf text;
    int64_t until_ms; /* mono */
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool put_facet(struct buf *out, struct request *rq, enum facet facet, const char *title,
                      const char *list, const char *filter, struct err *err)
{
    struct browse_query query = {.list = facet_list(facet)};
    struct facets facets = {0};
    struct profile_counts counts = {0};
    if (!facets_read(rq->db, rq->arena, &query, facet, N_VALUES + 1, &facets, err))
        return false;
    for (size_t i = 0; i < facets.n && counts.n < N_VALUES; i++)
        if (facets.values[i].value.len)
            counts.items[counts.n++] =
                (struct profile_count){0, facets.values[i].value, facets.values[i].count};
    record_bars(out, rq, title, list, filter, &counts,
                facets.capped ? "Of the counted records." : "Of all synced records.");
    return true;
}

static bool put_top(struct buf *out, struct request *rq, enum top_kind kind, const char *title,
                    struct err *err)
{
    struct top *rows;
    size_t n = 0;
    if (!trends_top(rq->db, rq->arena, kind, N_VALUES, TOP_HERE_CAP, &rows, &n, err))
        return false;
    if (n == 0)
        return true;
    buf_printf(out, "<section class=\"panel\"><h2>%s</h2><table>", title);
    part_table_head(out, kind == TOP_FOLLOWED ? SLICE("Developer|#At GitHub|#Known here")
                                              : SLICE("Repository|#At GitHub|#Known here"));
    for (size_t i = 0; i < n; i++) {
        buf_puts(out, "<tr><th scope=\"row\">");
        if (kind == TOP_FOLLOWED)
            part_developer(out, rq, rows[i].github_id, rows[i].name);
        else
            part_repository(out, rq, rows[i].github_id, rows[i].name);
        buf_puts(out, "</th><td class=\"number\">");
        part_number(out, rows[i].at_github);
        buf_puts(out, "</td><td class=\"number\">");
        part_number(out, rows[i].here);
        buf_puts(out, rows[i].here >= TOP_HERE_CAP ? "+</td></tr>" : "</td></tr>");
    }
    buf_printf(out,
               "</tbody></table><p class=\"hint\">At GitHub: GitHub’s count. Known here: the %s among the "
               "records of this server.</p></section>",
               kind == TOP_FOLLOWED ? "followers" : "stargazers");
    return true;
}

static bool put_rising(struct buf *out, struct request *rq, int days, struct err *err)
{
    struct rising *rows;
    size_t n = 0;
    if (!trends_rising(rq->db, rq->arena, days, N_VALUES, &rows, &n, err))
        return false;
    if (n == 0)
        return true;
    buf_printf(out, "<section class=\"panel\"><h2>Rising in %d days</h2><table>", days);
    part_table_head(out, SLICE("Repository|#Gained|#Stars"));
    for (size_t i = 0; i < n; i++) {
        buf_puts(out, "<tr><th scope=\"row\">");
        part_repository(out, rq, rows[i].github_id, rows[i].full_name);
        buf_puts(out, "</th><td class=\"number\">+");
        part_number(out, rows[i].gained);
        buf_puts(out, "</td><td class=\"number\">");
        if (rows[i].stargazers_count >= 0)
            part_number(out, rows[i].stargazers_count);
        buf_puts(out, "</td></tr>");
    }
    buf_puts(out, "</tbody></table></section>");
    return true;
}

static bool put_all(struct buf *out, struct request *rq, struct err *err)
{
    return board_quota_day(rq, out, err) && put_rising(out, rq, 7, err) && put_rising(out, rq, 30, err) &&
           put_top(out, rq, TOP_FOLLOWED, "Most followed", err) &&
           put_top(out, rq, TOP_STARRED, "Most starred", err) &&
           put_facet(out, rq, FACET_LANGUAGE, "Top languages", "repositories", "language", err) &&
           put_facet(out, rq, FACET_LOCATION, "Top locations", "developers", "location", err) &&
           put_facet(out, rq, FACET_COMPANY, "Top companies", "developers", "company", err);
}

bool board_slow(struct request *rq, struct buf *out, struct err *err)
{
    AUTO_BUF fresh = {0};
    pthread_mutex_lock(&kept.lock);
    bool have = kept.until_ms > clock_mono_ms();
    if (have)
        buf_put(out, kept.text.ptr, kept.text.len);
    pthread_mutex_unlock(&kept.lock);
    if (have)
        return true;
    bool ok = put_all(&fresh, rq, err);
    if (ok) {
        buf_put(out, fresh.ptr, fresh.len);
        pthread_mutex_lock(&kept.lock);
        buf_reset(&kept.text);
        buf_put(&kept.text, fresh.ptr, fresh.len);
        kept.until_ms = clock_mono_ms() + KEEP_MS;
        pthread_mutex_unlock(&kept.lock);
    }
    return ok;
}
