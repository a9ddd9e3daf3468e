#include "schema/browse/words.h"
#include "core/base/buf.h"
#include <stdint.h>
#include <string.h>

/* text as a pattern of LIKE that matches it anywhere. */
static slice whole_pattern(struct arena *a, slice text)
{
    char *out = arena_alloc(a, text.len * 2 + 3);
    size_t n = 0;
    out[n++] = '%';
    for (size_t i = 0; i < text.len; i++) {
        if (strchr("%_\\", text.ptr[i]))
            out[n++] = '\\';
        out[n++] = text.ptr[i];
    }
    out[n++] = '%';
    return slice_from(out, n);
}

/* ASCII only: for other characters, pg_trgm's idea of a letter depends on the locale. */
static bool is_word(char c)
{
    unsigned char low = (unsigned char)c | 0x20;
    return (c >= '0' && c <= '9') || (low >= 'a' && low <= 'z');
}

#define MIN_PIECES 3
#define MAX_PIECES 6

/* Pieces of the text, three letters or digits each, in order; a run of four or five is one piece. */
static size_t find_pieces(slice text, slice *pieces, size_t most)
{
    size_t n = 0;
    for (size_t i = 0, end; i < text.len; i = end + 1) {
        for (end = i; end < text.len && is_word(text.ptr[end]);)
            end++;
        size_t size = end - i < 2 * WORDS_TRIGRAM ? end - i : WORDS_TRIGRAM;
        for (; size >= WORDS_TRIGRAM && i + size <= end && n < most; i += size)
            pieces[n++] = slice_from(text.ptr + i, size);
    }
    return n;
}

/* A pattern that matches every text containing `text`, and few others. The index looks up each trigram of a pattern and
 * intersects their lists of records: with a long text most time goes there, and overlapping trigrams add little. A few that do
 * not overlap are enough; the pattern's user also compares the text itself. */
slice words_pattern(struct arena *a, slice text)
{
    slice pieces[64];
    size_t n = find_pieces(text, pieces, ARRAY_LEN(pieces)), used = n < MAX_PIECES ? n : MAX_PIECES;
    if (n < MIN_PIECES)
        return whole_pattern(a, text);
    AUTO_BUF b = {0};
    buf_putc(&b, '%');
    for (size_t i = 0; i < used; i++) { /* evenly spread */
        slice piece = pieces[i * n / used];
        buf_put(&b, piece.ptr, piece.len);
        buf_putc(&b, '%');
    }
    slice pattern = slice_from(arena_dup(a, buf_slice(&b)), b.len);
    return pattern;
}

size_t words_characters(slice text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        n += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
    return n;
}

/* Whether full text search finds a word in it: "c#" yes, "+" no. */
bool words_has_letter(slice word)
{
    for (size_t i = 0; i < word.len; i++) {
        if (is_word(word.ptr[i]))
            return true;
    }
    return false;
}

bool words_is_ascii(slice word)
{
    for (size_t i = 0; i < word.len; i++)
        if ((unsigned char)word.ptr[i] >= 0x80)
            return false;
    return true;
}

/* Chinese, Japanese, Korean: words without separators (the Unicode blocks of Han, kana, bopomofo and hangul). */
static bool is_cjk(uint32_t c)
{
    return (c >= 0x1100 && c <= 0x11ff) || (c >= 0x2e80 && c <= 0x9fff) || (c >= 0xa960 && c <= 0xa97f) ||
           (c >= 0xac00 && c <= 0xd7ff) || (c >= 0xf900 && c <= 0xfaff) || (c >= 0xff66 && c <= 0xffdc) ||
           (c >= 0x1aff0 && c <= 0x1b16f) || (c >= 0x20000 && c <= 0x3ffff);
}

bool words_has_cjk(slice word)
{
    for (size_t i = 0; i < word.len;) {
        unsigned char lead = (unsigned char)word.ptr[i];
        size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        uint32_t c = size == 1 ? lead : lead & (0xffu >> (size + 1));
        for (size_t k = 1; k < size && i + k < word.len; k++)
            c = c << 6 | ((unsigned char)word.ptr[i + k] & 0x3f);
        if (is_cjk(c))
            return true;
        i += size;
    }
    return false;
}
