/* Invalidates pages after a mutation, a webhook or another mirror's message. Memory at once, then the store, which notifies other
 * mirrors. Invalidated pages keep their validators: the next request asks GitHub, and a 304 costs nothing. */
#include "mirror/flight/invalidate.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "github/url.h"
#include "mirror/flight/flight.h"
#include "mirror/flight/names.h"
#include "mirror/store/db_workers.h"
#include "schema/mirror.h"
#include <sodium.h>
#include <stdlib.h>

#define MAX_GLOBS       256
#define MAX_NAMED_BYTES (1024u * 1024u) /* of a write and of its answer, which are searched for names */

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

bool glob_matches(slice glob, const char *text)
{
    const char *star = NULL, *again = NULL;
    size_t g = 0, after = 0;
    while (*text) {
        if (g < glob.len && glob.ptr[g] == '*') {
            star = glob.ptr + g;
            after = ++g;
            again = text;
        } else if (g < glob.len && lower(glob.ptr[g]) == lower(*text)) {
            g++;
            text++;
        } else if (star) {
            g = after;
            text = ++again;
        } else {
            return false;
        }
    }
    while (g < glob.len && glob.ptr[g] == '*')
        g++;
    return g == glob.len;
}

void globs_add(struct globs *globs, const char *format, ...)
{
    char text[2200];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n <= 0 || (size_t)n >= sizeof text)
        return;
    for (size_t i = 0; i < globs->n; i++)
        if (glob_matches(globs->items[i], text))
            return;
    if (globs->n == MAX_GLOBS) { /* all pages, so that none is missed */
        globs->items[0] = SLICE("*");
        globs->n = 1;
        return;
    }
    globs->items[globs->n++] = slice_from(arena_dup(globs->arena, slice_from(text, (size_t)n)), (size_t)n);
}

struct globs *globs_create(void)
{
    struct globs *globs = xcalloc(1, sizeof *globs + MAX_GLOBS * sizeof globs->items[0]);
    globs->arena = arena_create();
    return globs;
}

void globs_destroy(struct globs *globs)
{
    arena_destroy(globs->arena);
    free(globs);
}

void globs_of_path(struct globs *globs, const char *upstream, const char *path)
{
    slice whole = slice_of(path);
    ptrdiff_t query = slice_find(whole, '?');
    if (query >= 0)
        whole.len = (size_t)query;
    while (whole.len > 1 && whole.ptr[whole.len - 1] == '/')
        whole.len--;
    globs_add(globs, "%s%.*s/*", upstream, SLICE_ARG(whole));
    while (whole.len > 1) {
        globs_add(globs, "%s%.*s", upstream, SLICE_ARG(whole));
        globs_add(globs, "%s%.*s?*", upstream, SLICE_ARG(whole));
        while (whole.len && whole.ptr[whole.len - 1] != '/')
            whole.len--;
        if (whole.len)
            whole.len--;
    }
}

static bool concerns(const char *url, const unsigned char *credential_hash, const void *arg)
{
    const struct globs *globs = arg;
    (void)credential_hash;
    for (size_t i = 0; url && i < globs->n; i++)
        if (glob_matches(globs->items[i], url))
            return true;
    return false;
}

static bool is_among(const struct page *page, const void *arg)
{
    return concerns(page->url, NULL, arg);
}

static void run_mark_stale(void *owner, struct db *db)
{
    struct globs *globs = owner;
    struct err err;
    if (db && !mirror_mark_stale(db, globs->items, globs->n, globs->mirror->name, &err))
        db_workers_failed(globs->mirror->db_workers, "mark pages stale", &err);
    globs_destroy(globs);
}

static void mark_stale_here(struct mirror *m, const struct globs *globs)
{
    flights_mark_stale(m->flights, concerns,
                       globs); /* first, since their pages reach memory only afterwards */
    memory_cache_mark_stale(m->memory_cache, is_among, globs);
    negative_drop_chosen(m->negative, is_among, globs);
    db_workers_discard_confirmations(m->db_workers);
}

void invalidate_pages(struct mirror *m, struct globs *globs)
{
    mark_stale_here(m, globs);
    globs->mirror = m;
    globs->task = (struct db_task){.run = run_mark_stale, .owner = globs};
    db_workers_submit(m->db_workers, &globs->task, 0);
}

/* ---- writes ---- */

struct write {
    struct mirror *mirror;
    struct db_task task;
    unsigned char writer_hash[CREDENTIAL_HASH_BYTES];
};

static void run_written(void *owner, struct db *db)
{
    struct write *w = owner;
    struct err err;
    slice writer_hash = slice_from((const char *)w->writer_hash, CREDENTIAL_HASH_BYTES);
    if (db && !mirror_written(db, writer_hash, w->mirror->name, &err))
        db_workers_failed(w->mirror->db_workers, "note a write", &err);
    free(w);
}

static void note_write(struct mirror *m, const unsigned char writer_hash[CREDENTIAL_HASH_BYTES])
{
    struct write *w = xcalloc(1, sizeof *w);
    w->mirror = m;
    memcpy(w->writer_hash, writer_hash, CREDENTIAL_HASH_BYTES);
    db_workers_discard_confirmations(m->db_workers);
    written_note(m->written, w->writer_hash, clock_wall_ms());
    w->task = (struct db_task){.run = run_written, .owner = w};
    db_workers_submit(m->db_workers, &w->task, 0);
}

static json_t *parse(slice text)
{
    json_error_t ignored;
    return text.len && text.len <= MAX_NAMED_BYTES ? json_loadb(text.ptr, text.len, 0, &ignored) : NULL;
}

void invalidate_after_write(struct mirror *m, const char *path, const unsigned char *writer_hash,
                            slice request, slice answer)
{
    struct globs *globs = globs_create();
    char *plain = arena_strdup(globs->arena, path);
    gh_url_canonical(plain);
    if (strncmp(plain, "/graphql", 8) == 0) { /* does not show what it changed */
        globs_destroy(globs);
        note_write(m, everybody);
        return;
    }
    json_t *asked = parse(request), *answered = parse(answer);
    globs_of_write(globs, m->upstream, plain, asked);
    globs_of_json(globs, m->upstream, answered);
    json_decref(asked);
    json_decref(answered);
    if (writer_hash)
        note_write(m, writer_hash);
    invalidate_pages(m, globs);
}

/* ---- other mirrors ---- */

static bool scope_from_hex(const char *hex, unsigned char out[CREDENTIAL_HASH_BYTES])
{
    size_t len;
    return sodium_hex2bin(out, CREDENTIAL_HASH_BYTES, hex, strlen(hex), NULL, &len, NULL) == 0 &&
           len == CREDENTIAL_HASH_BYTES;
}

/* This mirror also receives its own messages, which it has carried out already. False: ignore it. */
static bool skip_sender(const struct mirror *m, const char **text)
{
    bool ours = strncmp(*text, m->name, sizeof m->name - 1) == 0;
    *text += strnlen(*text, sizeof m->name - 1);
    return !ours;
}

void invalidate_by_message(struct mirror *m, const char *message)
{
    struct globs *globs = globs_create();
    unsigned char key[KEY_BYTES] = {0};
    const char *text = *message ? message + 1 : "";
    bool follow = !message[0] || !strchr("Dwf", message[0]) || skip_sender(m, &text);
    globs->items[globs->n++] = slice_of(text);
    if (message[0] == 'p') {
        flights_mark_stale(m->flights, concerns, globs);
        memory_cache_drop_chosen(m->memory_cache, is_among, globs);
        negative_drop_chosen(m->negative, is_among, globs);
    } else if (message[0] == 'D' && follow) {
        mark_stale_here(m, globs);
    } else if (message[0] == 'w' && follow && scope_from_hex(text, key)) {
        db_workers_discard_confirmations(m->db_workers);
        written_note(m->written, key, clock_wall_ms());
    } else if (message[0] == 'f' && follow && key_from_hex(text, key)) {
        memory_cache_drop(m->memory_cache, key);
    } else if (message[0] == 'k' && key_from_hex(text, key)) {
        memory_cache_drop(m->memory_cache, key);
        negative_drop(m->negative, key);
    }
    globs_destroy(globs);
}

void invalidate_missed(struct mirror *m)
{
    db_workers_discard_confirmations(m->db_workers);
    invalidate_by_message(m, "p*");
}
