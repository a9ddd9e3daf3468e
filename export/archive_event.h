/* archive_event: the developers and repositories in one line of GH Archive. Pure; borrows from the line. */
#pragma once
#include "core/base/err.h"
#include "core/base/slice.h"

#define ARCHIVE_MAX_RECORDS 8

struct archive_record {
    bool repository;
    int64_t github_id;
    slice name;       /* login, or OWNER/NAME */
    int64_t owner_id; /* of a repository; 0: unknown */
    bool organization;
};

struct archive_event {
    int64_t id; /* 0: older than 2015 */
    int64_t at_ms;
    struct archive_record records[ARCHIVE_MAX_RECORDS];
    size_t n_records;
};

/* False: *err is the fault of the line. Valid records are in *out even then, unless it is not an event (at_ms 0). */
MUST_CHECK bool archive_event_read(slice line, struct archive_event *out, struct err *err);
