/* credential: who we are at GitHub, made once from the configuration; read-only afterwards.
 * A credential is named by a label that gives nothing away: "anonymous", "token-<hash>", "user-<login>". ETags and quota
 * belong to labels. github-api.md, "Request basics". */
#pragma once
#include "core/config/config.h"

#define GH_LABEL_MAX 64

struct gh_credential {
    char label[GH_LABEL_MAX];
    const char *kind;    /* "anonymous", "token", "basic" */
    char *authorization; /* value of the header; NULL for anonymous */
    int position;        /* order of the configuration, from 0 */
};

struct gh_credentials {
    struct gh_credential *items;
    size_t n; /* at least 1: without a credential, the anonymous one */
};

/* GITHUB_TOKEN first, then GITHUB_TOKENS, then GITHUB_API_USER and _KEY; repeated ones once. */
MUST_CHECK bool gh_credentials_load(const struct config *cfg, struct gh_credentials *out, struct err *err);
void gh_credentials_finish(struct gh_credentials *c);
/* NULL when no credential has that label (any more). */
const struct gh_credential *gh_credentials_find(const struct gh_credentials *c, const char *label);
