/* The page of a webhook: what is sent where, how deliveries go, the ones that were given up, and actions. */
#include "api/html/view.h"
#include "api/spec/routes.h"

static void put_texts(struct buf *out, const char *name, const json_t *webhook, const char *key,
                      const char *none)
{
    const json_t *texts = json_object_get(webhook, key);
    buf_printf(out, "<div><dt>%s</dt><dd>", name);
    for (size_t i = 0; i < json_array_size(texts); i++) {
        const json_t *one = json_array_get(texts, i);
        html_between(out, i ? ", <bdi>" : "<bdi>",
                     slice_from(json_string_value(one), json_string_length(one)), "</bdi>");
    }
    if (!json_array_size(texts))
        buf_puts(out, none);
    buf_puts(out, "</dd></div>");
}

static void put_facts(struct buf *out, const json_t *webhook)
{
    bool all = !json_array_size(json_object_get(webhook, "developers")) &&
               !json_array_size(json_object_get(webhook, "repositories"));
    buf_puts(out, "<dl class=\"card\"><div><dt>State</dt><dd>");
    part_state(out, json_text(webhook, "state"));
    buf_puts(out, "</dd></div>");
    part_text_row(out, "Sent to", json_text(webhook, "url"));
    part_text_row(out, "Secret (shown only once)", json_text(webhook, "secret"));
    put_texts(out, "Types of changes", webhook, "types", "all");
    put_texts(out, "GitHub ids of developers", webhook, "developers", all ? "all" : "none");
    put_texts(out, "GitHub ids of repositories", webhook, "repositories", all ? "all" : "none");
    part_text_row(out, "Last error", json_text(webhook, "last_error"));
    part_time_row(out, "Added", json_text(webhook, "created_at"));
    part_count_row(out, "Delivered items", webhook, "delivered");
    part_time_row(out, "Last delivery", json_text(webhook, "delivered_at"));
    part_count_row(out, "Last status", webhook, "last_status");
    part_count_row(out, "Failed attempts", webhook, "attempt");
    part_time_row(out, "Failing since", json_text(webhook, "failing_since"));
    part_time_row(out, "Next attempt", json_text(webhook, "next_at"));
    part_count_row(out, "Deliveries given up", webhook, "dead_letters_count");
    buf_puts(out, "</dl>");
}

static void put_dead(struct buf *out, const json_t *letters)
{
    if (!json_array_size(letters))
        return;
    buf_puts(out, "<section class=\"panel\"><h2>Deliveries that were given up</h2><div class=\"scroll\" "
                  "tabindex=\"0\" role=\"group\" aria-label=\"Table\"><table><thead><tr><th "
                  "scope=\"col\">When</th><th scope=\"col\" class=\"number\">Items</th><th "
                  "scope=\"col\">Why</th></tr></thead><tbody>");
    for (size_t i = 0; i < json_array_size(letters); i++) {
        const json_t *letter = json_array_get(letters, i);
        buf_puts(out, "<tr><td>");
        part_time(out, json_text(letter, "at"), true);
        buf_puts(out, "</td><td class=\"number\">");
        part_count(out, letter, "items");
        html_between(out, "</td><td><bdi>", json_text(letter, "error"), "</bdi></td></tr>");
    }
    buf_puts(out, "</tbody></table></div></section>");
}

void webhook_put(struct buf *out, const struct request *rq, const struct response *rs, const json_t *webhook)
{
    int64_t id = 0;
    json_whole(webhook, "id", &id);
    slice title = slice_of(arena_printf(rq->arena, "Webhook %lld", (long long)id));
    view_begin(out, rq, title, NULL);
    page_breadcrumb(out, rq);
    html_between(out, "<h1>", title, "</h1>");
    page_notices(out, rs);
    buf_puts(out, "<section id=\"answer\" aria-label=\"Answer\">");
    put_facts(out, webhook);
    if (!strchr(rq->route->path, '{')) /* just added: the answer has the list's address */
        buf_printf(out, "<p><a href=\"%.*s/github/webhooks/%lld/\">Open the webhook</a></p>",
                   SLICE_ARG(page_prefix(rq)), (long long)id);
    else
        page_actions(out, rq, NULL);
    put_dead(out, json_object_get(webhook, "dead_letters"));
    if (!slice_eq(rq->method, SLICE("POST")))
        request_put(out, rq);
    buf_puts(out, "</section>");
    view_end(out, rq);
}
