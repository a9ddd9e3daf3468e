/* deliver: sends the feed of changes to webhooks: in order, each item at least once, to each receiver on its own. Several processes
 * may do it: a lock of the database's session decides which one handles a webhook, and is released when that process dies.
 *
 * A delivery is up to DELIVERY_ITEMS items as JSON, signed: X-Hub-Signature-256 is "sha256=" and the HMAC of the body. It is
 * repeated with growing pauses until the receiver answers 2xx or WEBHOOK_RETRY_SECONDS are over; then it is a dead letter, and the
 * feed continues. 410: the webhook is stopped. */
#pragma once
#include "api/request/origin.h"
#include "api/request/request.h"

#define DELIVERY_ITEMS 100

struct deliveries;
struct deliveries *deliveries_start(struct api *api, const char *database_url);
/* Ends requests that are under way within a second. NULL is fine. */
void deliveries_stop(struct deliveries *d);
