/* imports: state of imports: where an interrupted one continues, the former ids of records, and the imported hours of GH
 * Archive. The only caller of imports.sql. */
#pragma once
#include "core/uuid/uuid.h"
#include "schema/graph/load.h"

/* *position_out: in the arena, NULL: from the beginning. "over": the part is complete. */
MUST_CHECK bool imports_position(struct db *db, const char *source, const char *part, struct arena *a,
                                 const char **position_out, struct err *err);
MUST_CHECK bool imports_move(struct db *db, const char *source, const char *part, const char *position,
                             struct err *err);
/* All parts are complete: the next run starts from the beginning. */
MUST_CHECK bool imports_end(struct db *db, const char *source, struct err *err);

/* Former ids, a landing table of (uuid, github_id). Ids of unknown records are skipped. */
MUST_CHECK bool former_ids_begin(struct db *db, struct err *err);
const char *former_ids_copy(void);
MUST_CHECK bool former_ids_merge(struct db *db, enum record_kind kind, const char *what, bool in_transaction,
                                 load_progress *progress, struct load_figures *out, struct err *err);
/* *github_id_out 0: no record had it. `id` is a UUID in any form that PostgreSQL reads. */
MUST_CHECK bool former_id_find(struct db *db, slice id, enum record_kind kind, int64_t *github_id_out,
                               struct err *err);

MUST_CHECK bool imports_has_hour(struct db *db, const char *sha256, bool *out, struct err *err);
MUST_CHECK bool imports_add_hour(struct db *db, int64_t hour_ms, int64_t first_id, int64_t last_id,
                                 int64_t events, const char *sha256, struct err *err);
