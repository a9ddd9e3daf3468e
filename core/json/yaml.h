/* yaml: JSON text as YAML 1.2 in block style. The same data by construction: every scalar that is not plain text stays a JSON
 * literal, which YAML reads the same way (YAML 1.2.2, 1.3). */
#pragma once
#include "core/base/buf.h"

/* False when the text is not JSON; what was written until then stays in `out`. */
MUST_CHECK bool yaml_from_json(struct buf *out, slice json);
