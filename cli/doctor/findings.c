#include "cli/doctor/findings.h"
#include "core/base/memory.h"
#include "core/json/jw.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const level_names[] = {"ok", "warning", "problem"};

void finding_add(struct findings *f, const char *area, enum finding_level level, const char *remedy,
                 const char *format, ...)
{
    va_list args;
    f->items = xrealloc(f->items, (f->n + 1) * sizeof *f->items);
    struct finding *one = &f->items[f->n++];
    one->area = area;
    one->level = level;
    snprintf(one->remedy, sizeof one->remedy, "%s", remedy ? remedy : "");
    va_start(args, format);
    vsnprintf(one->text, sizeof one->text, format, args);
    va_end(args);
}

void findings_finish(struct findings *f)
{
    free(f->items);
    *f = (struct findings){0};
}

bool findings_have_problem(const struct findings *f)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->items[i].level == FINDING_PROBLEM)
            return true;
    return false;
}

/* A server's text may contain anything; only printable characters are printed. */
static void put_plain(const char *text)
{
    for (; *text; text++)
        putchar((unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text);
}

void findings_print(const struct findings *f)
{
    size_t n_levels[3] = {0};
    for (size_t i = 0; i < f->n; i++) {
        const struct finding *one = &f->items[i];
        n_levels[one->level]++;
        printf("%-8s  %-13s  ", level_names[one->level], one->area);
        put_plain(one->text);
        putchar('\n');
        if (*one->remedy)
            printf("%-25s  %s\n", "", one->remedy);
    }
    printf("\n%zu problem%s, %zu warning%s\n", n_levels[FINDING_PROBLEM],
           n_levels[FINDING_PROBLEM] == 1 ? "" : "s", n_levels[FINDING_WARNING],
           n_levels[FINDING_WARNING] == 1 ? "" : "s");
}

void findings_print_json(const struct findings *f)
{
    AUTO_BUF out = {0};
    struct jw w;
    jw_init(&w, &out, 2);
    jw_object(&w);
    jw_kbool(&w, "ok", !findings_have_problem(f));
    jw_karray(&w, "findings");
    for (size_t i = 0; i < f->n; i++) {
        const struct finding *one = &f->items[i];
        jw_object(&w);
        jw_kcstr(&w, "area", one->area);
        jw_kcstr(&w, "level", level_names[one->level]);
        jw_kcstr(&w, "text", one->text);
        jw_kcstr(&w, "remedy", *one->remedy ? one->remedy : NULL);
        jw_end_object(&w);
    }
    jw_end_array(&w);
    jw_end_object(&w);
    fwrite(out.ptr, 1, out.len, stdout);
    putchar('\n');
}
