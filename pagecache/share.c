#include "pagecache/share.h"
#include "schema/mirror.h"
#include <stdlib.h>

static slice bytes_of(const unsigned char *bytes, size_t n)
{
    return slice_from((const char *)bytes, n);
}

/* Keys as the mirror makes them of a client's request that says the same. */
static void make_keys(const struct secret *secret, const struct shared_page *page,
                      unsigned char scope[SCOPE_BYTES], unsigned char resource[KEY_BYTES],
                      unsigned char key[KEY_BYTES])
{
    struct fields varying = {.n = 0};
    if (page->accept)
        fields_add(&varying, "Accept", page->accept);
    if (page->api_version)
        fields_add(&varying, "X-GitHub-Api-Version", page->api_version);
    scope_of(secret, page->authorization, scope);
    resource_key(page->url, agent_wants_indent(page->user_agent), resource);
    page_key(resource, scope, &varying, key);
}

bool share_page(struct db *db, const struct secret *secret, const struct shared_page *page, struct err *err)
{
    unsigned char scope[SCOPE_BYTES], resource[KEY_BYTES], key[KEY_BYTES];
    char hex[KEY_BYTES * 2 + 1];
    struct fields fields;
    bool is_new;
    int64_t grown;
    char *lines = strndup(page->head.ptr ? page->head.ptr : "", page->head.len);
    if (!lines)
        abort();
    fields_split(lines, &fields);
    const char *etag = fields_get(&fields, "ETag");
    bool keeps = (etag || fields_get(&fields, "Last-Modified")) && strlen(page->url) <= MIRROR_URL_MAX;
    bool derivable = keeps && body_is_derivable(page->accept, page->authorization, etag, page->plain);
    free(lines);
    if (!keeps)
        return true;
    make_keys(secret, page, scope, resource, key);
    key_hex(key, hex);
    const struct mirror_page row = {.key = bytes_of(key, sizeof key),
                                    .resource = bytes_of(resource, sizeof resource),
                                    .url = slice_of(page->url),
                                    .scope = bytes_of(scope, sizeof scope),
                                    .headers = page->head,
                                    .bytes = page->bytes,
                                    .n_items = json_count_items(page->plain),
                                    .derivable = derivable};
    return mirror_save(db, &row, true, &is_new, &grown, err) && mirror_tell(db, slice_of(hex), err);
}
