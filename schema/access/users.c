#include "schema/access/users.h"
#include <sodium.h>
#include <stdio.h>

_Static_assert(crypto_pwhash_STRBYTES <= USER_HASH_SIZE, "a hash fits");

/* OWASP's first choice for Argon2id (Password Storage Cheat Sheet). More memory
 * is not worth its cost in a process that should stay small. Older hashes, of 64 MiB, are checked with their own parameters. */
#define HASH_PASSES 2
#define HASH_BYTES  (19u * 1024u * 1024u)

/* Argon2id with the same parameters, of random bytes that were thrown away. */
static const char nobody[] = "$argon2id$v=19$m=19456,t=2,p=1$kBvjPzkxJBEqZ9yV1Fh0SA$"
                             "3zJvG0aO2m3F7vC3mN2mC0qf4cJkq0mJm0e3F6mA8dQ";

bool user_name_ok(slice name)
{
    if (name.len == 0 || name.len > USER_NAME_MAX || !slice_utf8_valid(name))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] < 0x20 || name.ptr[i] == 0x7f || name.ptr[i] == ':')
            return false;
    return true;
}

bool users_add(struct db *db, const char *name, slice password, bool read_only, bool *inserted_out,
               struct err *err)
{
    char hash[crypto_pwhash_STRBYTES];
    AUTO_ROWS rows = {0};
    if (!user_name_ok(slice_of(name)))
        return err_set(err, ERR_USAGE,
                       "user name: expected 1 to %d characters without control characters and without ':'",
                       USER_NAME_MAX);
    if (password.len == 0 || password.len > USER_PASSWORD_MAX)
        return err_set(err, ERR_USAGE, "password: got %zu bytes, expected 1 to %d", password.len,
                       USER_PASSWORD_MAX);
    if (sodium_init() < 0 ||
        crypto_pwhash_str(hash, password.ptr, password.len, HASH_PASSES, HASH_BYTES) != 0)
        return err_set(err, ERR_SYSTEM, "can't hash the password: out of memory");
    if (!db_run(db, Q_users_put, &rows, err, DB_CSTR(name), DB_CSTR(hash), DB_BOOL(read_only)))
        return err_wrap(err, "add user %s", name);
    if (inserted_out)
        *inserted_out = db_bool(&rows, 0, COL_users_put_inserted);
    return true;
}

bool users_remove(struct db *db, const char *name, bool *found_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_users_remove, &rows, err, DB_CSTR(name)))
        return err_wrap(err, "remove user %s", name);
    *found_out = rows.n == 1;
    return true;
}

bool users_list(struct db *db, struct arena *a, struct api_user **users_out, size_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_users_list, &rows, err))
        return err_wrap(err, "list users");
    struct api_user *users = arena_array(a, (size_t)rows.n, sizeof *users);
    for (int i = 0; i < rows.n; i++)
        users[i] = (struct api_user){.name = arena_dup(a, db_text(&rows, i, COL_users_list_name)),
                                     .read_only = db_bool(&rows, i, COL_users_list_read_only),
                                     .created_at_ms = db_time(&rows, i, COL_users_list_created_at),
                                     .changed_at_ms = db_time(&rows, i, COL_users_list_changed_at)};
    *users_out = users;
    *n_out = (size_t)rows.n;
    return true;
}

bool users_find(struct db *db, slice name, bool *found_out, char hash_out[USER_HASH_SIZE],
                bool *read_only_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    *found_out = false;
    *read_only_out = true;
    snprintf(hash_out, USER_HASH_SIZE, "%s", nobody);
    if (!user_name_ok(name)) /* no user can have it */
        return true;
    if (!db_run(db, Q_users_find, &rows, err, DB_TEXT(name)))
        return err_wrap(err, "find user");
    if (rows.n == 0)
        return true;
    slice hash = db_text(&rows, 0, COL_users_find_password_hash);
    *found_out = true;
    *read_only_out = db_bool(&rows, 0, COL_users_find_read_only);
    snprintf(hash_out, USER_HASH_SIZE, "%.*s", SLICE_ARG(hash));
    return true;
}

bool user_password_matches(const char *hash, slice password)
{
    return sodium_init() >= 0 &&
           crypto_pwhash_str_verify(hash, password.ptr ? password.ptr : "", password.len) == 0;
}
