/* status_page.c: githubstatus.com's components.json, valid or broken in a chosen way. */
#include "sim/serve/server.h"

#define PAGE "{\"id\":\"kctbh9vrtdwd\",\"name\":\"GitHub\",\"url\":\"https://www.githubstatus.com\"}"

static void add_component(struct buf *b, const char *id, const char *name, const char *status)
{
    if (b->data[b->len - 1] == '}')
        BUF_LIT(b, ",");
    buf_printf(b,
               "{\"id\":\"%s\",\"name\":\"%s\",\"status\":\"%s\",\"position\":1,\"showcase\":false,"
               "\"group\":false,\"only_show_if_degraded\":false}",
               id, name, status);
}

void answer_components(struct request *rq, enum status_mode mode)
{
    static const char *const states[] = {"operational", "degraded_performance", "partial_outage",
                                         "major_outage", "under_maintenance"};
    if (mode == STATUS_500) {
        answer_text(rq, 500, "text/plain", "something went wrong");
        return;
    }
    if (mode == STATUS_HTML) {
        answer_text(rq, 200, "text/html", "<html><body>We will be back soon: major_outage</body></html>");
        return;
    }
    struct buf b = {0};
    BUF_LIT(&b, "{\"page\":" PAGE ",\"components\":[");
    add_component(&b, "8l4ygp009s5s", "Git Operations",
                  "major_outage"); /* not the component that clients check */
    if (mode != STATUS_MISSING)
        add_component(&b, "brv1bkgrwx7q", "API Requests",
                      states[mode <= STATUS_MAINTENANCE ? mode : STATUS_MAJOR]);
    BUF_LIT(&b, "]}");
    if (mode == STATUS_CUT)
        b.len -= 4;
    answer_json(rq, 200, &b);
}
