/* authenticate: the step of dispatch.c that finds the user of a request, and the refusals of all steps. */
#pragma once
#include "api/request/request.h"

/* {"detail": why}; a 401 gets the challenge that suits the client. */
void dispatch_refuse(struct request *rq, struct response *rs, int status, const char *why);
/* Health checks use any name or address, and get no links. */
bool dispatch_is_health(const struct request *rq);
/* Sets user, session, rights. False: answered. */
bool dispatch_authenticate(struct request *rq, struct response *rs);
