/* The one place where libpq comes in. */
#pragma once
#include "core/base/buf.h"
#include "schema/db/db.h"
#include <libpq-fe.h>

#define PG_EPOCH_US 946684800000000LL /* 2000-01-01 in Unix microseconds */
