#include "sim/server.h"
void graphql_request(struct request *rq)
{
    answer_not_found(rq);
}
void control_request(struct request *rq)
{
    answer_not_found(rq);
}
