/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What all checks share: the plugin under test, and where a check says what it found.
 *
 * main() reads the manifest, converts each sample once (run.h) and then runs each check in a
 * process of its own, so that whatever a plugin does costs one check. Nothing of the plugin is
 * ever loaded into the process that counts and reports.
 */
#pragma once

#include "run.h"

#include "plugins/plugins.h"

#include <glib.h>
#include <stdbool.h>

typedef struct {
    const char *path, *name, *directory;
    const char *bytes;
    gsize len;
    Run base; /* converted once, as the documentation of the ABI says */
} Sample;

typedef struct {
    char *manifest; /* path */
    char *text;
    gsize text_len;
    char *error;       /* why the manifest is not valid; then `plugin` is NULL */
    OkbPlugin *plugin; /* as openkb reads the manifest */
    char *module;      /* path */
    bool loads;
    GPtrArray *samples;   /* Sample */
    GPtrArray *converted; /* those that convert. Borrowed */
    guint64 seed;
    guint flips;
    const char *golden, *baseline; /* or NULL */
    bool update;                   /* write what golden and baseline compare with */
} Subject;

typedef enum {
    CHECK_PASSED,
    CHECK_SKIPPED,
    CHECK_WARNED,
    CHECK_FAILED,
    CHECK_EXCLUDED
} CheckStatus;

/* In memory that the check's process shares with main(). */
typedef struct {
    CheckStatus status;
    char text[4000]; /* what was found */
    char doing[400]; /* at which step; told when the process dies */
    bool done;       /* the check came to its end: a plugin may end the process before */
} Verdict;

/* The first finding stands. check_fail() returns false. */
bool check_fail(Verdict *v, const char *format, ...) G_GNUC_PRINTF(2, 3);
void check_warn(Verdict *v, const char *format, ...) G_GNUC_PRINTF(2, 3);
void check_skip(Verdict *v, const char *format, ...) G_GNUC_PRINTF(2, 3);
void check_doing(Verdict *v, const char *format, ...) G_GNUC_PRINTF(2, 3);

typedef void CheckFunction(const Subject *subject, Verdict *verdict);

enum {
    NEEDS_PLUGIN = 1,  /* a valid manifest */
    NEEDS_LOAD = 2,    /* and a module that loads */
    NEEDS_SAMPLES = 4, /* and a sample that converts */
};

typedef struct {
    const char *id;
    const char *what; /* what must hold */
    const char *todo; /* what to do when it does not */
    unsigned needs;
    CheckFunction *run;
} Check;

extern const Check all_checks[];
extern const gsize n_all_checks;

#define CHECK_FUNCTION(name) void check_##name(const Subject *subject, Verdict *verdict)

/* A job that converts this sample as the host would. */
Job check_job(const Subject *subject, const Sample *sample);

/* Loads and warms the plugin in this process. NULL when it cannot, with the verdict given. */
const okb_plugin *check_load(const Subject *subject, Verdict *verdict);

/* Whether a run ended as any run must: by returning a status that exists, soon, without misuse
 * of a service. Fails the verdict otherwise; `what` says what was converted. */
bool check_ended_well(Verdict *verdict, const Run *run, const char *what);

/* Where two transcripts differ first, for people. g_free() it. */
char *check_difference(const GString *a, const GString *b);

/* "malformed", or the number of a status that does not exist. */
const char *check_status_name(okb_status status);
