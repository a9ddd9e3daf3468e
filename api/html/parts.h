/* parts: the small elements of tables and pages. Foreign text is escaped here. */
#pragma once
#include "api/html/escape.h"
#include "api/request/request.h"
#include "core/uuid/uuid.h"
#include <jansson.h>

/* A member of a JSON object; ptr NULL: null, absent, or not a string. Borrowed. */
slice json_text(const json_t *object, const char *key);
/* False: null, or no whole number. */
bool json_whole(const json_t *object, const char *key, int64_t *out);

/* 1234567 as "1,234,567". */
void part_number(struct buf *out, int64_t n);
/* A member that is a number; "–" if unknown. */
void part_count(struct buf *out, const json_t *object, const char *key);
/* A member from 0 to 1 as "66.7 %"; "–" if unknown. */
void part_share(struct buf *out, const json_t *object, const char *key);
void part_percent(struct buf *out, double share);
/* "2026-11-29T10:00:00Z" as a <time> that shows the day; precise: and the minute. Nothing for other texts. */
void part_time(struct buf *out, slice iso, bool precise);
void part_time_ms(struct buf *out, int64_t at_ms, bool precise);
/* ", between 2026-11-29 10:00 and 11:00": the interval in which an edge ended; within a minute ", at 2026-11-29 10:00". */
void part_between(struct buf *out, int64_t after_ms, int64_t before_ms);
/* "3 min ago", "in 2 h". */
void part_ago(struct buf *out, int64_t at_ms, int64_t now_ms);

/* The picture before a name: GitHub's if PAGES_AVATARS is on, else a letter on a colour derived from the id. */
void part_avatar(struct buf *out, const struct request *rq, int64_t github_id, slice login, bool large);
/* Avatar and login as a link. login.ptr NULL: only the id is known. */
void part_developer(struct buf *out, const struct request *rq, int64_t github_id, slice login);
void part_repository(struct buf *out, const struct request *rq, int64_t github_id, slice full_name);

/* The subject of a job of a kind: a login, owner/name or sample as a link to its page, anything else as text. */
void part_subject(struct buf *out, const struct request *rq, slice kind, slice subject);

/* <thead>…<tbody>. columns: names separated by "|", with "#" before a column of numbers; an empty name: no heading for that
 * column. */
void part_table_head(struct buf *out, slice columns);
/* The same with <table>, in a frame that scrolls; label: for screen readers. */
void part_table(struct buf *out, const char *label, slice columns);
void part_table_end(struct buf *out);
/* A cell with a member that is a number. */
void part_count_cell(struct buf *out, const json_t *object, const char *key);

/* A bar whose length is its share of `most`; the number is text beside it. */
void part_bar(struct buf *out, int64_t n, int64_t most);
/* How much of a quota is left: rate_remaining, beside its bar where rate_limit is known, too. */
void part_left(struct buf *out, const json_t *quota);
/* A bar with two marks, as shares of `most`. */
void part_gauge(struct buf *out, int64_t n, int64_t most, int64_t mark, int64_t other);
/* A line through n values, oldest first; label: for screen readers. */
void part_sparkline(struct buf *out, const int64_t *values, size_t n, const char *label);
/* A text from GitHub or a client; in quotes if it begins or ends with white space, which a page would not show. */
void part_value(struct buf *out, slice text);
/* A state: a word with its own class. */
void part_state(struct buf *out, slice state);
/* The state of a job. A completed one that found nothing, or not all, as its note says, is shown as that. */
void part_job_state(struct buf *out, slice state, slice note);
/* Whether the note says that GitHub does not know the job's subject: no page has it. */
bool part_is_unknown(slice note);
/* Rows of a <dl class="card">; nothing for an absent value. */
void part_text_row(struct buf *out, const char *name, slice text);
void part_time_row(struct buf *out, const char *name, slice iso);
void part_count_row(struct buf *out, const char *name, const json_t *object, const char *key);
/* "created_at" as "created at". */
void part_words(struct buf *out, slice name);
/* The same as a heading: "Created at". */
void part_title(struct buf *out, slice name);
/* A <form> of one button that posts fields: name, value, …, NULL. */
void part_button(struct buf *out, const struct request *rq, const char *path, const char *label, bool quiet,
                 const char *const *fields);

/* A link to another page of a list; without an address only the text, greyed out. */
void part_page_link(struct buf *out, slice url, const char *rel, const char *text);
