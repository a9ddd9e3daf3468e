/* bare_ulfius: ulfius as gitomatic starts it, with one callback that answers one body. What a hit could cost at the least.
 *
 * bare_ulfius PORT BODY-FILE */
#include "bench/peers/peers.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <ulfius.h>

static struct file body;

static int answer(const struct _u_request *request, struct _u_response *response, void *unused)
{
    (void)request, (void)unused;
    u_map_put(response->map_header, "Content-Type", "application/json; charset=utf-8");
    u_map_put(response->map_header, "ETag",
              "\"7b0ab1f2d5e0e8a0a3b1c2d3e4f5061728394a5b6c7d8e9f0011223344556677\"");
    ulfius_set_binary_body_response(response, 200, body.bytes, body.len);
    return U_CALLBACK_CONTINUE;
}

int main(int argc, char **argv)
{
    if (argc != 3 || !file_read(argv[2], &body))
        return usage("bare_ulfius PORT BODY-FILE");
    unsigned port = (unsigned)strtoul(argv[1], NULL, 10);
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct MHD_OptionItem options[] = {{MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)mhd_request_completed, NULL},
                                       {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)ulfius_uri_logger, NULL},
                                       {MHD_OPTION_SOCK_ADDR, 0, &at},
                                       {MHD_OPTION_THREAD_POOL_SIZE, 4, NULL},
                                       {MHD_OPTION_CONNECTION_LIMIT, 4096, NULL},
                                       {MHD_OPTION_END, 0, NULL}};
    struct _u_instance instance;
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    if (ulfius_init_instance(&instance, port, &at, NULL) != U_OK ||
        ulfius_add_endpoint_by_val(&instance, "GET", NULL, "*", 0, answer, NULL) != U_OK ||
        ulfius_start_framework_with_mhd_options(&instance, MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO,
                                                options) != U_OK)
        return 1;
    puts("ready");
    fflush(stdout);
    int got;
    sigwait(&stop, &got);
    ulfius_stop_framework(&instance);
    ulfius_clean_instance(&instance);
    return 0;
}
