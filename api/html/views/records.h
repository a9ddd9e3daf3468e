/* records: the pages of a developer and a repository. github_id: of a known record. */
#pragma once
#include "api/request/request.h"

MUST_CHECK bool developer_page(struct request *rq, struct response *rs, int64_t github_id, struct err *err);
MUST_CHECK bool repository_page(struct request *rq, struct response *rs, int64_t github_id, struct err *err);
