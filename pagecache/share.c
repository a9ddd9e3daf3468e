#include "pagecache/share.h"
#include "core/base/memory.h"
#include "core/json/check.h"
#include "github/url.h"
#include "pagecache/field_kinds.h"
#include "schema/mirror.h"
#include <stdlib.h>

static slice bytes_of(const unsigned char *bytes, size_t n)
{
    return slice_from((const char *)bytes, n);
}

/* The keys that the mirror computes for an equal request of a client. */
static void make_keys(const struct secret *secret, const struct shared_page *page,
                      unsigned char credential_hash[CREDENTIAL_HASH_BYTES], unsigned char resource[KEY_BYTES],
                      unsigned char key[KEY_BYTES])
{
    struct fields varying = {.n = 0};
    if (page->accept)
        fields_add(&varying, "Accept", page->accept);
    if (page->api_version)
        fields_add(&varying, "X-GitHub-Api-Version", page->api_version);
    credential_hash_of(secret, page->identity, credential_hash);
    resource_key(page->url, agent_wants_indent(page->user_agent), resource);
    page_key(resource, credential_hash, &varying, key);
}

/* Whether the mirror would store the page itself, and with which fields. */
static bool is_worth_keeping(const struct shared_page *page, struct fields *fields, bool *derivable_out,
                             int64_t *n_items_out)
{
    fields_drop_hop(fields);
    fields_drop_kind(fields, FIELD_SESSION);
    const char *etag = fields_get(fields, "ETag");
    bool keeps = (etag || fields_get(fields, "Last-Modified")) && strlen(page->url) <= MIRROR_URL_MAX &&
                 fields_allow_keeping(fields) && json_check(page->plain, n_items_out) != JSON_BROKEN;
    *derivable_out = keeps && body_is_derivable(page->accept, page->authorization, etag, page->plain);
    return keeps;
}

static bool save(struct db *db, const struct secret *secret, const struct shared_page *page,
                 const struct fields *fields, bool derivable, int64_t n_items, struct err *err)
{
    unsigned char credential_hash[CREDENTIAL_HASH_BYTES], resource[KEY_BYTES], key[KEY_BYTES];
    char hex[KEY_BYTES * 2 + 1], *url = xstrdup(page->url);
    bool is_new;
    int64_t grown;
    make_keys(secret, page, credential_hash, resource, key);
    key_hex(key, hex);
    gh_url_canonical(url);
    AUTO_BUF lines = {0};
    fields_write(fields, &lines);
    const struct mirror_page row = {.key = bytes_of(key, sizeof key),
                                    .resource = bytes_of(resource, sizeof resource),
                                    .url = slice_of(url),
                                    .credential_hash = bytes_of(credential_hash, sizeof credential_hash),
                                    .headers = buf_slice(&lines),
                                    .bytes = page->bytes,
                                    .n_items = n_items,
                                    .derivable = derivable};
    bool ok = mirror_save(db, &row, true, &is_new, &grown, err) && mirror_tell(db, slice_of(hex), err);
    free(url);
    return ok;
}

bool share_page(struct db *db, const struct secret *secret, const struct shared_page *page, struct err *err)
{
    struct fields fields;
    bool derivable;
    int64_t n_items;
    char *text = xstrndup(page->head.ptr ? page->head.ptr : "", page->head.len);
    fields_split(text, &fields);
    char *joined = fields_join(&fields);
    bool ok = !is_worth_keeping(page, &fields, &derivable, &n_items) ||
              save(db, secret, page, &fields, derivable, n_items, err);
    free(joined);
    free(text);
    return ok;
}
