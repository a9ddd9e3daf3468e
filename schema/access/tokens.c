#include "schema/access/tokens.h"
#include "schema/access/users.h"
#include <sodium.h>
#include <stdlib.h>
#include <zlib.h>

#define PREFIX_CHARS   (sizeof TOKEN_PREFIX - 1)
#define SECRET_CHARS   43
#define CHECKSUM_CHARS 6

_Static_assert(PREFIX_CHARS + SECRET_CHARS + CHECKSUM_CHARS + 1 == TOKEN_SIZE, "the parts fit");

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static void checksum(const char *secret, char out[CHECKSUM_CHARS])
{
    unsigned long crc = crc32(0, (const Bytef *)secret, SECRET_CHARS);
    for (int i = CHECKSUM_CHARS; i-- > 0; crc /= 62)
        out[i] = digits[crc % 62];
}

void token_make(char out[TOKEN_SIZE])
{
    if (sodium_init() < 0)
        abort();
    memcpy(out, TOKEN_PREFIX, PREFIX_CHARS);
    char *secret = out + PREFIX_CHARS;
    for (int i = 0; i < SECRET_CHARS; i++)
        secret[i] = digits[randombytes_uniform(62)];
    checksum(secret, secret + SECRET_CHARS);
    out[TOKEN_SIZE - 1] = '\0';
}

bool token_hash(slice token, char hex_out[TOKEN_HEX_SIZE])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char sum[CHECKSUM_CHARS];
    if (token.len != TOKEN_SIZE - 1 || !slice_starts(token, SLICE(TOKEN_PREFIX)))
        return false;
    const char *secret = token.ptr + PREFIX_CHARS;
    checksum(secret, sum);
    if (memcmp(sum, secret + SECRET_CHARS, CHECKSUM_CHARS) != 0)
        return false;
    crypto_hash_sha256(hash, (const unsigned char *)token.ptr, token.len);
    sodium_bin2hex(hex_out, TOKEN_HEX_SIZE, hash, sizeof hash);
    return true;
}

bool tokens_add(struct db *db, const char *name, const char *token, const char *user, bool read_only,
                int64_t expires_at_ms, enum token_added *out, struct err *err)
{
    char hex[TOKEN_HEX_SIZE];
    AUTO_ROWS rows = {0};
    if (!user_name_ok(slice_of(name))) /* tokens' names are shown where users' are */
        return err_set(err, ERR_USAGE,
                       "token name: expected 1 to %d characters without control characters and without ':'",
                       TOKEN_NAME_MAX);
    if (!token_hash(slice_of(token), hex))
        return err_set(err, ERR_INTERNAL, "not a token");
    if (!db_run(db, Q_tokens_add, &rows, err, DB_CSTR(name), DB_CSTR(hex), DB_CSTR(user), DB_BOOL(read_only),
                expires_at_ms ? DB_TIME(expires_at_ms) : DB_NULL))
        return err_wrap(err, "add token %s", name);
    *out = db_bool(&rows, 0, COL_tokens_add_added)         ? TOKEN_ADDED
           : db_bool(&rows, 0, COL_tokens_add_user_exists) ? TOKEN_NAME_TAKEN
                                                           : TOKEN_NO_SUCH_USER;
    return true;
}

bool tokens_remove(struct db *db, const char *name, bool *found_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_tokens_remove, &rows, err, DB_CSTR(name)))
        return err_wrap(err, "remove token %s", name);
    *found_out = rows.n == 1;
    return true;
}

bool tokens_list(struct db *db, struct arena *a, struct api_token **tokens_out, size_t *n_out,
                 struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_tokens_list, &rows, err))
        return err_wrap(err, "list tokens");
    struct api_token *tokens = arena_array(a, (size_t)rows.n, sizeof *tokens);
    for (int i = 0; i < rows.n; i++)
        tokens[i] =
            (struct api_token){.name = arena_dup(a, db_text(&rows, i, COL_tokens_list_name)),
                               .user = db_is_null(&rows, i, COL_tokens_list_user_name)
                                           ? NULL
                                           : arena_dup(a, db_text(&rows, i, COL_tokens_list_user_name)),
                               .read_only = db_bool(&rows, i, COL_tokens_list_read_only),
                               .created_at_ms = db_time(&rows, i, COL_tokens_list_created_at),
                               .expires_at_ms = db_time(&rows, i, COL_tokens_list_expires_at),
                               .last_used_at_ms = db_time(&rows, i, COL_tokens_list_last_used_at)};
    *tokens_out = tokens;
    *n_out = (size_t)rows.n;
    return true;
}

bool tokens_find(struct db *db, struct arena *a, const char *hash_hex, struct secret_owner *out,
                 struct err *err)
{
    AUTO_ROWS rows = {0};
    *out = (struct secret_owner){.read_only = true};
    if (!db_run(db, Q_tokens_find, &rows, err, DB_CSTR(hash_hex)))
        return err_wrap(err, "find token");
    if (rows.n == 0)
        return true;
    slice name = db_text(&rows, 0, COL_tokens_find_name);
    *out = (struct secret_owner){.found = true,
                                 .id = db_i64(&rows, 0, COL_tokens_find_id),
                                 .name = arena_copy(a, name),
                                 .read_only = db_bool(&rows, 0, COL_tokens_find_read_only),
                                 .expires_at_ms = db_time(&rows, 0, COL_tokens_find_expires_at)};
    return true;
}

bool tokens_used(struct db *db, int64_t id, struct err *err)
{
    return db_run(db, Q_tokens_used, NULL, err, DB_I64(id));
}
