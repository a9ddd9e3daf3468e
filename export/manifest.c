#include "export/manifest.h"
#include "core/json/jw.h"
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

#define SEAL "  \"manifest_sha256\": \""

const char *path_in(struct arena *a, const char *folder, const char *name)
{
    return arena_printf(a, "%s/%s", folder, name);
}

bool write_small_file(const char *path, slice bytes, struct sink_end *end_out, struct err *err)
{
    struct sink *s;
    if (!sink_open(path, false, &s, err))
        return false;
    if (sink_put(s, bytes, err))
        return sink_close(s, end_out, err);
    sink_drop(s);
    return false;
}

/* A whole file of at most max bytes, into the arena. */
static bool read_small_file(const char *path, size_t max, struct arena *a, slice *out, struct err *err)
{
    int fd = open_regular(path, err);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    if (!file)
        return fd < 0 ? false : (close(fd), err_set(err, ERR_SYSTEM, "out of memory"));
    char *room = arena_alloc(a, max + 1);
    size_t n = fread(room, 1, max + 1, file);
    bool failed = ferror(file);
    fclose(file);
    if (failed)
        return err_set(err, ERR_SYSTEM, "%s: cannot be read", path);
    *out = slice_from(room, n);
    return n <= max || err_set(err, ERR_TOO_BIG, "%s: is larger than %zu bytes", path, max);
}

void manifest_set_id(struct manifest *m)
{
    AUTO_BUF b = {0};
    buf_printf(&b, "gitomatic snapshot %d\n", SNAPSHOT_FORMAT);
    for (size_t i = 0; i < m->n_files; i++) {
        const struct manifest_file *f = &m->files[i];
        for (size_t t = 0; t < f->n_tables; t++)
            buf_printf(&b, "%s %lld\n", f->tables[t].table->name, (long long)f->tables[t].rows);
        if (f->n_tables)
            buf_printf(&b, "%s\n", f->end.content_sha256);
    }
    sha256_bytes(buf_slice(&b), m->id);
}

static void put_list(struct jw *w, const char *key, const char *const *items, size_t n)
{
    jw_karray(w, key);
    for (size_t i = 0; i < n; i++)
        jw_cstr(w, items[i]);
    jw_end_array(w);
}

static void put_file(struct jw *w, const struct manifest_file *f, bool gzip)
{
    jw_object(w);
    jw_kcstr(w, "name", f->name);
    if (f->n_tables == 1) {
        jw_kcstr(w, "table", f->tables[0].table->name);
        jw_ki64(w, "rows", f->tables[0].rows);
    } else if (f->n_tables) {
        jw_karray(w, "tables");
        for (size_t t = 0; t < f->n_tables; t++) {
            jw_object(w);
            jw_kcstr(w, "table", f->tables[t].table->name);
            jw_ki64(w, "rows", f->tables[t].rows);
            jw_end_object(w);
        }
        jw_end_array(w);
    }
    jw_ki64(w, "bytes", f->end.bytes);
    jw_kcstr(w, "sha256", f->end.sha256);
    if (gzip && f->n_tables)
        jw_kcstr(w, "content_sha256", f->end.content_sha256);
    jw_end_object(w);
}

bool manifest_write(const struct manifest *m, const char *folder, struct err *err)
{
    AUTO_BUF b = {0};
    struct jw w;
    struct sink_end end;
    AUTO_ARENA a = arena_create();
    char seal[SHA256_HEX_SIZE];
    jw_init(&w, &b, 2);
    jw_object(&w);
    jw_ki64(&w, "format", SNAPSHOT_FORMAT);
    jw_kcstr(&w, "id", m->id);
    if (m->is_demo) { /* only then: other manifests stay as they were */
        jw_kbool(&w, "demo", true);
        jw_kcstr(&w, "note", DEMO_NOTE);
    }
    jw_kcstr(&w, "program", m->program);
    jw_kcstr(&w, "schema", m->schema);
    jw_kcstr(&w, "instant", m->instant);
    jw_ki64(&w, "feed_cursor", m->feed_position);
    jw_kobject(&w, "filters");
    jw_kcstr(&w, "as_of", m->as_of);
    put_list(&w, "where_login", m->logins, m->n_logins);
    put_list(&w, "only", m->only, m->n_only);
    jw_end_object(&w);
    jw_kcstr(&w, "file_format", m->form);
    jw_kbool(&w, "gzip", m->gzip);
    jw_karray(&w, "files");
    for (size_t i = 0; i < m->n_files; i++)
        put_file(&w, &m->files[i], m->gzip);
    jw_end_array(&w);
    jw_end_object(&w);
    b.len -= 2; /* "\n}": the seal is inserted before it */
    buf_puts(&b, ",\n");
    sha256_bytes(buf_slice(&b), seal);
    buf_printf(&b, SEAL "%s\"\n}\n", seal);
    return write_small_file(path_in(a, folder, MANIFEST_NAME), buf_slice(&b), &end, err);
}

/* ---- reading ---- */

static bool not_ours(const char *what, struct err *err)
{
    return err_set(err, ERR_BROKEN, MANIFEST_NAME ": %s", what);
}

/* The last line must have the hash of the bytes before it. */
static bool is_sealed(slice text)
{
    static const size_t seal_bytes = sizeof SEAL - 1 + SHA256_HEX_SIZE - 1 + sizeof "\"\n}\n" - 1;
    char seal[SHA256_HEX_SIZE], expected[sizeof SEAL + SHA256_HEX_SIZE + 8];
    if (text.len < seal_bytes)
        return false;
    sha256_bytes(slice_from(text.ptr, text.len - seal_bytes), seal);
    snprintf(expected, sizeof expected, SEAL "%s\"\n}\n", seal);
    return slice_eq(slice_from(text.ptr + text.len - seal_bytes, seal_bytes), slice_of(expected));
}

static const char *text_of(struct arena *a, const json_t *object, const char *key)
{
    return arena_strdup(a, json_string_value(json_object_get(object, key)));
}

static bool read_table(const json_t *object, struct manifest_file *f)
{
    const char *name = json_string_value(json_object_get(object, "table"));
    const struct snapshot_table *table = name ? snapshot_table_named(slice_of(name)) : NULL;
    if (!table || f->n_tables == MANIFEST_MAX_FILES)
        return false;
    f->tables[f->n_tables++] =
        (struct manifest_table){.table = table, .rows = json_integer_value(json_object_get(object, "rows"))};
    return true;
}

static bool copy_hex(const char *from, char out[SHA256_HEX_SIZE])
{
    if (!from || strlen(from) != SHA256_HEX_SIZE - 1)
        return false;
    memcpy(out, from, SHA256_HEX_SIZE);
    return true;
}

static bool read_file(struct arena *a, const json_t *object, struct manifest_file *f)
{
    const json_t *tables = json_object_get(object, "tables"), *table;
    const char *content = json_string_value(json_object_get(object, "content_sha256"));
    size_t i;
    f->name = text_of(a, object, "name");
    f->end.bytes = json_integer_value(json_object_get(object, "bytes"));
    if (!f->name || strchr(f->name, '/') || f->name[0] == '.' ||
        !copy_hex(json_string_value(json_object_get(object, "sha256")), f->end.sha256) ||
        !copy_hex(content ? content : f->end.sha256, f->end.content_sha256))
        return false;
    if (json_object_get(object, "table") && !read_table(object, f))
        return false;
    json_array_foreach((json_t *)(uintptr_t)tables, i, table) if (!read_table(table, f)) return false;
    return true;
}

static const char *const *read_list(struct arena *a, const json_t *list, size_t *n_out)
{
    size_t n = json_array_size(list);
    const char **items = arena_array(a, n + 1, sizeof *items);
    for (size_t i = 0; i < n; i++)
        items[i] = arena_strdup(a, json_string_value(json_array_get(list, i)));
    *n_out = n;
    return items;
}

static bool read_document(struct arena *a, const json_t *root, struct manifest *m, struct err *err)
{
    const json_t *files = json_object_get(root, "files"), *filters = json_object_get(root, "filters");
    char id[SHA256_HEX_SIZE];
    if (json_integer_value(json_object_get(root, "format")) != SNAPSHOT_FORMAT)
        return not_ours("has another format; expected \"format\": 1", err);
    m->program = text_of(a, root, "program");
    m->schema = text_of(a, root, "schema");
    m->instant = text_of(a, root, "instant");
    m->form = text_of(a, root, "file_format");
    m->gzip = json_is_true(json_object_get(root, "gzip"));
    m->is_demo = json_is_true(json_object_get(root, "demo"));
    m->feed_position = json_integer_value(json_object_get(root, "feed_cursor"));
    m->as_of = text_of(a, filters, "as_of");
    m->logins = read_list(a, json_object_get(filters, "where_login"), &m->n_logins);
    m->only = read_list(a, json_object_get(filters, "only"), &m->n_only);
    m->n_files = json_array_size(files);
    if (!m->form || m->n_files > MANIFEST_MAX_FILES)
        return not_ours("has no \"file_format\", or too many files", err);
    for (size_t i = 0; i < m->n_files; i++)
        if (!read_file(a, json_array_get(files, i), &m->files[i]))
            return not_ours("lists a file in an unknown way", err);
    manifest_set_id(m);
    return (copy_hex(json_string_value(json_object_get(root, "id")), id) && strcmp(id, m->id) == 0) ||
           not_ours("the id is not that of the files it lists", err);
}

bool manifest_read(const char *folder, struct arena *a, struct manifest *m, struct err *err)
{
    slice text = {0};
    *m = (struct manifest){0};
    const char *path = path_in(a, folder, MANIFEST_NAME);
    if (access(path, F_OK) && (errno == ENOENT || errno == ENOTDIR))
        return err_set(
            err, ERR_BROKEN,
            "%.200s: is not an export of gitomatic, or one that was interrupted: it has no " MANIFEST_NAME
            "; name a folder that gitomatic export has finished, or make it again",
            folder);
    if (!read_small_file(path, MANIFEST_MAX_BYTES, a, &text, err))
        return false;
    if (!is_sealed(text))
        return not_ours("was changed since it was written, or the export was not finished", err);
    json_auto_t *root = json_loadb(text.ptr, text.len, 0, NULL);
    return root ? read_document(a, root, m, err) : not_ours("is not JSON", err);
}
