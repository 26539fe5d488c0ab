/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The same bytes out, whatever surrounds the conversion.
 */
#include "checks.h"

#include "interpose.h"
#include "run-inside.h"

#include <string.h>

enum { DAYS_400 = 400 * 24 * 3600 };

typedef struct {
    const char *name; /* "when ... " */
    const char *const *environment;
    const char *cwd;
    mode_t mask;
    glong shift;
    bool other_host, other_name;
} Circumstance;

static const char *const poisoned[] = {"LC_ALL=C.UTF-8", "TZ=UTC", "MALLOC_PERTURB_=165",
                                       "GLIBC_TUNABLES=glibc.malloc.perturb=165", NULL};
static const char *const elsewhere[] = {"LC_ALL=C.UTF-8", "TZ=Pacific/Kiritimati", NULL};
static const char *const foreign[] = {"LC_ALL=tr_TR.UTF-8", "LANG=de_DE.UTF-8", "LANGUAGE=de",
                                      "TZ=UTC", NULL};
static const char *const other_user[] = {"USER=nobody",
                                         "PATH=/nonexistent",
                                         "TZ=UTC",
                                         "HOME=/nonexistent",
                                         "TMPDIR=/nonexistent",
                                         "LC_ALL=C.UTF-8",
                                         "SOURCE_DATE_EPOCH=1",
                                         NULL};
static const char *const all_other[] = {"USER=nobody",
                                        "PATH=/nonexistent",
                                        "HOME=/nonexistent",
                                        "TMPDIR=/nonexistent",
                                        "LC_ALL=tr_TR.UTF-8",
                                        "LANG=de_DE.UTF-8",
                                        "LANGUAGE=de",
                                        "TZ=Pacific/Kiritimati",
                                        "MALLOC_PERTURB_=165",
                                        "GLIBC_TUNABLES=glibc.malloc.perturb=165",
                                        NULL};

static const Circumstance all_at_once = {
    "in other circumstances", all_other, "/tmp", 022, DAYS_400, true, true};

static const Circumstance circumstances[] = {
    {.name = "the second time (another process number, other addresses)"},
    {.name = "when memory is filled with other bytes", .environment = poisoned},
    {.name = "in another time zone", .environment = elsewhere},
    {.name = "in another language", .environment = foreign},
    {.name = "for another user", .environment = other_user},
    {.name = "in another directory", .cwd = "/tmp"},
    {.name = "with another umask", .mask = 022},
    {.name = "400 days later", .shift = DAYS_400},
    {.name = "on another host", .other_host = true},
    {.name = "when the file has another name", .other_name = true},
};

static char *other_name_of(const Sample *sample)
{
    const char *dot = strrchr(sample->name, '.');
    return g_strdup_printf("zz-other%s", dot ? dot : "");
}

/* Whether the output is that of the base. The reason why not is put into the verdict. */
static bool is_same(const Subject *subject, const Sample *sample, const Circumstance *c,
                    Verdict *verdict)
{
    g_autofree char *name = other_name_of(sample);
    Job job = check_job(subject, sample);
    Conditions how = {.environment = c->environment,
                      .directory = c->cwd,
                      .umask = c->mask,
                      .clock_shift = c->shift,
                      .other_host_name = c->other_host};
    if (c->other_name)
        job.name = name;
    Run run = run_fresh(subject->module, &job, &how);
    bool same =
        run.end == RUN_RETURNED && g_string_equal(run.transcript, sample->base.transcript);
    if (!same && verdict) {
        g_autofree char *where = check_difference(sample->base.transcript, run.transcript);
        check_fail(verdict, "%s: other output %s: %s", sample->name, c->name, where);
    }
    run_clear(&run);
    return same;
}

/* Which circumstance it was; random output may differ only now and then. */
static void find_culprit(const Subject *subject, const Sample *sample, Verdict *verdict)
{
    for (guint i = 0; i < G_N_ELEMENTS(circumstances); i++)
        if (!is_same(subject, sample, &circumstances[i], verdict))
            return;
    is_same(subject, sample, &all_at_once, verdict);
    check_fail(verdict, "%s: other output now and then", sample->name);
}

CHECK_FUNCTION(deterministic)
{
    for (guint i = 0; i < subject->converted->len && !verdict->text[0]; i++) {
        const Sample *sample = subject->converted->pdata[i];
        check_doing(verdict, "converting %s again", sample->name);
        if (!is_same(subject, sample, &circumstances[0], NULL) ||
            !is_same(subject, sample, &all_at_once, NULL))
            find_culprit(subject, sample, verdict);
    }
}

/* ---- Order ------------------------------------------------------------------------------- */

/* In this very process, one document after the other. */
static bool same_here(const Subject *subject, const okb_plugin *plugin, const Sample *sample,
                      const Sample *before, Verdict *verdict)
{
    RunFacts facts = {0};
    Job job = check_job(subject, sample);
    check_doing(verdict, "converting %s after %s", sample->name,
                before ? before->name : "nothing");
    harness_result *result = run_inside(plugin, &job, &facts, -1);
    GString *text = run_transcript(result);
    bool same = g_string_equal(text, sample->base.transcript);
    if (!same) {
        g_autofree char *where = check_difference(sample->base.transcript, text);
        check_fail(verdict, "%s: other output after %s in one process: %s", sample->name,
                   before ? before->name : "warm()", where);
    }
    g_string_free(text, TRUE);
    harness_result_free(result);
    return same;
}

static bool same_forked(const Subject *subject, const okb_plugin *plugin, const Sample *sample,
                        Verdict *verdict)
{
    Job job = check_job(subject, sample);
    Run run = run_forked(plugin, &job);
    bool same =
        run.end == RUN_RETURNED && g_string_equal(run.transcript, sample->base.transcript);
    if (!same)
        check_fail(verdict, "%s: other output in a fork than in a new process", sample->name);
    run_clear(&run);
    return same;
}

CHECK_FUNCTION(order)
{
    const okb_plugin *plugin = check_load(subject, verdict);
    const GPtrArray *all = subject->converted;
    const Sample *before = NULL;
    for (guint i = 0; plugin && i < all->len; i++)
        if (!same_forked(subject, plugin, all->pdata[i], verdict))
            return;
    /* forwards, then backwards: the last one is followed by itself */
    for (guint i = 0; plugin && i < 2 * all->len; i++) {
        const Sample *sample = all->pdata[i < all->len ? i : 2 * all->len - 1 - i];
        if (!same_here(subject, plugin, sample, before, verdict))
            return;
        before = sample;
    }
}

/* ---- Without a mapping ------------------------------------------------------------------- */

static void judge_unmapped(const Sample *sample, const Run *run, const char *how,
                           Verdict *verdict)
{
    g_autofree char *what = g_strdup_printf("%s, %s", sample->name, how);
    if (!check_ended_well(verdict, run, what))
        return;
    bool polite = run->facts.status == OKB_E_LIMIT || run->facts.status == OKB_E_UNSUPPORTED;
    if (polite || g_string_equal(run->transcript, sample->base.transcript))
        return;
    g_autofree char *where = check_difference(sample->base.transcript, run->transcript);
    check_fail(verdict, "%s: other output: %s", what, where);
}

CHECK_FUNCTION(unmapped)
{
    const okb_plugin *plugin = check_load(subject, verdict);
    for (guint i = 0; plugin && i < subject->converted->len; i++) {
        const Sample *sample = subject->converted->pdata[i];
        Job job = check_job(subject, sample);
        check_doing(verdict, "converting %s from its descriptor", sample->name);
        job.input.no_map = true;
        Run run = run_forked(plugin, &job);
        judge_unmapped(sample, &run, "read from its descriptor", verdict);
        run_clear(&run);
        job.cut_reads = interpose_works();
        run = run_forked(plugin, &job);
        judge_unmapped(sample, &run, "read a few bytes at a time", verdict);
        run_clear(&run);
    }
}
