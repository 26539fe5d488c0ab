/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The reasons for which a document fails, and what a person can do about each. openkb(1) has
 * one entry for each, which a test holds against this table.
 */
#pragma once

typedef struct {
    const char *name;   /* as in records, summaries and JSON */
    const char *advice; /* what to try */
} OkbReason;

/* Ends with a NULL name. */
extern const OkbReason okb_reasons[];

/* What to try, or NULL for a reason that is not in the table. */
const char *okb_reason_advice(const char *name);
