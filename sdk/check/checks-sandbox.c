/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What the plugin does to the system, seen by tracing it, and confined as openkb's worker
 * confines it.
 */
#include "checks.h"

#include "plugins/data-sets.h"
#include "worker/landlock.h"

#include <string.h>

/* The paths of the data sets that the manifest names, but for one. g_free() it. */
static char *data_paths(const Subject *subject, const char *without)
{
    GString *lines = g_string_new(NULL);
    for (char **name = subject->plugin->data; *name; name++) {
        if (without && g_str_equal(*name, without))
            continue;
        for (const char *const *path = okb_data_set_paths(*name); path && *path; path++)
            g_string_append_printf(lines, "%s\n", *path);
    }
    return g_string_free(lines, FALSE);
}

static Run run_confined(const Subject *subject, const Sample *sample, RunLevel level, int abi,
                        const char *without, bool trace)
{
    g_autofree char *paths = data_paths(subject, without);
    Job job = check_job(subject, sample);
    Conditions how = {.level = level,
                      .landlock_abi = abi,
                      .data_paths = paths,
                      .threads = !subject->plugin->fork_safe,
                      .trace = trace};
    return run_fresh(subject->module, &job, &how);
}

static bool has_landlock(Verdict *verdict)
{
    if (okb_landlock_abi() > 0)
        return true;
    check_skip(verdict, "this kernel has no Landlock");
    return false;
}

/* A sanitizer's runtime maps, forks and traces on its own. */
static bool is_traceable(Verdict *verdict)
{
#ifdef OPENKB_SANITIZE
    check_skip(verdict,
               "this build of the checker has a sanitizer, which makes calls of its own");
    return false;
#else
    (void)verdict;
    return true;
#endif
}

static char *joined(const GPtrArray *calls)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < calls->len && text->len < 500; i++)
        g_string_append_printf(text, "%s%s", i ? ", " : "", (const char *)calls->pdata[i]);
    return g_string_free(text, FALSE);
}

/* ---- Traced ------------------------------------------------------------------------------ */

typedef GPtrArray *Calls(const Run *run);

static GPtrArray *spawned(const Run *run)
{
    return run->spawned;
}

static GPtrArray *wrote(const Run *run)
{
    return run->wrote;
}

static GPtrArray *denied(const Run *run)
{
    return run->denied;
}

static void trace_each(const Subject *subject, Verdict *verdict, RunLevel level, Calls *calls)
{
    for (guint i = 0; i < subject->converted->len && is_traceable(verdict); i++) {
        const Sample *sample = subject->converted->pdata[i];
        check_doing(verdict, "converting %s, traced", sample->name);
        Run run = run_confined(subject, sample, level, 0, NULL, true);
        g_autofree char *text = joined(calls(&run));
        if (run.end == RUN_UNABLE)
            check_fail(verdict, "%s: %s", sample->name, run.facts.refused);
        else if (calls(&run)->len)
            check_fail(verdict, "%s: %s", sample->name, text);
        run_clear(&run);
    }
}

CHECK_FUNCTION(one_thread)
{
    if (!subject->plugin->fork_safe)
        check_skip(verdict, "ForkSafe=false: its runtime may make threads");
    else
        trace_each(subject, verdict, CONFINE_NOT, spawned);
}

CHECK_FUNCTION(no_writes)
{
    trace_each(subject, verdict, CONFINE_NOT, wrote);
}

CHECK_FUNCTION(denied_calls)
{
    if (has_landlock(verdict))
        trace_each(subject, verdict, CONFINE_FULL, denied);
}

/* ---- The same, confined ------------------------------------------------------------------ */

CHECK_FUNCTION(confined)
{
    for (guint i = 0; i < subject->converted->len && has_landlock(verdict); i++) {
        const Sample *sample = subject->converted->pdata[i];
        check_doing(verdict, "converting %s, confined", sample->name);
        Run run = run_confined(subject, sample, CONFINE_FULL, 0, NULL, false);
        if (check_ended_well(verdict, &run, verdict->doing) &&
            !g_string_equal(run.transcript, sample->base.transcript)) {
            g_autofree char *where = check_difference(sample->base.transcript, run.transcript);
            check_fail(verdict, "%s, confined: other output: %s", sample->name, where);
        }
        run_clear(&run);
    }
}

static bool same_on(const Subject *subject, const Sample *sample, const Run *newest, int abi,
                    Verdict *verdict)
{
    g_autofree char *what = abi ? g_strdup_printf("%s, with Landlock %d", sample->name, abi)
                                : g_strdup_printf("%s, without Landlock", sample->name);
    check_doing(verdict, "converting %s", what);
    Run run =
        run_confined(subject, sample, abi ? CONFINE_FULL : CONFINE_REDUCED, abi, NULL, false);
    bool same = check_ended_well(verdict, &run, what);
    if (same && !g_string_equal(run.transcript, newest->transcript)) {
        g_autofree char *where = check_difference(newest->transcript, run.transcript);
        same = check_fail(verdict, "%s: other output: %s", what, where);
    }
    run_clear(&run);
    return same;
}

/* Compared with what it is confined by this kernel's version: confined judges that. */
CHECK_FUNCTION(old_kernels)
{
    static const int versions[] = {0, 1, 2, 3, 5};
    for (guint i = 0; i < subject->converted->len && has_landlock(verdict); i++) {
        const Sample *sample = subject->converted->pdata[i];
        Run newest = run_confined(subject, sample, CONFINE_FULL, 0, NULL, false);
        for (guint k = 0; k < G_N_ELEMENTS(versions) && versions[k] < okb_landlock_abi(); k++)
            if (!same_on(subject, sample, &newest, versions[k], verdict))
                break;
        run_clear(&newest);
    }
}

/* ---- Data sets --------------------------------------------------------------------------- */

/* Whether the output differs without the set; without a warning, that is a failure. */
static bool makes_difference(const Subject *subject, const Sample *sample, const char *set,
                             Verdict *verdict)
{
    Run with = run_confined(subject, sample, CONFINE_FULL, 0, NULL, false);
    Run without = run_confined(subject, sample, CONFINE_FULL, 0, set, false);
    bool differs = !g_string_equal(with.transcript, without.transcript);
    if (with.end == RUN_UNABLE || without.end == RUN_UNABLE)
        differs = !check_fail(verdict, "%s: %s%s", sample->name, with.facts.refused,
                              with.end == RUN_UNABLE ? "" : without.facts.refused);
    else if (differs && without.facts.status == OKB_OK &&
             without.facts.n_warnings <= with.facts.n_warnings) {
        g_autofree char *where = check_difference(with.transcript, without.transcript);
        check_fail(verdict, "%s: without %s the output is another, and no warning says so: %s",
                   sample->name, set, where);
    }
    run_clear(&with);
    run_clear(&without);
    return differs;
}

/* The modules of gconv are below /usr/lib, which every worker may read: they cannot be hidden.
 */
CHECK_FUNCTION(data_needed)
{
    guint judged = 0;
    for (char **set = subject->plugin->data; *set && has_landlock(verdict); set++) {
        bool needed = g_str_equal(*set, "gconv");
        judged += !needed;
        check_doing(verdict, "converting without %s", *set);
        for (guint i = 0; i < subject->converted->len && !needed; i++)
            needed = makes_difference(subject, subject->converted->pdata[i], *set, verdict);
        if (!needed)
            check_fail(verdict, "%s: no sample becomes another without it", *set);
    }
    if (!judged)
        check_skip(verdict, "it names no data set that can be hidden");
}

/* ---- valgrind ---------------------------------------------------------------------------- */

static const Sample *smallest(const Subject *subject)
{
    const Sample *found = subject->converted->pdata[0];
    for (guint i = 1; i < subject->converted->len; i++) {
        const Sample *sample = subject->converted->pdata[i];
        found = sample->len < found->len ? sample : found;
    }
    return found;
}

CHECK_FUNCTION(valgrind)
{
    g_autofree char *program = g_find_program_in_path("valgrind");
    const Sample *sample = smallest(subject);
    if (!program) {
        check_skip(verdict, "valgrind is not installed");
        return;
    }
    Job job = check_job(subject, sample);
    job.seconds = 300;
    check_doing(verdict, "converting %s under valgrind", sample->name);
    if (!is_traceable(verdict))
        return;
    Run run = run_fresh(subject->module, &job, &(Conditions){.valgrind = program});
    if (run.exit_status == 99)
        check_fail(verdict, "%s: valgrind found errors", sample->name);
    else
        check_ended_well(verdict, &run, sample->name);
    run_clear(&run);
}
