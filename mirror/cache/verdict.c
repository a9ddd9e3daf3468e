#include "mirror/cache/verdict.h"
#include "core/json/check.h"
#include <strings.h>

#define START_BYTES 4096u /* enough to recognise the beginning of a body */

static slice type_of(const struct page *page)
{
    return media_type(fields_get(&page->fields, "Content-Type"));
}

static bool is_html_type(const struct page *page)
{
    slice type = type_of(page);
    return slice_eq_nocase(type, SLICE("text/html")) || slice_eq_nocase(type, SLICE("application/xhtml+xml"));
}

/* Also text/json, application/scim+json and the like; GitHub's own types with a suffix name the requested form of a file. */
static bool is_json_type(const struct page *page)
{
    slice type = type_of(page), suffix = SLICE("+json"), own = SLICE("application/vnd.github.");
    if (page->json || slice_eq_nocase(type, SLICE("text/json")))
        return true;
    return type.len > suffix.len &&
           slice_eq_nocase(slice_from(type.ptr + type.len - suffix.len, suffix.len), suffix) &&
           !(type.len > own.len && slice_eq_nocase(slice_from(type.ptr, own.len), own));
}

static bool begins(slice text, slice with)
{
    return text.len >= with.len && slice_eq_nocase(slice_from(text.ptr, with.len), with);
}

/* The beginnings of pages in the wild (WHATWG, MIME Sniffing, 7.1); no JSON at all begins with '<'. */
static bool looks_like_html(slice plain, bool called_json)
{
    static const slice starts[] = {SLICE("<!doctype html"), SLICE("<html"),  SLICE("<head"), SLICE("<script"),
                                   SLICE("<body"),          SLICE("<title"), SLICE("<!--")};
    slice mark = SLICE("\xef\xbb\xbf");
    if (slice_starts(plain, mark))
        plain = slice_from(plain.ptr + mark.len, plain.len - mark.len);
    plain = slice_trim(plain);
    if (called_json)
        return begins(plain, SLICE("<"));
    for (size_t i = 0; i < ARRAY_LEN(starts); i++)
        if (begins(plain, starts[i]))
            return true;
    return false;
}

/* GitHub renders a readme or a comment as HTML on request, and indicates it in X-GitHub-Media-Type. */
static bool html_was_asked_for(const struct page *answer, const struct page *before, const char *accept)
{
    const char *media = fields_get(&answer->fields, "X-GitHub-Media-Type");
    return (before && is_html_type(before)) || (media && strstr(media, "param=html")) ||
           (accept && strstr(accept, "vnd.github") && strstr(accept, "html"));
}

static bool is_web_page(const struct page *answer, slice plain, const struct page *before, const char *accept)
{
    slice type = type_of(answer);
    bool sniffs =
        answer->json || (before && before->json) || !type.len || slice_eq_nocase(type, SLICE("text/plain"));
    return (is_html_type(answer) || (sniffs && looks_like_html(plain, answer->json))) &&
           !html_was_asked_for(answer, before, accept);
}

static enum json_kind kind_of(const struct page *before)
{
    if (before->coding == CODING_NONE)
        return json_kind_of_start(slice_from(before->body->bytes, before->body->len));
    AUTO_BUF start = {.max = START_BYTES};
    bool whole = page_plain(before, &start);
    (void)whole; /* its beginning is enough */
    return json_kind_of_start(buf_slice(&start));
}

enum verdict verdict_of(const struct page *answer, slice plain, bool whole, const struct page *before,
                        const char *accept, int64_t *n_items_out)
{
    *n_items_out = -1;
    if (is_web_page(answer, plain, before, accept))
        return BODY_WEB_PAGE;
    if (!whole)
        return BODY_BROKEN;
    if (!is_json_type(answer))
        return before && before->json ? BODY_BROKEN : BODY_SOUND;
    enum json_kind kind = json_check(plain, n_items_out),
                   was = before && before->json ? kind_of(before) : JSON_BROKEN;
    return kind != JSON_BROKEN && (was == JSON_BROKEN || was == kind) ? BODY_SOUND : BODY_BROKEN;
}
