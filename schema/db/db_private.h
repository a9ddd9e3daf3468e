/* The one place where libpq comes in. */
#pragma once
#include "core/base/buf.h"
#include "schema/db/db.h"
#include <libpq-fe.h>
