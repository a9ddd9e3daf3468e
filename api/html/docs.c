/* Documentation for people: Swagger UI and ReDoc on the OpenAPI document. Each runs under a policy of its own, as strict as
 * possible; neither may contact another host. */
#include "api/html/asset.h"
#include "api/html/page.h"
#include "api/spec/routes.h"

#define COMMON                                                                                               \
    "default-src 'none'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'none'; "  \
    "base-uri 'none'; frame-ancestors 'none'; "

/* Style elements that ReDoc creates, by the hash of their text: empty ones, filled rule by rule, and its syntax colours. */
#define STYLES_OF_REDOC                                                                                      \
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' "                                                 \
    "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='"

static const struct viewer {
    const char *title, *policy;
    const char *package, *bundle, *bundle_css, *script;
} swagger = {"Swagger UI",           COMMON "style-src 'self'", "swagger-ui-dist",
             "swagger-ui-bundle.js", "swagger-ui.css",          "swagger.js"},
  redoc = {"ReDoc", COMMON "worker-src blob:; style-src 'self' " STYLES_OF_REDOC,
           "redoc", "redoc.standalone.js",
           NULL,    "redoc.js"};

/* The program was built where the registry could not be reached. */
static void put_missing(struct buf *out, const struct viewer *viewer, slice prefix)
{
    buf_printf(
        out,
        "<main class=\"missing\"><h1>%s is not in this build</h1><p>It was built without the archive of %s: "
        "the npm registry could not be reached. With a network, this adds it:</p>"
        "<pre>cmake -S . -B build &amp;&amp; cmake --build build</pre>"
        "<p>Without one, put the archive that <code>web/package-lock.json</code> names into "
        "<code>.cache/web/</code> first. The document itself is here: "
        "<a href=\"%.*s/github/swagger.json\">swagger.json</a>, "
        "<a href=\"%.*s/github/swagger.yaml\">swagger.yaml</a>.</p></main>",
        viewer->title, viewer->package, SLICE_ARG(prefix), SLICE_ARG(prefix));
}

static bool show(struct request *rq, struct response *rs, const struct viewer *viewer)
{
    struct buf *out = &rs->body;
    slice prefix = page_prefix(rq);
    bool there = asset_named(viewer->bundle) != NULL;
    buf_reset(out);
    rs->status = 200;
    page_headers(rs, viewer->policy);
    page_begin(out, rq, slice_of(viewer->title), "docs.css");
    if (there && viewer->bundle_css) {
        buf_puts(out, "<link rel=\"stylesheet\" href=\"");
        page_asset(out, rq, viewer->bundle_css);
        buf_puts(out, "\">");
    }
    if (there) {
        page_script(out, rq, viewer->bundle);
        page_script(out, rq, viewer->script);
    }
    buf_puts(out, "</head><body>");
    page_navigation(out, rq);
    if (there)
        buf_printf(out, "<main id=\"documentation\" data-document=\"%.*s/github/swagger.json\"></main>",
                   SLICE_ARG(prefix));
    else
        put_missing(out, viewer, prefix);
    if (there) {
        buf_puts(out, "<footer><a href=\"");
        page_asset(out, rq, "licenses.txt");
        buf_printf(out, "\">Licence of %s</a></footer>", viewer->title);
    }
    page_end(out, rq);
    return true;
}

bool handle_swagger(struct request *rq, struct response *rs, struct err *err)
{
    (void)err;
    return show(rq, rs, &swagger);
}

bool handle_redoc(struct request *rq, struct response *rs, struct err *err)
{
    (void)err;
    return show(rq, rs, &redoc);
}
