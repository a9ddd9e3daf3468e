#include "api/render.h"
#include <stdio.h>

void render_text(struct jw *w, const char *key, slice text)
{
    jw_key(w, key);
    if (text.ptr)
        jw_str(w, text);
    else
        jw_null(w);
}

void render_number(struct jw *w, const char *key, struct maybe value)
{
    jw_key(w, key);
    if (value.known)
        jw_i64(w, value.value);
    else
        jw_null(w);
}

void render_time(struct jw *w, const char *key, struct maybe value)
{
    jw_key(w, key);
    if (value.known)
        jw_time(w, value.value);
    else
        jw_null(w);
}

void render_bool(struct jw *w, const char *key, struct maybe value)
{
    jw_key(w, key);
    if (value.known)
        jw_bool(w, value.value != 0);
    else
        jw_null(w);
}

void render_github_id(struct jw *w, const char *key, struct maybe value)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", (long long)value.value);
    jw_kcstr(w, key, value.known ? digits : NULL);
}
