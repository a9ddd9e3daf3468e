/* findings: the results of `gitomatic doctor`, in the order of its checks. */
#pragma once
#include "core/base/attr.h"
#include <stdbool.h>
#include <stddef.h>

enum finding_level { FINDING_OK, FINDING_WARNING, FINDING_PROBLEM };

struct finding {
    const char *area; /* static: "database" */
    enum finding_level level;
    char text[400], remedy[300]; /* one line each; remedy "" if there is nothing to do */
};

struct findings {
    struct finding *items; /* findings_finish() frees them */
    size_t n;
};

/* remedy: NULL if there is nothing to do. */
void finding_add(struct findings *f, const char *area, enum finding_level level, const char *remedy,
                 const char *format, ...) PRINTF_LIKE(5, 6);
bool findings_have_problem(const struct findings *f);
void findings_finish(struct findings *f);
void findings_print(const struct findings *f);      /* text on stdout */
void findings_print_json(const struct findings *f); /* {"ok": …, "findings": […]} */
