#include "export/documents.h"
#include "core/json/jw.h"
#include <stdio.h>

static const char *title_of(const struct manifest *m)
{
    return m->is_demo ? "Made-up records of a demo of gitomatic"
                      : "A snapshot of GitHub's developers and repositories";
}

/* ---- README.md ---- */

static void put_columns(struct buf *b, const struct snapshot_table *table)
{
    buf_printf(b, "\n## %s\n\n%s. In the order of ", table->name, table->meaning);
    for (int i = 0; i < table->n_key; i++)
        buf_printf(b, "%s`%s`", i ? ", " : "", table->columns[i].name);
    buf_printf(b, ", %s unique.\n\n| column | type | empty | meaning |\n| --- | --- | --- | --- |\n",
               table->n_key > 1 ? "which together are" : "which is");
    for (const struct snapshot_column *c = table->columns; c->name; c++)
        buf_printf(b, "| `%s` | %s | %s | %s |\n", c->name, snapshot_type_sql(c->type),
                   c->required ? "never" : "not known or not given", c->meaning);
}

static void put_filters(struct buf *b, const struct manifest *m)
{
    if (m->as_of)
        buf_printf(
            b,
            "\nAs of %s: edges, former names, and records that were known by then, with the names and counts "
            "they had (counts of complete days). Other fields are empty, since their history is not stored, "
            "so "
            "the same command gives the same files later.\n",
            m->as_of);
    if (m->n_logins) {
        buf_puts(b, "\nOnly these developers, and what touches them (their repositories, their follows and "
                    "stars both "
                    "ways, and the records at the other ends):");
        for (size_t i = 0; i < m->n_logins; i++)
            buf_printf(b, "%s `%s`", i ? "," : "", m->logins[i]);
        buf_puts(b, ".\n");
    }
}

/* What the records are not, and what may be done with them. */
static const char TERMS[] =
    "\n## What it is not\n\n"
    "A crawl follows edges, so the records are not a random sample of GitHub. Records without "
    "`synced_at` are known "
    "from lists alone. Counts (`followers_count`, `stargazers_count` …) are GitHub's own and may be "
    "larger than the "
    "number of edges here.\n"
    "\n## Licence and care\n\n"
    "The records are GitHub's users' own texts and GitHub's figures, under GitHub's terms of service and "
    "acceptable use policies; no licence is added by exporting them. They name people: follow the law "
    "that applies to you (such as the GDPR), do not contact them in bulk, and delete those who ask for "
    "it. People "
    "who were erased from the database are not included.\n";
static const char DEMO_TERMS[] =
    "\n## What it is not\n\n"
    "These people and repositories do not exist on GitHub, or are others there: nothing here says anything "
    "about them.\n";

void document_readme(struct buf *b, const struct manifest *m)
{
    buf_printf(b,
               "# %s\n\n"
               "%s by gitomatic and exported by %s. It is the state of the database "
               "at %s, at one instant.\n\nId: `%s`. The same records have the same id wherever they are "
               "exported from; `gitomatic verify` compares the files with `" MANIFEST_NAME
               "`, and `gitomatic import` "
               "reads them into a database.\n",
               title_of(m),
               m->is_demo ? "**" DEMO_NOTE "**\n\nCrawled from that simulated GitHub"
                          : "Crawled from GitHub's public API",
               m->program, m->instant, m->id);
    put_filters(b, m);
    buf_puts(
        b,
        "\n## Reading it\n\n"
        "CSV is RFC 4180 in UTF-8 with a header: an empty field is null, `\"\"` an empty text, and "
        "booleans are `t` and `f`. JSON lines hold one object a line. Times are in UTC. Lists and "
        "`data_source` are JSON. Texts are as people wrote them: "
        "a spreadsheet treats one that begins with `=`, `+`, `-` or `@` as a formula, so import the columns "
        "as text.\n");
    buf_puts(b, m->is_demo ? DEMO_TERMS : TERMS);
    buf_puts(b, "\n## Files\n\n| file | rows | bytes |\n| --- | --- | --- |\n");
    for (size_t i = 0; i < m->n_files; i++) {
        int64_t rows = 0;
        for (size_t t = 0; t < m->files[i].n_tables; t++)
            rows += m->files[i].tables[t].rows;
        buf_printf(b, "| `%s` | %lld | %lld |\n", m->files[i].name, (long long)rows,
                   (long long)m->files[i].end.bytes);
    }
    for (size_t i = 0; i < m->n_files; i++)
        for (size_t t = 0; t < m->files[i].n_tables; t++)
            put_columns(b, m->files[i].tables[t].table);
}

/* ---- CITATION.cff ---- */

void document_citation(struct buf *b, const struct manifest *m)
{
    buf_printf(b,
               "cff-version: 1.2.0\n"
               "message: \"%s\"\n"
               "type: dataset\n"
               "title: \"%s\"\n"
               "authors:\n  - name: \"gitomatic\"\n"
               "version: \"%s\"\n"
               "date-released: \"%.10s\"\n"
               "identifiers:\n"
               "  - type: other\n    value: \"sha256:%s\"\n    description: \"SHA-256 over the data files\"\n"
               "abstract: \"%s as known at %s, exported by %s.\"\n",
               m->is_demo ? DEMO_NOTE : "If you use this snapshot, please cite it by its id.", title_of(m),
               m->id, m->instant, m->id,
               m->is_demo ? DEMO_NOTE " The made-up records" : "Public records of GitHub", m->instant,
               m->program);
}

/* ---- datapackage.json ---- */

static void put_field(struct jw *w, const struct snapshot_column *c)
{
    static const char *const types[] = {
        [SNAPSHOT_NUMBER] = "integer", [SNAPSHOT_TEXT] = "string", [SNAPSHOT_BOOLEAN] = "boolean",
        [SNAPSHOT_TIME] = "datetime",  [SNAPSHOT_DAY] = "date",    [SNAPSHOT_JSON] = "object",
        [SNAPSHOT_TEXTS] = "array"};
    jw_object(w);
    jw_kcstr(w, "name", c->name);
    jw_kcstr(w, "type", types[c->type]);
    if (c->type == SNAPSHOT_TIME)
        jw_kcstr(w, "format", "any");
    if (c->type == SNAPSHOT_BOOLEAN) {
        jw_kraw(w, "trueValues", SLICE("[\"t\", \"true\", \"1\"]"));
        jw_kraw(w, "falseValues", SLICE("[\"f\", \"false\", \"0\"]"));
    }
    jw_kcstr(w, "description", c->meaning);
    jw_kobject(w, "constraints");
    jw_kbool(w, "required", c->required);
    jw_end_object(w);
    jw_end_object(w);
}

static bool is_exported(const struct manifest *m, const char *table)
{
    for (size_t i = 0; i < m->n_files; i++)
        for (size_t t = 0; t < m->files[i].n_tables; t++)
            if (strcmp(m->files[i].tables[t].table->name, table) == 0)
                return true;
    return false;
}

static void put_foreign_keys(struct jw *w, const struct manifest *m, const struct snapshot_table *table)
{
    int n = 0;
    for (const struct snapshot_reference *r = table->references; r->column; r++) {
        if (!is_exported(m, r->table))
            continue;
        if (!n++) {
            jw_karray(w, "foreignKeys");
        }
        jw_object(w);
        jw_kcstr(w, "fields", r->column);
        jw_kobject(w, "reference");
        jw_kcstr(w, "resource", r->table);
        jw_kcstr(w, "fields", "github_id");
        jw_end_object(w);
        jw_end_object(w);
    }
    if (n)
        jw_end_array(w);
}

static void put_schema(struct jw *w, const struct manifest *m, const struct snapshot_table *table)
{
    jw_kobject(w, "schema");
    jw_karray(w, "fields");
    for (const struct snapshot_column *c = table->columns; c->name; c++)
        put_field(w, c);
    jw_end_array(w);
    jw_kraw(w, "missingValues", SLICE("[\"\"]"));
    jw_karray(w, "primaryKey");
    for (int i = 0; i < table->n_key; i++)
        jw_cstr(w, table->columns[i].name);
    jw_end_array(w);
    put_foreign_keys(w, m, table);
    jw_end_object(w);
}

static void put_resource(struct jw *w, const struct manifest *m, const struct manifest_file *f)
{
    char hash[SHA256_HEX_SIZE + 8];
    bool one = f->n_tables == 1 && strcmp(m->form, "sqlite") != 0;
    snprintf(hash, sizeof hash, "sha256:%s", f->end.sha256);
    jw_object(w);
    jw_kcstr(w, "name", one ? f->tables[0].table->name : "gitomatic");
    jw_kcstr(w, "path", f->name);
    jw_kcstr(w, "profile", strcmp(m->form, "csv") == 0 ? "tabular-data-resource" : "data-resource");
    jw_kcstr(w, "format", m->form);
    jw_kcstr(w, "mediatype",
             strcmp(m->form, "csv") == 0     ? "text/csv"
             : strcmp(m->form, "jsonl") == 0 ? "application/x-ndjson"
                                             : "application/vnd.sqlite3");
    if (one)
        jw_kcstr(w, "encoding", "utf-8");
    if (strcmp(m->form, "csv") == 0) { /* the specification's default removes spaces */
        jw_kraw(
            w, "dialect",
            SLICE("{\"delimiter\": \",\", \"quoteChar\": \"\\\"\", \"doubleQuote\": true, \"header\": true, "
                  "\"skipInitialSpace\": false}"));
    }
    if (m->gzip)
        jw_kcstr(w, "compression", "gz");
    jw_ki64(w, "bytes", f->end.bytes);
    jw_kcstr(w, "hash", hash);
    if (one) {
        jw_kcstr(w, "description", f->tables[0].table->meaning);
        put_schema(w, m, f->tables[0].table);
    }
    jw_end_object(w);
}

void document_datapackage(struct buf *b, const struct manifest *m)
{
    struct jw w;
    jw_init(&w, b, 2);
    jw_object(&w);
    jw_kcstr(&w, "profile", "data-package");
    jw_kcstr(&w, "name", "gitomatic-snapshot");
    jw_kcstr(&w, "id", m->id);
    jw_kcstr(&w, "title", title_of(m));
    if (m->is_demo) {
        jw_kcstr(&w, "description", DEMO_NOTE);
        jw_kbool(&w, "demo", true);
    }
    jw_kcstr(&w, "created", m->instant);
    jw_karray(&w, "resources");
    for (size_t i = 0; i < m->n_files; i++)
        if (m->files[i].n_tables)
            put_resource(&w, m, &m->files[i]);
    jw_end_array(&w);
    jw_end_object(&w);
    buf_puts(b, "\n");
}
