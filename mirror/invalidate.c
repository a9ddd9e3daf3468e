/* What a mutation, a webhook or another mirror makes doubtful. Memory at once; the store behind it, which tells other
 * mirrors. Doubted pages keep their validators: the next request asks GitHub, and a 304 is all it costs. */
#include "mirror/invalidate.h"
#include "core/base/clock.h"
#include "mirror/db_workers.h"
#include "mirror/flight.h"
#include "schema/mirror.h"
#include <stdlib.h>

#define MAX_GLOBS 64

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
    if (n > 0 && (size_t)n < sizeof text && globs->n < MAX_GLOBS)
        globs->items[globs->n++] =
            slice_from(arena_dup(globs->arena, slice_from(text, (size_t)n)), (size_t)n);
}

struct globs *globs_create(void)
{
    struct globs *globs = calloc(1, sizeof *globs + MAX_GLOBS * sizeof globs->items[0]);
    if (!globs)
        abort();
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

static bool concerns(const char *url, const unsigned char *scope, const void *arg)
{
    const struct globs *globs = arg;
    (void)scope;
    for (size_t i = 0; url && i < globs->n; i++)
        if (glob_matches(globs->items[i], url))
            return true;
    return false;
}

static bool is_among(const struct page *page, const void *arg)
{
    return concerns(page->url, NULL, arg);
}

static void run_doubt(void *owner, struct db *db)
{
    struct globs *globs = owner;
    struct err err;
    int64_t n;
    for (size_t i = 0; db && i < globs->n; i++) {
        if (!mirror_doubt(db, globs->items[i], &n, &err)) {
            store_failed(globs->mirror->store, "doubt pages", &err);
            break;
        }
    }
    globs_destroy(globs);
}

void changes_doubt(struct mirror *m, struct globs *globs)
{
    flights_doubt(m->flights, concerns, globs); /* first: what they bring is in memory only afterwards */
    memory_doubt_chosen(m->memory, is_among, globs);
    globs->mirror = m;
    globs->task = (struct store_task){.run = run_doubt, .owner = globs};
    store_submit(m->store, &globs->task, 0);
}

void mirror_changed(struct mirror *m, const char *path)
{
    if (strncmp(path, "/graphql", 8) == 0) {
        flights_doubt(m->flights, NULL, NULL);
        atomic_store(&m->doubted_at_ms, clock_wall_ms());
        return;
    }
    struct globs *globs = globs_create();
    globs_of_path(globs, m->upstream, path);
    changes_doubt(m, globs);
}

void changes_told(struct mirror *m, const char *message)
{
    struct globs *globs = globs_create();
    unsigned char key[KEY_BYTES];
    globs->items[globs->n++] = slice_of(*message ? message + 1 : "");
    if (message[0] != 'k')
        flights_doubt(m->flights, concerns, globs);
    if (message[0] == 'p')
        memory_drop_chosen(m->memory, is_among, globs);
    else if (message[0] == 'd')
        memory_doubt_chosen(m->memory, is_among, globs);
    else if (message[0] == 'k' && key_from_hex(message + 1, key))
        memory_drop(m->memory, key);
    globs_destroy(globs);
}
