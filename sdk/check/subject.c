/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "subject.h"

#include "plugins/manifest.h"
#include "plugins/options.h"

#include <string.h>

static char *manifest_of(const char *path)
{
    if (!g_str_has_suffix(path, ".so"))
        return g_canonicalize_filename(path, NULL);
    g_autofree char *stem = g_strndup(path, strlen(path) - 3);
    g_autofree char *beside = g_strconcat(stem, ".okbplugin", NULL);
    return g_canonicalize_filename(beside, NULL);
}

bool subject_read(Subject *subject, const char *path, GError **error)
{
    g_autoptr(GError) invalid = NULL;
    subject->samples = g_ptr_array_new();
    subject->converted = g_ptr_array_new();
    subject->manifest = manifest_of(path);
    if (!g_file_get_contents(subject->manifest, &subject->text, &subject->text_len, error))
        return false;
    subject->plugin = okb_manifest_parse(subject->text, subject->text_len, &invalid);
    if (!subject->plugin) {
        subject->error = g_strdup(invalid->message);
        return true;
    }
    g_autofree char *directory = g_path_get_dirname(subject->manifest);
    subject->module = g_build_filename(directory, subject->plugin->module_path, NULL);
    return true;
}

/* ---- Samples ----------------------------------------------------------------------------- */

static bool add_file(Subject *subject, const char *path, GError **error)
{
    Sample *sample = g_new0(Sample, 1);
    g_ptr_array_add(subject->samples, sample);
    sample->path = g_canonicalize_filename(path, NULL);
    sample->name = g_path_get_basename(sample->path);
    sample->directory = g_path_get_dirname(sample->path);
    char *bytes = NULL;
    bool read = g_file_get_contents(path, &bytes, &sample->len, error);
    sample->bytes = bytes;
    return read;
}

static bool claims(const OkbPlugin *plugin, const char *name)
{
    const char *dot = strrchr(name, '.');
    g_autofree char *extension = dot ? g_ascii_strdown(dot + 1, -1) : NULL;
    return extension && g_strv_contains((const char *const *)plugin->extensions, extension);
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool add_directory(Subject *subject, const char *path, GError **error)
{
    g_autoptr(GDir) directory = g_dir_open(path, 0, error);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    if (!directory)
        return false;
    for (const char *name; (name = g_dir_read_name(directory)) != NULL;)
        if (subject->plugin && claims(subject->plugin, name))
            g_ptr_array_add(names, g_build_filename(path, name, NULL));
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++)
        if (!add_file(subject, names->pdata[i], error))
            return false;
    return true;
}

bool subject_add_samples(Subject *subject, const char *path, GError **error)
{
    return g_file_test(path, G_FILE_TEST_IS_DIR) ? add_directory(subject, path, error)
                                                 : add_file(subject, path, error);
}

/* ---- Trying ------------------------------------------------------------------------------ */

Job check_job(const Subject *subject, const Sample *sample)
{
    static char **options; /* of the one plugin there is */
    if (!options) {
        g_autofree char *lines = okb_plugin_option_defaults(subject->plugin);
        options = g_strsplit(g_strchomp(lines), "\n", -1);
    }
    return (Job){
        .bytes = sample->bytes,
        .len = sample->len,
        .name = sample->name,
        .directory = sample->directory,
        .media_type = subject->plugin->media_types[0] ? subject->plugin->media_types[0] : "",
        .options = (const char *const *)options,
        .seconds = subject->plugin->limits.cpu_ms / 1000,
        .keep = true,
    };
}

static void try_load(Subject *subject)
{
    Sample nothing = {.name = "", .bytes = "", .directory = "/"};
    Job job = check_job(subject, &nothing);
    Run run = run_fresh(subject->module, &job, &(Conditions){0});
    subject->loads = run.facts.loaded && !run.facts.refused[0];
    run_clear(&run);
}

void subject_try(Subject *subject)
{
    if (subject->plugin)
        try_load(subject);
    for (guint i = 0; subject->loads && i < subject->samples->len; i++) {
        Sample *sample = subject->samples->pdata[i];
        Job job = check_job(subject, sample);
        sample->base = run_fresh(subject->module, &job, &(Conditions){0});
        if (sample->base.end == RUN_RETURNED && sample->base.facts.status == OKB_OK)
            g_ptr_array_add(subject->converted, sample);
    }
}

void subject_clear(Subject *subject)
{
    for (guint i = 0; subject->samples && i < subject->samples->len; i++) {
        Sample *sample = subject->samples->pdata[i];
        run_clear(&sample->base);
        g_free((char *)sample->path);
        g_free((char *)sample->name);
        g_free((char *)sample->directory);
        g_free((char *)sample->bytes);
        g_free(sample);
    }
    g_clear_pointer(&subject->samples, g_ptr_array_unref);
    g_clear_pointer(&subject->converted, g_ptr_array_unref);
    g_clear_pointer(&subject->plugin, okb_plugin_free);
    g_free(subject->manifest);
    g_free(subject->text);
    g_free(subject->error);
    g_free(subject->module);
}
