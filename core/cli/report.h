/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What became of each source, told as it happens and summed up at the end: the observer of
 * ingest.h for add, convert and remove.
 *
 *     OkbReport report;
 *     okb_report_init(&report, cli, jsonl);
 *     ok = okb_ingest_add(..., &report.observer, &report.counts, &error);
 *     return okb_report_finish(&report, ok ? NULL : error);
 *
 * stderr: a line for each document that changed (unchanged ones with -v), the live line on a
 * terminal, at the end the sums and a line for each failure: file, reason, stage, message, what
 * to try. stdout: nothing, or with --json one object, or with --jsonl an object a line as it
 * happens; openkb-add(1) documents both.
 */
#pragma once

#include "cli/cli.h"
#include "cli/progress.h"
#include "ingest/ingest.h"

typedef struct {
    OkbObserver observer;
    OkbCounts counts;
    bool plan_shown; /* the caller has told what a dry run would do */
    /* private */
    OkbCli *cli;
    OkbProgress progress;
    guint64 total;
    GPtrArray *failures; /* char *: the lines of the summary */
    json_t *items, *notices;
    bool jsonl;
} OkbReport;

void okb_report_init(OkbReport *report, OkbCli *cli, bool jsonl);

/* The summary; frees what init made. `error` is what stopped the batch, or NULL. Returns the
 * exit code: of the error, of the signal, 1 when all failed, 3 when some did. */
int okb_report_finish(OkbReport *report, const GError *error);

/* "2 added, 1 failed": the counts that are not zero; g_free() it. */
char *okb_report_sums(const OkbCounts *counts);

/* Exit code of a batch that ran to its end. */
int okb_report_exit_code(const OkbCounts *counts);

/* "PATH: encrypted (convert): message; try: advice": one failure, safe for a terminal. */
char *okb_report_failure(const OkbItem *item);
