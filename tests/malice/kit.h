/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Running documents through a real pool and real workers, in a throwaway directory.
 *
 *     kit_open(&kit, plugin_dir, policy);
 *     OkbOutcome outcome = kit_convert(&kit, "actor", "text of the document");
 *     ...
 *     okb_outcome_clear(&outcome);
 *     kit_close(&kit);
 */
#pragma once

#include "ingest/bundle.h"
#include "ingest/pool.h"

typedef struct {
    char root[96]; /* holds staging/, source/ and whatever a test puts beside them */
    int root_fd, staging, source_dir;
    OkbPlugins *plugins;
    OkbPool *pool;
    OkbLimits limits; /* what the pool runs with */
    guint64 next;
} Kit;

/* Aborts the test program when it cannot. `root` NULL: a fresh one. `limits` NULL: the
 * manifest's. */
void kit_open_at(Kit *kit, const char *root, const char *plugin_dir, OkbSandboxPolicy policy,
                 guint slots, const OkbLimits *limits);
void kit_open(Kit *kit, const char *plugin_dir, OkbSandboxPolicy policy, guint slots,
              const OkbLimits *limits);
void kit_close(Kit *kit);

/* The two halves of kit_submit(): the copy that the owner would have made, then the job. */
void kit_write_source(Kit *kit, const char *text);
void kit_write_bytes(Kit *kit, const void *bytes, gsize len);
guint64 kit_submit_source(Kit *kit, const char *plugin, gsize size, const char *options);

/* Submits one document; returns its number. */
guint64 kit_submit(Kit *kit, const char *plugin, const char *text, const char *options);

/* The next outcome; aborts after a minute. */
OkbOutcome kit_wait(Kit *kit);

/* Both. */
OkbOutcome kit_convert(Kit *kit, const char *plugin, const char *text);

/* The body that was left, or NULL; the reason it was refused in *ret_reason when not NULL. */
char *kit_body(Kit *kit, const OkbOutcome *outcome, char **ret_reason);
