/* routes: the table of REST paths, and functions that their handlers share. Internal to routes.c and rest_*.c.
 *
 * A handler runs under the world's read lock and fills rq->answer. */
#ifndef GITOMATIC_SIM_ROUTES_H
#define GITOMATIC_SIM_ROUTES_H

#include "sim/serve/server.h"

struct page {
    uint32_t number, size, last, first, end; /* items first … end - 1 of the list are on it */
};

/* The requested page of a list of n_items; invalid numbers count as page 1, per_page is cut to 100. */
struct page page_read(const struct request *rq, uint32_t n_items);
/* The same of a list that gives `most` items a page. */
struct page page_read_most(const struct request *rq, uint32_t n_items, uint32_t most);

/* Answers 200 with text as the body. link_path is the canonical path for the Link header, NULL for none. */
void answer_list(struct request *rq, struct buf *text, const char *link_path, const struct page *page);
void answer_since(struct request *rq, struct buf *text, const char *path, int64_t last_id);
void answer_object(struct request *rq, struct buf *text, int64_t last_modified);

/* Segments against a pattern: * is any one, ** at the end any number. */
bool route_fits(const char *pattern, const struct request *rq);

/* A number in a path or query; false for anything else. */
bool read_id(const char *text, int64_t *out);

/* The account of the token; NONE after answering 401 or 403. */
uint32_t find_self(struct request *rq);
/* repos/{owner}/{name} or repositories/{id}; NONE after answering 404, 301, 403 or 451. */
uint32_t find_repo(struct request *rq);

void get_root(struct request *rq);
void get_rate_limit(struct request *rq);
void get_versions(struct request *rq);
void get_meta(struct request *rq);
void search_users(struct request *rq);

void get_user(struct request *rq);
void get_org(struct request *rq);
void get_self(struct request *rq);
void list_users(struct request *rq);
void list_followers(struct request *rq);
void list_following(struct request *rq);
void list_user_repos(struct request *rq);
void list_starred(struct request *rq);
void list_nothing(struct request *rq);

void get_repo(struct request *rq);
void list_repos(struct request *rq);
void list_stargazers(struct request *rq);
void list_subscribers(struct request *rq);
void get_star_count(struct request *rq);
void list_star_history(struct request *rq);
void list_contributors(struct request *rq);
void get_languages(struct request *rq);
void get_topics(struct request *rq);
void list_forks(struct request *rq);
void get_is_starred(struct request *rq);
void get_is_followed(struct request *rq);

void get_readme(struct request *rq);
void get_contents(struct request *rq);
void list_commits(struct request *rq);
void get_commit(struct request *rq);
void get_zipball(struct request *rq);
void get_tarball(struct request *rq);
void get_asset(struct request *rq);

#endif
