/* The judge of requests: how the bytes are cut into pieces changes nothing, and no head passes with what it must not hold. */
#include "fuzz.h"
#include "github/framing.h"
#include "http/blanks.h"
#include "http/strict.h"
#include <assert.h>

static const struct strict_limits limits = {.head = 4096, .target = 1024, .fields = 32, .body = 65536};

static void check_head(const char *head, size_t n)
{
    assert(n >= 4 && memcmp(head + n - 4, "\r\n\r\n", 4) == 0);
    for (size_t i = 0; i < n; i++) {
        assert(head[i] != '\0' && head[i] != 0x7f);
        assert(head[i] != '\r' || head[i + 1] == '\n');
        assert(head[i] != '\n' ||
               (head[i - 1] == '\r' && (i + 1 == n || (head[i + 1] != ' ' && head[i + 1] != '\t'))));
    }
}

/* As the library reads a head: no value ends with a blank, and it passes as it did. */
static void check_moved(const char *text, size_t n)
{
    struct strict again = {.limits = &limits};
    char head[8192];
    size_t unit;
    assert(n <= sizeof head);
    memcpy(head, text, n);
    blanks_move(head, n);
    enum strict_verdict verdict = strict_next(&again, head, n, &unit);
    assert((verdict == STRICT_PASS || verdict == STRICT_ABSOLUTE) && unit == n && !again.blanks);
}

static size_t judge(const char *text, size_t len, size_t piece, struct strict *s)
{
    size_t at = 0, n;
    *s = (struct strict){.limits = &limits};
    for (size_t end = 0; end < len;) {
        enum strict_verdict verdict;
        end = end + piece < len ? end + piece : len;
        for (;;) {
            bool head = s->phase == STRICT_HEAD;
            verdict = strict_next(s, text + at, end - at, &n);
            if (verdict == STRICT_MORE || verdict == STRICT_FAULT)
                break;
            assert(n && n <= end - at);
            if (head && verdict != STRICT_DROP)
                check_head(text + at, n);
            if (head && verdict != STRICT_DROP && s->blanks)
                check_moved(text + at, n);
            at += n;
        }
        assert(verdict != STRICT_MORE || n == 0);
        if (verdict == STRICT_FAULT) {
            assert(s->status >= 400 && s->status < 600 && s->why[0] && strict_ending(s).len);
            break;
        }
    }
    return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct strict whole, pieces;
    const char *text = (const char *)data;
    slice rest = slice_from(text, size);
    struct gh_framing answer = {0};
    size_t passed = judge(text, size, size ? size : 1, &whole);
    for (size_t piece = 1; piece < 8; piece += 2) {
        assert(judge(text, size, piece, &pieces) == passed);
        assert(pieces.status == whole.status || (whole.status && pieces.status));
    }
    for (size_t n; rest.len; rest = slice_from(rest.ptr + n, rest.len - n)) {
        ptrdiff_t end = slice_find(rest, '\n');
        n = end < 0 ? rest.len : (size_t)end + 1;
        if (!gh_framing_line(&answer, slice_from(rest.ptr, n)))
            break;
    }
    answer.chunked = true;
    assert(gh_framing_body(&answer, rest) == !answer.broken);
    return 0;
}
