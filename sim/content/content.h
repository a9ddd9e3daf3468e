/* content: the few files and commits of every repository. Pure functions of the repository.
 *
 * Each repository with a size has the same tree: README.md, logo.png (8 KiB that do not compress), src/main.c and
 * "notes/what is #1?.md", whose name needs every kind of escape; and one release with one binary. */
#ifndef GITOMATIC_SIM_CONTENT_H
#define GITOMATIC_SIM_CONTENT_H

#include "sim/content/render.h"

#define N_CONTENT_FILES 4
#define ASSET_NAME      "tool.tar.xz"

struct content_file {
    const char *path;
    bool binary;
};

const struct content_file *content_file(uint32_t i); /* NULL beyond the last */
const struct content_file *content_find(const char *path);
void content_write(struct buf *b, const struct world *w, uint32_t repo, const struct content_file *f);
void content_html(struct buf *b, const struct world *w, uint32_t repo); /* of README.md */
void content_asset(struct buf *b, const struct repo *r);                /* 200,000 bytes */

/* 40 hex digits that identify an object of a repository: a blob by its path, a tree, a commit. */
void content_sha(const struct repo *r, const char *what, uint32_t n, char out[41]);
uint32_t content_n_commits(const struct repo *r); /* 0 when the repository is empty */

/* The tree above as a zip of stored files, or as a gzipped tar. */
void archive_zip(struct buf *b, const struct world *w, uint32_t repo);
void archive_tar_gz(struct buf *b, const struct world *w, uint32_t repo);

#endif
