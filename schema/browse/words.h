/* words: what a text to search for is made of, and the pattern that the index of trigrams finds it by. Pure. */
#pragma once
#include "core/base/arena.h"
#include "core/base/slice.h"

#define WORDS_TRIGRAM 3 /* characters; the index finds no shorter part of a text */

/* A pattern of LIKE that matches every text containing this one; in the arena. Others may match, too: compare the text itself as well. */
slice words_pattern(struct arena *a, slice text);
/* Characters in UTF-8. */
size_t words_characters(slice text);
/* Whether full text search treats it as a word: "c#" yes, "+" no. */
bool words_has_letter(slice word);
bool words_is_ascii(slice word);
/* Whether a character is Chinese, Japanese or Korean: nothing separates such words. */
bool words_has_cjk(slice word);
