/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A document of the registry as JSON; openkb-list(1) and openkb-show(1) document the schema.
 */
#pragma once

#include "store/registry.h"

#include <jansson.h>

/* name, title, type, pages, added, updated, source, hash, plugin. A new object. */
json_t *okb_record_json(const OkbDocument *document);

/* Adds description, provenance, artifacts, siblings. */
void okb_record_add_details(json_t *object, const OkbDocument *document);

/* "raw", "source", "image", "summary". */
const char *okb_artifact_kind_name(OkbArtifactKind kind);
