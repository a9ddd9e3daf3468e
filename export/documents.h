/* documents: the documents in an export: README.md, CITATION.cff (citation-file-format 1.2.0) and datapackage.json
 * (Frictionless Data Package, profile data-package). Made from the manifest and the table of columns. */
#pragma once
#include "core/base/buf.h"
#include "export/manifest.h"

void document_readme(struct buf *b, const struct manifest *m);
void document_citation(struct buf *b, const struct manifest *m);
void document_datapackage(struct buf *b, const struct manifest *m);
