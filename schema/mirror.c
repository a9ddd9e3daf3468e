#include "schema/mirror.h"
#include <sodium.h>

bool mirror_key(struct db *db, const unsigned char *mine, unsigned char out[MIRROR_HASH_BYTES],
                struct err *err)
{
    AUTO_ROWS rows = {0};
    const slice own = mine ? slice_from((const char *)mine, MIRROR_HASH_BYTES) : (slice){NULL, 0};
    if (!db_run(db, Q_mirror_key, &rows, err, DB_TEXT(own)))
        return false;
    if (!rows.n) { /* another mirror has just created it */
        db_rows_clear(&rows);
        if (!db_run(db, Q_mirror_key, &rows, err, DB_TEXT(own)))
            return false;
    }
    slice key = rows.n ? db_text(&rows, 0, COL_mirror_key_key) : SLICE("");
    if (key.len != MIRROR_HASH_BYTES)
        return err_set(err, ERR_SCHEMA, "mirror_key holds no key of %d bytes", MIRROR_HASH_BYTES);
    memcpy(out, key.ptr, MIRROR_HASH_BYTES);
    return true;
}

bool mirror_find(struct db *db, slice key, slice resource, slice writer, struct db_rows *rows,
                 bool *found_out, struct mirror_page *out, struct err *err)
{
    *found_out = false;
    if (!db_run(db, Q_mirror_find, rows, err, DB_TEXT(key), DB_TEXT(resource), DB_TEXT(writer)))
        return false;
    if (!rows->n)
        return true;
    *found_out = true;
    *out = (struct mirror_page){
        .own = db_bool(rows, 0, COL_mirror_find_own),
        .key = db_text(rows, 0, COL_mirror_find_key),
        .resource = resource,
        .url = db_text(rows, 0, COL_mirror_find_url),
        .headers = db_text(rows, 0, COL_mirror_find_headers),
        .bytes = db_text(rows, 0, COL_mirror_find_bytes),
        .n_items = db_i64(rows, 0, COL_mirror_find_n_items),
        .derivable = db_bool(rows, 0, COL_mirror_find_derivable),
        .fetched_age_ms = db_i64(rows, 0, COL_mirror_find_fetched_age_ms),
        .checked_age_ms = db_is_null(rows, 0, COL_mirror_find_checked_age_ms)
                              ? -1
                              : db_i64(rows, 0, COL_mirror_find_checked_age_ms),
        .barred = db_bool(rows, 0, COL_mirror_find_barred),
    };
    return true;
}

bool mirror_save(struct db *db, const struct mirror_page *page, bool checked, bool *new_out,
                 int64_t *bytes_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    unsigned char hash[MIRROR_HASH_BYTES];
    slice bytes = page->bytes.ptr ? page->bytes : SLICE("");
    crypto_generichash(hash, sizeof hash, (const unsigned char *)bytes.ptr, bytes.len, NULL, 0);
    /* A body may be deleted between its lookup and its use: repeated, so that it is written again. */
    for (int attempt = 0;; attempt++) {
        if (db_run(db, Q_mirror_save, &rows, err, DB_TEXT(page->key), DB_TEXT(page->resource),
                   DB_TEXT(page->url), DB_TEXT(page->credential_hash), DB_TEXT(page->headers),
                   DB_TEXT(slice_from((const char *)hash, sizeof hash)), DB_TEXT(bytes),
                   DB_I64(page->n_items), DB_BOOL(page->derivable), DB_BOOL(checked)))
            break;
        if (attempt || strcmp(err->sqlstate, "23503") != 0)
            return false;
    }
    *new_out = db_bool(&rows, 0, COL_mirror_save_is_new);
    *bytes_out = db_i64(&rows, 0, COL_mirror_save_bytes);
    return true;
}

bool mirror_headers(struct db *db, slice key, slice headers, bool checked, struct err *err)
{
    return db_run(db, Q_mirror_headers, NULL, err, DB_TEXT(key), DB_TEXT(headers), DB_BOOL(checked));
}

bool mirror_touch(struct db *db, const slice *used, size_t n_used, const slice *checked, size_t n_checked,
                  struct err *err)
{
    return db_run(db, Q_mirror_touch, NULL, err, DB_TEXTS(used, n_used), DB_TEXTS(checked, n_checked));
}

bool mirror_drop(struct db *db, slice key, struct err *err)
{
    return db_run(db, Q_mirror_drop, NULL, err, DB_TEXT(key));
}

/* glob: an address in which '*' matches anything; written to out as a pattern for LIKE. */
static void mirror_pattern(slice glob, struct buf *out)
{
    for (size_t i = 0; i < glob.len; i++) {
        char c = glob.ptr[i];
        if (c == '%' || c == '_' || c == '\\')
            buf_putc(out, '\\');
        buf_putc(out, c == '*' ? '%' : c);
    }
}

/* Notifications hold at most 8,000 bytes; a longer one becomes an invalidation of everything. */
static bool tell(struct db *db, char what, const char *sender, slice text, struct err *err)
{
    AUTO_BUF message = {.max = 7000};
    buf_printf(&message, "%c%s", what, sender);
    buf_put(&message, text.ptr, text.len);
    if (message.overflow) {
        buf_reset(&message);
        buf_printf(&message, "%c%s*", what, sender);
    }
    return db_run(db, Q_mirror_notify, NULL, err, DB_TEXT(buf_slice(&message)));
}

static bool run_on(struct db *db, enum query q, slice glob, struct db_rows *rows, struct err *err)
{
    AUTO_BUF pattern = {0};
    mirror_pattern(glob, &pattern);
    return db_run(db, q, rows, err, DB_TEXT(buf_slice(&pattern)));
}

bool mirror_purge(struct db *db, slice glob, int64_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!run_on(db, Q_mirror_purge, glob, &rows, err))
        return false;
    *n_out = db_i64(&rows, 0, COL_mirror_purge_n);
    return tell(db, 'p', "", glob, err);
}

/* Patterns of a statement: each page is compared with all of them, and a large cache has to be done before the timeout. */
#define STALE_AT_ONCE 16

static void stale_texts(slice glob, const char *sender, struct arena *a, slice *pattern_out,
                        slice *message_out)
{
    AUTO_BUF pattern = {0};
    mirror_pattern(glob, &pattern);
    char *text = arena_dup(a, buf_slice(&pattern));
    for (char *c = text; *c; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
    *pattern_out = slice_of(text);
    *message_out = slice_of(arena_printf(a, "D%s%.*s", sender, SLICE_ARG(glob)));
}

bool mirror_mark_stale(struct db *db, const slice *globs, size_t n, const char *sender, struct err *err)
{
    AUTO_ARENA a = arena_create();
    slice *patterns = arena_array(a, n, sizeof *patterns), *messages = arena_array(a, n, sizeof *messages);
    for (size_t i = 0; i < n; i++)
        stale_texts(globs[i], sender, a, &patterns[i], &messages[i]);
    bool ok = db_run(db, Q_mirror_tell_stale, NULL, err, DB_TEXTS(messages, n));
    for (size_t i = 0; i < n; i += STALE_AT_ONCE) { /* also after a failure */
        struct err of_these, *why = ok ? err : &of_these;
        size_t n_these = n - i < STALE_AT_ONCE ? n - i : STALE_AT_ONCE;
        ok = db_run(db, Q_mirror_mark_stale, NULL, why, DB_TEXTS(patterns + i, n_these)) && ok;
    }
    return ok;
}

bool mirror_written(struct db *db, slice credential_hash, const char *sender, struct err *err)
{
    char hex[2 * 64 + 1] = "";
    if (credential_hash.len <= 64)
        sodium_bin2hex(hex, sizeof hex, (const unsigned char *)credential_hash.ptr, credential_hash.len);
    return db_run(db, Q_mirror_written, NULL, err, DB_TEXT(credential_hash)) &&
           tell(db, 'w', sender, slice_of(hex), err);
}

bool mirror_writes_prune(struct db *db, int days, struct err *err)
{
    return db_run(db, Q_mirror_writes_prune, NULL, err, DB_I64(days));
}

bool mirror_tell(struct db *db, slice key_hex, struct err *err)
{
    return tell(db, 'k', "", key_hex, err);
}

bool mirror_bar(struct db *db, slice url, slice resource, slice credential_hash, slice key,
                struct db_rows *rows, struct err *err)
{
    if (!db_run(db, Q_mirror_bar, rows, err, DB_TEXT(url), DB_TEXT(resource), DB_TEXT(credential_hash),
                DB_TEXT(key)))
        return false;
    for (size_t i = 0; i < (size_t)rows->n; i++)
        if (!mirror_tell(db, db_text(rows, (int)i, 0), err))
            return false;
    return true;
}

bool mirror_forget(struct db *db, slice url, slice resource, slice credential_hash, slice key,
                   const char *sender, struct db_rows *rows, struct err *err)
{
    bool ok = db_run(db, Q_mirror_bar, rows, err, DB_TEXT(url), DB_TEXT(resource), DB_TEXT(credential_hash),
                     DB_TEXT(key)) &&
              mirror_drop(db, key, err);
    for (int i = 0; ok && i < rows->n; i++)
        ok = tell(db, 'f', sender, db_text(rows, i, COL_mirror_bar_key), err);
    return ok;
}

bool mirror_bar_all(struct db *db, struct err *err)
{
    return db_run(db, Q_mirror_bar_all, NULL, err) && tell(db, 'p', "", SLICE("*"), err);
}

bool mirror_size(struct db *db, int64_t *pages_out, int64_t *bytes_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_mirror_size, &rows, err))
        return false;
    *pages_out = db_i64(&rows, 0, COL_mirror_size_pages);
    *bytes_out = db_i64(&rows, 0, COL_mirror_size_bytes);
    return true;
}

bool mirror_evict(struct db *db, int64_t bytes, int64_t most, int64_t *n_out, int64_t *freed_out,
                  struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_mirror_evict, &rows, err, DB_I64(bytes), DB_I64(most)))
        return false;
    *n_out = db_i64(&rows, 0, COL_mirror_evict_pages);
    *freed_out = db_i64(&rows, 0, COL_mirror_evict_freed);
    return true;
}

bool mirror_sweep(struct db *db, int64_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_mirror_sweep, &rows, err))
        return false;
    *n_out = db_i64(&rows, 0, COL_mirror_sweep_n);
    return true;
}

bool mirror_vacuum(struct db *db, struct err *err)
{
    return db_script(db, "vacuum (truncate false, skip_locked) mirror_bodies", err) &&
           db_script(db, "vacuum (truncate false, skip_locked) mirror_pages", err);
}

bool mirror_user(struct db *db, slice credential_hash, int hours, struct arena *a, const char **login_out,
                 bool *recent_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    *login_out = NULL;
    *recent_out = false;
    if (!db_run(db, Q_mirror_user, &rows, err, DB_TEXT(credential_hash), DB_I64(hours)))
        return false;
    if (rows.n) {
        *login_out = arena_dup(a, db_text(&rows, 0, COL_mirror_user_login));
        *recent_out = db_bool(&rows, 0, COL_mirror_user_recent);
    }
    return true;
}

bool mirror_user_save(struct db *db, slice credential_hash, slice login, struct err *err)
{
    return db_run(db, Q_mirror_user_save, NULL, err, DB_TEXT(credential_hash), DB_TEXT(login));
}

bool mirror_users_prune(struct db *db, int days, struct err *err)
{
    return db_run(db, Q_mirror_users_prune, NULL, err, DB_I64(days));
}

bool mirror_alive(struct db *db, bool *alive_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_mirror_alive, &rows, err))
        return false;
    *alive_out = db_bool(&rows, 0, COL_mirror_alive_alive);
    return true;
}

bool mirror_upstreams(struct db *db, struct arena *a, const char ***out, size_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    *n_out = 0;
    if (!db_run(db, Q_mirror_upstreams, &rows, err))
        return false;
    *out = arena_array(a, (size_t)rows.n, sizeof **out);
    for (int i = 0; i < rows.n; i++)
        (*out)[(*n_out)++] = arena_dup(a, db_text(&rows, i, COL_mirror_upstreams_url));
    return true;
}
