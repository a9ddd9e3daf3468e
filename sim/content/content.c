/* content.c: the content of the files, and hashes of blobs and commits. */
#include "sim/content/content.h"

#include "sim/world/rng.h"

#include <sodium.h>
#include <stdio.h>

static const struct content_file files[N_CONTENT_FILES] = {
    {"README.md", false}, {"logo.png", true}, {"notes/what is #1?.md", false}, {"src/main.c", false}};

const struct content_file *content_file(uint32_t i)
{
    return i < N_CONTENT_FILES ? &files[i] : NULL;
}

const struct content_file *content_find(const char *path)
{
    for (uint32_t i = 0; i < N_CONTENT_FILES; i++)
        if (strcmp(files[i].path, path) == 0)
            return &files[i];
    return NULL;
}

static void add_noise(struct buf *b, uint64_t seed, size_t len)
{
    struct rng r = {seed};
    buf_reserve(b, len + 8);
    for (size_t end = b->len + len; b->len < end;) {
        uint64_t v = rng_next(&r);
        size_t n = end - b->len < sizeof v ? end - b->len : sizeof v;
        buf_add(b, (const char *)&v, n);
    }
}

void content_write(struct buf *b, const struct world *w, uint32_t repo, const struct content_file *f)
{
    const struct repo *r = &w->repos[repo];
    if (f->binary) {
        buf_add(b, "\x89PNG\r\n\x1a\n", 8);
        add_noise(b, (uint64_t)r->id, 8192 - 8);
        return;
    }
    if (strcmp(f->path, "src/main.c") == 0) {
        BUF_LIT(b, "#include <stdio.h>\n\nint main(void)\n{\n    return puts(\"");
        buf_str(b, r->name);
        BUF_LIT(b, "\") < 0;\n}\n");
        return;
    }
    buf_printf(b, "# %s\n\n%s\n\n", r->name, r->description ? r->description : "");
    buf_printf(b, "See https://api.github.com/repos/%s/%s and \"url\" in it.\n", w->users[r->owner].login,
               r->name);
}

void content_html(struct buf *b, const struct world *w, uint32_t repo)
{
    const struct repo *r = &w->repos[repo];
    buf_printf(
        b, "<div id=\"readme\"><article><h1>%s</h1><a href=\"https://api.github.com/repos/%s/%s\">API</a>",
        r->name, w->users[r->owner].login, r->name);
    BUF_LIT(b, "</article></div>");
}

void content_asset(struct buf *b, const struct repo *r)
{
    add_noise(b, (uint64_t)r->id * 31, 200000);
}

void content_sha(const struct repo *r, const char *what, uint32_t n, char out[41])
{
    unsigned char sum[crypto_hash_sha256_BYTES];
    char text[160], hex[65];
    snprintf(text, sizeof text, "%lld %s %u", (long long)r->id, what, n);
    crypto_hash_sha256(sum, (const unsigned char *)text, strlen(text));
    sodium_bin2hex(hex, sizeof hex, sum, sizeof sum);
    memcpy(out, hex, 40);
    out[40] = '\0';
}

uint32_t content_n_commits(const struct repo *r)
{
    return r->size_kib ? 3 + (uint32_t)(r->id % 60) : 0;
}
