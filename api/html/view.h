/* view: an answer as tables and text, if there is a view for it. */
#pragma once
#include "api/html/page.h"
#include "api/html/parts.h"
#include "api/spec/fields.h"

/* The whole page of a successful answer, by the shape of its route; root: its JSON. False: there is no view for it, out is
 * unchanged. */
bool view_answer(struct buf *out, struct request *rq, struct response *rs, const json_t *root, slice title);
/* The page of an error. */
void view_error(struct buf *out, struct request *rq, struct response *rs, slice title);

/* ---- parts ---- */

/* Where known stargazers come from. */
#define STARGAZERS_KNOWN                                                                                       \
    "GitHub shows stargazers only to a repository’s owners. Others are known here from the stars of synced " \
    "developers; charts and counts have all of them."

/* A list as a table; headings sort if the list can be ordered by them. False: this shape has no table. */
bool table_put(struct buf *out, const struct request *rq, enum shape shape, const json_t *results);
bool table_fits(enum shape shape);
/* Active filters in words, each with a link that removes it. */
void chips_put(struct buf *out, const struct request *rq);
/* "11–20 of 951", and links to other pages. */
void pager_put(struct buf *out, const struct request *rq, const json_t *root, size_t n, const char *label);
/* Links to the whole list in other formats, if it has some. */
void exports_put(struct buf *out, const struct request *rq);
/* The request that a page answers: for curl, and as JSON. */
void request_put(struct buf *out, const struct request *rq);
/* Tabs of a developer or repository; here: its route's path. */
void tabs_put(struct buf *out, const struct request *rq, enum record_kind kind, slice id);
/* "ada: History" and the tabs; url: of the record or below it, with its id. */
void part_heading(struct buf *out, const struct request *rq, enum record_kind kind, slice url,
                  const char *title);
/* One change: "ada follows ken". item: of /github/changes/. */
void change_put(struct buf *out, const struct request *rq, const json_t *item);
/* The pages of charts. */
void history_put(struct buf *out, struct request *rq, struct response *rs, const json_t *root);
void network_put(struct buf *out, struct request *rq, struct response *rs, const json_t *root);
void quota_put(struct buf *out, struct request *rq, struct response *rs, const json_t *root);
/* Samples of GitHub's ids: one of them, the form that asks for one, and the tabs of one and its members. */
void sample_put(struct buf *out, struct request *rq, struct response *rs, const json_t *sample);
void sample_form(struct buf *out, const struct request *rq);
void sample_tabs(struct buf *out, const struct request *rq, bool users);
/* Facets, stats, and the addresses of the API. */
void facets_put(struct buf *out, struct request *rq, struct response *rs, const json_t *root);
void stats_put(struct buf *out, struct request *rq, struct response *rs, const json_t *root);
void root_put(struct buf *out, struct request *rq, struct response *rs);
void stars_put(struct buf *out, struct request *rq, struct response *rs, const json_t *root);
/* The page of a job. */
void job_put(struct buf *out, const struct request *rq, struct response *rs, const json_t *job);
/* The page of a webhook, or of one that was just added. */
void webhook_put(struct buf *out, const struct request *rq, const struct response *rs, const json_t *webhook);
/* The button that requests a sync of a developer, or of a repository of that owner (len 0: of none). Nothing without the
 * right to write. */
void crawl_button(struct buf *out, const struct request *rq, slice login, slice repository,
                  const char *label);

/* Starts a 200 whose body is a view, replacing the present body. */
void view_reply(struct request *rq, struct response *rs);
/* <head> … <main>: of every view; scripts of web/, ending in NULL. */
void view_begin(struct buf *out, const struct request *rq, slice title, const char *const *scripts);
void view_end(struct buf *out, const struct request *rq);
