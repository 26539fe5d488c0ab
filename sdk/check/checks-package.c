/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What is shipped: files beside the plugin, its manual page, and whether it became slower or
 * writes something else than before.
 */
#include "checks.h"

#include "plugins/manifest.h"

#include <jansson.h>
#include <string.h>

/* ---- The directory ----------------------------------------------------------------------- */

static bool names_module(const char *directory, const char *file, const char *module)
{
    g_autofree char *path = g_build_filename(directory, file, NULL), *text = NULL;
    gsize len = 0;
    if (!g_str_has_suffix(file, ".okbplugin") || !g_file_get_contents(path, &text, &len, NULL))
        return false;
    g_autoptr(OkbPlugin) plugin = okb_manifest_parse(text, len, NULL);
    return plugin && g_str_equal(plugin->module_path, module);
}

static bool has_manifest(const char *directory, const char *module)
{
    g_autoptr(GDir) files = g_dir_open(directory, 0, NULL);
    bool found = false;
    for (const char *name; files && !found && (name = g_dir_read_name(files)) != NULL;)
        found = names_module(directory, name, module);
    return found;
}

CHECK_FUNCTION(directory)
{
    g_autofree char *directory = g_path_get_dirname(subject->manifest);
    g_autoptr(GDir) files = g_dir_open(directory, 0, NULL);
    for (const char *name; files && (name = g_dir_read_name(files)) != NULL;)
        if (g_str_has_suffix(name, ".so") && !has_manifest(directory, name))
            check_fail(verdict, "%s/%s: no manifest names it", directory, name);
}

/* PREFIX/lib/.../openkb/plugins-1/x.okbplugin: the page is below PREFIX/share/man. */
CHECK_FUNCTION(manual)
{
    const char *lib = g_strrstr(subject->manifest, "/lib");
    g_autofree char *installed = g_strdup_printf("/openkb/plugins-%d/", OKB_ABI_MAJOR);
    if (!lib || !strstr(lib, installed)) {
        check_skip(verdict, "the plugin is not installed");
        return;
    }
    static const char *const suffixes[] = {"", ".gz"};
    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *page = g_strdup_printf(
            "%.*s/share/man/man7/openkb-plugin-%s.7%s", (int)(lib - subject->manifest),
            subject->manifest, subject->plugin->id, suffixes[i]);
        if (g_file_test(page, G_FILE_TEST_EXISTS))
            return;
    }
    check_warn(verdict, "there is no openkb-plugin-%s.7 below %.*s/share/man/man7",
               subject->plugin->id, (int)(lib - subject->manifest), subject->manifest);
}

/* ---- Cost -------------------------------------------------------------------------------- */

/* The best of three runs, of CPU milliseconds. */
static double measure(const Subject *subject, const Sample *sample, long *ret_peak_kib)
{
    double best = 1e9;
    for (int i = 0; i < 3; i++) {
        Job job = check_job(subject, sample);
        Run run = run_fresh(subject->module, &job, &(Conditions){0});
        best = MIN(best, run.facts.cpu * 1000);
        *ret_peak_kib = run.peak_kib;
        run_clear(&run);
    }
    return best;
}

static void judge_cost(const Sample *sample, json_t *was, double ms, long kib, Verdict *verdict)
{
    double old_ms = json_number_value(json_object_get(was, "cpu_ms"));
    json_int_t old_kib = json_integer_value(json_object_get(was, "peak_kib"));
    if (!was)
        check_fail(verdict, "%s is not in the baseline: --update it", sample->name);
    else if (ms > 2 * old_ms + 5)
        check_fail(verdict, "%s takes %.1f ms of CPU, it was %.1f", sample->name, ms, old_ms);
    else if (kib > 2 * old_kib)
        check_fail(verdict, "%s takes %ld KiB, it was %" JSON_INTEGER_FORMAT, sample->name, kib,
                   old_kib);
}

CHECK_FUNCTION(cost)
{
    if (!subject->baseline) {
        check_skip(verdict, "no --baseline");
        return;
    }
    json_t *old = subject->update ? NULL : json_load_file(subject->baseline, 0, NULL);
    json_t *now = json_object();
    if (!old && !subject->update)
        check_fail(verdict, "%s: cannot be read; --update makes it", subject->baseline);
    for (guint i = 0; i < subject->converted->len; i++) {
        const Sample *sample = subject->converted->pdata[i];
        long kib = 0;
        double ms = measure(subject, sample, &kib);
        json_object_set_new(now, sample->name,
                            json_pack("{s:f, s:I}", "cpu_ms", ms, "peak_kib", (json_int_t)kib));
        if (old)
            judge_cost(sample, json_object_get(old, sample->name), ms, kib, verdict);
    }
    if (subject->update && json_dump_file(now, subject->baseline, JSON_INDENT(2)) != 0)
        check_fail(verdict, "%s: cannot be written", subject->baseline);
    json_decref(old);
    json_decref(now);
}

/* ---- Golden output ----------------------------------------------------------------------- */

/* The file begins with the OutputVersion that wrote it. */
static char *golden_path(const Subject *subject, const Sample *sample)
{
    g_autofree char *name = g_strdup_printf("%s-%s.golden", subject->plugin->id, sample->name);
    return g_build_filename(subject->golden, name, NULL);
}

static void write_golden(const Subject *subject, const Sample *sample, Verdict *verdict)
{
    g_autofree char *path = golden_path(subject, sample);
    GString *text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    g_string_printf(text, "OutputVersion %u\n", subject->plugin->output_version);
    g_string_append_len(text, sample->base.transcript->str,
                        (gssize)sample->base.transcript->len);
    if (!g_file_set_contents(path, text->str, (gssize)text->len, &error))
        check_fail(verdict, "%s", error->message);
    g_string_free(text, TRUE);
}

static void compare_golden(const Subject *subject, const Sample *sample, Verdict *verdict)
{
    g_autofree char *path = golden_path(subject, sample), *text = NULL;
    gsize len = 0;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(path, &text, &len, &error)) {
        check_fail(verdict, "%s; --update makes it", error->message);
        return;
    }
    const char *body = memchr(text, '\n', len);
    guint64 version = g_ascii_strtoull(text + strcspn(text, "0123456789\n"), NULL, 10);
    g_autoptr(GString) was =
        body ? g_string_new_len(body + 1, (gssize)(text + len - body - 1)) : g_string_new(NULL);
    if (g_string_equal(was, sample->base.transcript) ||
        version < subject->plugin->output_version)
        return;
    g_autofree char *where = check_difference(was, sample->base.transcript);
    check_fail(verdict, "%s: other output under the same OutputVersion %u: %s", sample->name,
               subject->plugin->output_version, where);
}

CHECK_FUNCTION(golden)
{
    if (!subject->golden)
        check_skip(verdict, "no --golden");
    for (guint i = 0; subject->golden && i < subject->converted->len; i++) {
        if (subject->update)
            write_golden(subject, subject->converted->pdata[i], verdict);
        else
            compare_golden(subject, subject->converted->pdata[i], verdict);
    }
}
