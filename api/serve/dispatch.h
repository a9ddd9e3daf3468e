/* dispatch: from a parsed request to its answer: address, credentials, method, content negotiation, query string, handler. */
#pragma once
#include "api/request/request.h"

/* Answers any request: never fails, always sets a status. Called on the server's threads. */
void dispatch(struct request *rq, struct response *rs);
