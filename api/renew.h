/* renew: what a running API adopts at SIGHUP: certificate and key, the lists of hosts, proxies and public charts, and every other
 * setting that it reads with each request. Started and stopped by the main thread; what it makes is read by every thread, without a lock. */
#pragma once
#include "api/request/request.h"

struct renewal;
/* From here on, until renewal_stop(). */
struct renewal *renewal_start(struct api *api);
void renewal_stop(struct renewal *r); /* no request is under way any more */

struct tls_files;
/* TLS_CERT_FILE and TLS_KEY_FILE. */
MUST_CHECK bool renewal_read_tls(const struct config *cfg, struct tls_files *out, struct err *err);
