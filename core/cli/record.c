/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "cli/record.h"

#include "cli/output.h"

const char *okb_artifact_kind_name(OkbArtifactKind kind)
{
    static const char *const names[] = {
        [OKB_ARTIFACT_RAW] = "raw",
        [OKB_ARTIFACT_SOURCE] = "source",
        [OKB_ARTIFACT_IMAGE] = "image",
        [OKB_ARTIFACT_SUMMARY] = "summary",
    };
    return names[kind];
}

json_t *okb_record_json(const OkbDocument *document)
{
    json_t *pages = document->pages > 0 ? json_integer(document->pages) : json_null();
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "name",
                     okb_json_text(document->name), "title",
                     okb_json_text_or_null(document->title), "type",
                     okb_json_text_or_null(document->type), "pages", pages, "added",
                     okb_json_text_or_null(document->added), "updated",
                     okb_json_text_or_null(document->updated), "source",
                     okb_json_text_or_null(document->path), "source_name",
                     okb_json_text_or_null(document->source_name), "sha256",
                     okb_json_text_or_null(document->hash), "plugin",
                     okb_json_text_or_null(document->provenance.plugin));
}

static json_t *artifacts_json(const GPtrArray *artifacts)
{
    json_t *array = json_array();
    for (guint i = 0; i < artifacts->len; i++) {
        const OkbArtifact *artifact = artifacts->pdata[i];
        json_array_append_new(array, json_pack("{s:s, s:o, s:o, s:I}", "kind",
                                               okb_artifact_kind_name(artifact->kind), "path",
                                               okb_json_text(artifact->path), "sha256",
                                               okb_json_text(artifact->hash), "size",
                                               (json_int_t)artifact->size));
    }
    return array;
}

/* "sha256" is null for a sibling that was not there. */
static json_t *siblings_json(const GPtrArray *siblings)
{
    json_t *array = json_array();
    for (guint i = 0; i < siblings->len; i++) {
        const OkbSiblingUse *sibling = siblings->pdata[i];
        json_array_append_new(array,
                              json_pack("{s:o, s:o}", "path", okb_json_text(sibling->path),
                                        "sha256", okb_json_text_or_null(sibling->hash)));
    }
    return array;
}

static json_t *provenance_json(const OkbProvenance *provenance)
{
    return json_pack("{s:o, s:o, s:I, s:o, s:o, s:I}", "plugin",
                     okb_json_text_or_null(provenance->plugin), "version",
                     okb_json_text_or_null(provenance->plugin_version), "output_version",
                     (json_int_t)provenance->output_version, "options",
                     okb_json_text_or_null(provenance->options), "sandbox",
                     okb_json_text_or_null(provenance->sandbox), "landlock_abi",
                     (json_int_t)provenance->landlock_abi);
}

void okb_record_add_details(json_t *object, const OkbDocument *document)
{
    json_object_set_new(object, "description", okb_json_text_or_null(document->description));
    json_object_set_new(object, "provenance", provenance_json(&document->provenance));
    json_object_set_new(object, "artifacts", artifacts_json(document->artifacts));
    json_object_set_new(object, "siblings", siblings_json(document->siblings));
}
