/* words: texts with the cardinalities of real ones: a few values everywhere, most of them rare. Nothing in them has to be
 * escaped, neither in JSON nor for COPY. */
#pragma once
#include "core/base/buf.h"

#define N_WORDS 20000
/* The word of a rank: 0 is the most used one of N_WORDS. */
void put_word(struct buf *out, uint64_t rank);
/* Each takes random bits and writes a text, the same for the same bits. */
void put_login(struct buf *out, uint64_t number, uint64_t bits);
void put_name(struct buf *out, uint64_t bits);
void put_location(struct buf *out, uint64_t bits);
void put_company(struct buf *out, uint64_t bits);
void put_sentence(struct buf *out, uint64_t bits, unsigned shortest, unsigned longest);
void put_repository_name(struct buf *out, uint64_t bits);
const char *a_language(uint64_t bits);
