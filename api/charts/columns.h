/* columns: ?fields= of tables whose columns are no fields of a shape. */
#pragma once
#include "api/request/param_errors.h"

/* A bit for each of the names that ?fields= lists, in their order; without it all. At most 32. Unknown names are errors. */
unsigned columns_read(const struct request *rq, const char *const *names, size_t n,
                      struct param_errors *errors);
