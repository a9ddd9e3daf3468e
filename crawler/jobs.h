/* jobs: what the kinds of jobs share. Private to crawler/. */
#pragma once
#include "crawler/work.h"
#include "schema/details.h"

/* The note of a job that met somebody who asked to be forgotten: nothing of him was stored. */
#define FORGOTTEN "forgotten"

/* Lists of a developer that are worth asking for, enqueued under the job's task. */
MUST_CHECK bool enqueue_lists(struct work *w, struct db *db, const struct developer_ref *developer,
                              struct err *err);

/* What is known of the stargazers lists: since July 2026 GitHub shows them to a repository's own people only. */
enum learned { LEARNED_NOTHING, LEARNED_ALLOWED, LEARNED_DENIED };
MUST_CHECK bool learned_stargazers(struct work *w, struct db *db, const struct gh_credential *credential,
                                   enum learned *out, struct err *err);
MUST_CHECK bool learn_stargazers(struct work *w, struct db *db, const struct gh_credential *credential,
                                 bool allowed, int status, struct err *err);

/* `body`, one detail object, as the array the store takes; in the arena. */
slice detail_array(struct work *w, slice body);

#define JOB_STEPS(name)                                                                                      \
    enum step name##_begin(struct work *w, struct db *db, struct err *err);                                  \
    enum step name##_answer(struct work *w, struct db *db, struct err *err)
JOB_STEPS(list_job);
JOB_STEPS(profile);
JOB_STEPS(repository);
JOB_STEPS(hydrate);
enum step discovery_begin(struct work *w, struct db *db, struct err *err);
enum step heart_beat_begin(struct work *w, struct db *db, struct err *err);
enum step noop_begin(struct work *w, struct db *db, struct err *err);
