/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A host whose functions fail, memory that runs out, limits that are low, a user who cancels.
 */
#include "checks.h"

#include "interpose.h"

#include <signal.h>
#include <string.h>

static const okb_status failures[] = {OKB_E_NOMEM, OKB_E_LIMIT, OKB_E_IO};

/* Most host calls and most CPU seconds that may follow a failure: "soon". */
enum { CALLS_AFTER = 1000, PATIENCE = 15 };
static const double seconds_after = 0.2;

/* ---- The host's functions ---------------------------------------------------------------- */

static bool can_fail(harness_slot slot)
{
    return slot != HARNESS_log && slot != HARNESS_fail && slot != HARNESS_limits &&
           slot != HARNESS_option;
}

/* The i-th of the calls to fail, of n: the first, the last, and some between. 0: no more. */
static guint nth_call(guint i, guint n)
{
    const guint few[] = {1, 1, 1, 2, 3, n / 2, n - 1, n};
    return i < G_N_ELEMENTS(few) && few[i] >= 1 && few[i] <= n ? few[i] : 0;
}

static bool judge_failure(const Run *run, const Job *job, const char *what, Verdict *verdict)
{
    const RunFacts *f = &run->facts;
    if (!check_ended_well(verdict, run, what))
        return false;
    if (!f->injected)
        return true;
    if (job->input.fail_slot != HARNESS_warn && f->returned == OKB_OK)
        return check_fail(verdict, "%s: prepare() returned OK all the same", what);
    if (job->input.fail_slot != HARNESS_warn && f->calls_after > CALLS_AFTER)
        return check_fail(verdict, "%s: %u more host calls before it returned", what,
                          f->calls_after);
    if (job->input.fail_slot != HARNESS_warn && f->cpu_after > seconds_after)
        return check_fail(verdict, "%s: %.2f s of CPU before it returned", what, f->cpu_after);
    return true;
}

static bool fail_call(const Subject *subject, const okb_plugin *plugin, const Sample *sample,
                      harness_slot slot, guint nth, okb_status status, Verdict *verdict)
{
    Job job = check_job(subject, sample);
    job.keep = false;
    job.seconds = MIN(job.seconds, PATIENCE);
    job.input.fail_slot = slot;
    job.input.fail_nth = nth;
    job.input.fail_status = status;
    g_autofree char *what =
        g_strdup_printf("%s, %s() answers %s at call %u", sample->name,
                        harness_slot_names[slot], check_status_name(status), nth);
    check_doing(verdict, "%s", what);
    Run run = run_forked(plugin, &job);
    bool well = judge_failure(&run, &job, what, verdict);
    run_clear(&run);
    return well;
}

CHECK_FUNCTION(host_failures)
{
    const okb_plugin *plugin = check_load(subject, verdict);
    for (guint i = 0; plugin && i < subject->converted->len; i++) {
        const Sample *sample = subject->converted->pdata[i];
        for (guint slot = 0; slot < HARNESS_SLOTS; slot++) {
            guint n = sample->base.facts.calls[slot], nth;
            for (guint k = 0; n && can_fail(slot) && k < 8; k++)
                if ((nth = nth_call(k, n)) != 0 &&
                    !fail_call(subject, plugin, sample, slot, nth, failures[k % 3], verdict))
                    return;
        }
    }
}

CHECK_FUNCTION(cancellation)
{
    const okb_plugin *plugin = check_load(subject, verdict);
    guint asked = 0;
    for (guint i = 0; plugin && i < subject->converted->len; i++) {
        const Sample *sample = subject->converted->pdata[i];
        guint n = sample->base.facts.calls[HARNESS_progress], nth;
        for (guint k = 2; n && k < 8; k++, asked++)
            if ((nth = nth_call(k, n)) != 0 &&
                !fail_call(subject, plugin, sample, HARNESS_progress, nth, OKB_E_CANCELLED,
                           verdict))
                return;
    }
    if (!asked)
        check_skip(verdict, "it never calls progress(): no sample takes long enough");
}

/* ---- Heartbeat --------------------------------------------------------------------------- */

static GBytes *enlarge(const Subject *subject, const Sample *sample)
{
    GString *text = g_string_new_len(sample->bytes, (gssize)sample->len);
    while (subject->plugin->text && sample->len && text->len < 2 * 1024 * 1024)
        g_string_append_len(text, sample->bytes, (gssize)sample->len);
    return g_string_free_to_bytes(text);
}

/* Text is enlarged; of other formats the samples must do. */
CHECK_FUNCTION(heartbeat)
{
    const okb_plugin *plugin = check_load(subject, verdict);
    for (guint i = 0; plugin && i < subject->converted->len; i++) {
        const Sample *sample = subject->converted->pdata[i];
        g_autoptr(GBytes) large = enlarge(subject, sample);
        Job job = check_job(subject, sample);
        job.bytes = g_bytes_get_data(large, &job.len);
        job.bytes = job.bytes ? job.bytes : "";
        job.keep = false;
        g_autofree char *what = g_strdup_printf("%s, %zu bytes", sample->name, job.len);
        check_doing(verdict, "%s", what);
        Run run = run_forked(plugin, &job);
        if (check_ended_well(verdict, &run, what) && run.facts.longest_silence > 2.0)
            check_fail(verdict, "%s: %.1f s of CPU without a call", what,
                       run.facts.longest_silence);
        run_clear(&run);
    }
}

/* ---- Memory that runs out ---------------------------------------------------------------- */

/* abort() and a trap are ways to end on purpose; a bad address is none. */
static bool died_on_purpose(const Run *run)
{
    return run->end == RUN_DIED && (run->signal == SIGABRT || run->signal == SIGTRAP);
}

static bool fail_allocation(const Subject *subject, const okb_plugin *plugin,
                            const Sample *sample, gulong nth, Verdict *verdict)
{
    Job job = check_job(subject, sample);
    job.fail_allocation = nth;
    job.seconds = MIN(job.seconds, PATIENCE);
    g_autofree char *what =
        g_strdup_printf("%s, no memory at allocation %lu", sample->name, nth);
    check_doing(verdict, "%s", what);
    Run run = run_forked(plugin, &job);
    bool well = died_on_purpose(&run) || check_ended_well(verdict, &run, what);
    if (well && run.end == RUN_RETURNED && run.facts.status == OKB_OK &&
        run.facts.n_warnings <= sample->base.facts.n_warnings &&
        !g_string_equal(run.transcript, sample->base.transcript)) {
        g_autofree char *where = check_difference(sample->base.transcript, run.transcript);
        well = check_fail(verdict, "%s: OK, and other output: %s", what, where);
    }
    run_clear(&run);
    return well;
}

/* The first twenty, then ever wider apart. */
static void fail_allocations(const Subject *subject, const okb_plugin *plugin,
                             const Sample *sample, gulong n, Verdict *verdict)
{
    for (gulong nth = 1; nth <= n; nth += nth < 20 ? 1 : 1 + nth / 8)
        if (!fail_allocation(subject, plugin, sample, nth, verdict))
            return;
}

CHECK_FUNCTION(memory_failures)
{
    const okb_plugin *plugin = check_load(subject, verdict);
    if (!interpose_works())
        check_skip(verdict, "this build of the checker has a sanitizer's allocator");
    for (guint i = 0; plugin && interpose_works() && i < subject->converted->len; i++) {
        const Sample *sample = subject->converted->pdata[i];
        Job job = check_job(subject, sample);
        job.count_allocations = true;
        Run run = run_forked(plugin, &job);
        fail_allocations(subject, plugin, sample, run.facts.allocations, verdict);
        run_clear(&run);
    }
}

/* ---- Limits ------------------------------------------------------------------------------ */

static bool keeps_limits(const Subject *subject, const okb_plugin *plugin, const Sample *sample,
                         const okb_limits *limits, const char *name, Verdict *verdict)
{
    Job job = check_job(subject, sample);
    job.input.limits = *limits;
    g_autofree char *what = g_strdup_printf("%s, %s", sample->name, name);
    check_doing(verdict, "%s", what);
    Run run = run_forked(plugin, &job);
    bool well = check_ended_well(verdict, &run, what);
    if (well && run.facts.returned == OKB_OK && run.facts.status != OKB_OK)
        well = check_fail(verdict, "%s: prepare() returned OK, the host had answered %s", what,
                          check_status_name(run.facts.status));
    run_clear(&run);
    return well;
}

CHECK_FUNCTION(limits)
{
    const okb_plugin *plugin = check_load(subject, verdict);
    for (guint i = 0; plugin && i < subject->converted->len; i++) {
        const Sample *sample = subject->converted->pdata[i];
        okb_limits usual = {.struct_size = sizeof usual,
                            .max_assets = 10000,
                            .max_body_bytes = 1 << 28,
                            .max_asset_bytes = 1 << 28,
                            .max_total_bytes = 1 << 28,
                            .memory_bytes = subject->plugin->limits.memory_bytes,
                            .wall_ms = 60000,
                            .idle_ms = 30000,
                            .cpu_ms = 60000,
                            .max_depth = 100};
        okb_limits body = usual, assets = usual;
        body.max_body_bytes = MAX(1, sample->base.facts.body_len / 2);
        body.max_total_bytes = body.max_body_bytes;
        assets.max_assets = 1;
        if (!keeps_limits(subject, plugin, sample, &body, "half the bytes allowed", verdict) ||
            !keeps_limits(subject, plugin, sample, &assets, "one asset allowed", verdict))
            return;
    }
}

CHECK_FUNCTION(memory)
{
    const okb_plugin *plugin = check_load(subject, verdict);
    for (guint i = 0; plugin && i < subject->converted->len; i++) {
        const Sample *sample = subject->converted->pdata[i];
        Job job = check_job(subject, sample);
        job.memory = subject->plugin->limits.memory_bytes;
        check_doing(verdict, "%s, within MemoryMiB", sample->name);
        Run run = run_forked(plugin, &job);
        if (check_ended_well(verdict, &run, verdict->doing) &&
            !g_string_equal(run.transcript, sample->base.transcript))
            check_fail(verdict, "%s: other output within %" G_GUINT64_FORMAT " MiB",
                       sample->name, job.memory >> 20);
        run_clear(&run);
    }
}
