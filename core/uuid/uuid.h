/* uuid: record ids. The `id` of a record is a UUIDv8 (RFC 9562, section 5.8) that contains kind and GitHub id and nothing
 * else, so it is the same in every deployment and an edge turns into a hyperlink without a join:
 *
 *     6769746f-6d61-8KKK-8NNN-NNNNNNNNNNNN
 *     "gitoma"      kind  62 bits of GitHub id, big-endian (order by id = order by GitHub id within a kind)
 *
 * The SQL twin is gitomatic_id(kind, github_id) in the first migration; a test holds the two together. */
#pragma once
#include "core/base/slice.h"

enum record_kind {
    RECORD_DEVELOPER = 1,
    RECORD_REPOSITORY = 2,
};

#define UUID_TEXT_SIZE 37

/* 36 characters and a NUL. github_id must be within 0..2^62-1. Returns out. */
char *record_id_format(enum record_kind kind, int64_t github_id, char out[UUID_TEXT_SIZE]);
/* Turns an id, the first 36 characters of `text`, into that of another record of the same kind. */
void record_id_change(char text[UUID_TEXT_SIZE], int64_t github_id);
/* Takes any case, with or without dashes. False for anything that is not an id of that kind. */
bool record_id_parse(slice text, enum record_kind kind, int64_t *github_id_out);
