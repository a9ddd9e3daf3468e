/* finish: what happens to every answer after its handler: conversion to a requested format, then what HTTP adds. */
#pragma once
#include "api/request/request.h"

/* In this order, each on the result of the one before: page or JSONP, If-Match and 412, ETag and 304, content coding, their headers. HEAD gets
 * the headers of GET; the server drops the body. */
void finish(struct request *rq, struct response *rs);
