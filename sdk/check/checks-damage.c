/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Sources that are damaged or mean harm. Whatever is in them, prepare() returns.
 */
#include "checks.h"
#include "foreign.h"

#include <string.h>

enum { STEPS = 16, FLIP_SECONDS = 10 };

/* Converts bytes in place of the sample's; "what" is told when it ends badly. */
static bool survives(const Subject *subject, const okb_plugin *plugin, const Sample *sample,
                     GBytes *bytes, Verdict *verdict, const char *what)
{
    Job job = check_job(subject, sample);
    job.bytes = g_bytes_get_data(bytes, &job.len);
    job.bytes = job.bytes ? job.bytes : "";
    job.keep = false;
    job.seconds = MIN(job.seconds, FLIP_SECONDS);
    job.memory = subject->plugin->limits.memory_bytes;
    check_doing(verdict, "%s", what);
    Run run = run_forked(plugin, &job);
    bool well = check_ended_well(verdict, &run, what);
    run_clear(&run);
    return well;
}

/* ---- Cut ends ---------------------------------------------------------------------------- */

static bool survives_cut(const Subject *subject, const okb_plugin *plugin, const Sample *sample,
                         gsize len, Verdict *verdict)
{
    g_autoptr(GBytes) bytes = g_bytes_new_static(sample->bytes, len);
    g_autofree char *what =
        g_strdup_printf("%s cut to %zu of %zu bytes", sample->name, len, sample->len);
    return survives(subject, plugin, sample, bytes, verdict, what);
}

CHECK_FUNCTION(truncation)
{
    const okb_plugin *plugin = check_load(subject, verdict);
    for (guint i = 0; plugin && i < subject->converted->len; i++) {
        const Sample *sample = subject->converted->pdata[i];
        for (gsize len = 0; len < MIN(3, sample->len); len++)
            if (!survives_cut(subject, plugin, sample, len, verdict))
                return;
        for (gsize step = 1; step < STEPS; step++)
            if (!survives_cut(subject, plugin, sample, sample->len * step / STEPS, verdict))
                return;
        if (sample->len && !survives_cut(subject, plugin, sample, sample->len - 1, verdict))
            return;
    }
}

/* ---- Flipped bits ------------------------------------------------------------------------ */

/* Small samples get most: a flip in a large one seldom hits something. */
static const Sample *pick(const Subject *subject, GRand *random)
{
    const Sample *a, *b;
    gint32 n = (gint32)subject->converted->len;
    a = subject->converted->pdata[g_rand_int_range(random, 0, n)];
    b = subject->converted->pdata[g_rand_int_range(random, 0, n)];
    return a->len <= b->len ? a : b;
}

static GBytes *flip(const Sample *sample, GRand *random)
{
    guint8 *bytes = g_memdup2(sample->bytes, sample->len);
    gint n = g_rand_int_range(random, 1, 9);
    for (gint i = 0; i < n && sample->len; i++) {
        gsize at = (gsize)(g_rand_double(random) * (double)sample->len);
        bytes[at] ^= (guint8)(1u << g_rand_int_range(random, 0, 8));
    }
    return g_bytes_new_take(bytes, sample->len);
}

CHECK_FUNCTION(bit_flips)
{
    const okb_plugin *plugin = check_load(subject, verdict);
    const guint32 seed[] = {(guint32)subject->seed, (guint32)(subject->seed >> 32)};
    g_autoptr(GRand) random = g_rand_new_with_seed_array(seed, 2);
    for (guint i = 0; plugin && i < subject->flips; i++) {
        const Sample *sample = pick(subject, random);
        g_autoptr(GBytes) bytes = flip(sample, random);
        g_autofree char *what = g_strdup_printf("%s, change %u of --seed %" G_GUINT64_FORMAT,
                                                sample->name, i + 1, subject->seed);
        if (!survives(subject, plugin, sample, bytes, verdict, what))
            return;
    }
}

/* ---- Bombs ------------------------------------------------------------------------------- */

static GBytes *smallest_sample(const Subject *subject)
{
    const Sample *smallest = NULL;
    for (guint i = 0; i < subject->converted->len; i++) {
        const Sample *sample = subject->converted->pdata[i];
        if (!smallest || sample->len < smallest->len)
            smallest = sample;
    }
    return smallest ? g_bytes_new_static(smallest->bytes, smallest->len) : NULL;
}

CHECK_FUNCTION(bombs)
{
    const okb_plugin *plugin = check_load(subject, verdict);
    g_autoptr(GBytes) smallest = smallest_sample(subject);
    const char *extension =
        subject->plugin->extensions[0] ? subject->plugin->extensions[0] : "bin";
    g_autofree char *file = g_strdup_printf("bomb.%s", extension);
    Sample as_sample = {.name = file, .bytes = "", .directory = "/nonexistent"};
    for (guint i = 0; plugin; i++) {
        g_autofree char *name = NULL;
        g_autoptr(GBytes) bomb = foreign_bomb(i, smallest, &name);
        if (!bomb || !survives(subject, plugin, &as_sample, bomb, verdict, name))
            return;
    }
}

/* ---- Fences ------------------------------------------------------------------------------ */

CHECK_FUNCTION(bounds)
{
    const okb_plugin *plugin = check_load(subject, verdict);
    for (guint i = 0; plugin && i < subject->converted->len; i++) {
        const Sample *sample = subject->converted->pdata[i];
        for (gsize step = 1; step <= STEPS; step++) {
            Job job = check_job(subject, sample);
            g_autofree char *what =
                g_strdup_printf("%s, %zu of %zu bytes, then none", sample->name,
                                sample->len * step / STEPS, sample->len);
            job.len = sample->len * step / STEPS;
            job.input.bounded = true;
            job.keep = false;
            check_doing(verdict, "%s", what);
            Run run = run_forked(plugin, &job);
            bool well = check_ended_well(verdict, &run, what);
            run_clear(&run);
            if (!well)
                return;
        }
    }
}
