#include "schema/access/sessions.h"
#include <sodium.h>
#include <stdlib.h>

#define SECRET_BYTES 32

_Static_assert(sodium_base64_ENCODED_LEN(SECRET_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING) ==
                   SESSION_SIZE,
               "a token is the secret in base64url");

void session_make(char out[SESSION_SIZE])
{
    unsigned char secret[SECRET_BYTES];
    if (sodium_init() < 0)
        abort();
    randombytes_buf(secret, sizeof secret);
    sodium_bin2base64(out, SESSION_SIZE, secret, sizeof secret, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(secret, sizeof secret);
}

bool session_hash(slice token, char hex_out[SESSION_HEX_SIZE])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    if (token.len != SESSION_SIZE - 1)
        return false;
    crypto_hash_sha256(hash, (const unsigned char *)token.ptr, token.len);
    sodium_bin2hex(hex_out, SESSION_HEX_SIZE, hash, sizeof hash);
    return true;
}

bool sessions_add(struct db *db, slice token, slice user, slice password_hash, bool *there_out,
                  struct err *err)
{
    char hex[SESSION_HEX_SIZE];
    AUTO_ROWS rows = {0};
    if (!session_hash(token, hex))
        return err_set(err, ERR_INTERNAL, "not a session");
    if (!db_run(db, Q_sessions_add, &rows, err, DB_CSTR(hex), DB_TEXT(user), DB_I64(SESSION_SECONDS),
                DB_TEXT(password_hash)))
        return err_wrap(err, "begin a session");
    *there_out = db_bool(&rows, 0, COL_sessions_add_added);
    return true;
}

bool sessions_find(struct db *db, struct arena *a, const char *hash_hex, struct secret_owner *out,
                   struct err *err)
{
    AUTO_ROWS rows = {0};
    *out = (struct secret_owner){.read_only = true};
    if (!db_run(db, Q_sessions_find, &rows, err, DB_CSTR(hash_hex)))
        return err_wrap(err, "find a session");
    if (rows.n == 0)
        return true;
    slice name = db_text(&rows, 0, COL_sessions_find_name);
    *out = (struct secret_owner){.found = true,
                                 .name = arena_copy(a, name),
                                 .read_only = db_bool(&rows, 0, COL_sessions_find_read_only),
                                 .expires_at_ms = db_time(&rows, 0, COL_sessions_find_expires_at)};
    return true;
}

bool sessions_remove(struct db *db, slice token, bool *was_there_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    char hex[SESSION_HEX_SIZE];
    *was_there_out = false;
    if (!session_hash(token, hex))
        return true;
    if (!db_run(db, Q_sessions_remove, &rows, err, DB_CSTR(hex)))
        return err_wrap(err, "end a session");
    *was_there_out = db_i64(&rows, 0, COL_sessions_remove_n) > 0;
    return true;
}

bool sessions_remove_of(struct db *db, const char *user, int64_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_sessions_remove_of, &rows, err, DB_CSTR(user)))
        return err_wrap(err, "end the sessions of %s", user);
    *n_out = db_i64(&rows, 0, COL_sessions_remove_of_n);
    return true;
}
