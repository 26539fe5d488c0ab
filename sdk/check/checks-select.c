/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Whose files the plugin takes. There is no probe: the manifest decides, DECLINED corrects.
 */
#include "checks.h"
#include "foreign.h"

#include "plugins/magic.h"

#include <string.h>

/* What selection gives a plugin to look at. */
enum { HEAD = 4096 };

static bool claims_extension(const OkbPlugin *plugin, const char *name)
{
    const char *dot = strrchr(name, '.');
    g_autofree char *extension = dot ? g_ascii_strdown(dot + 1, -1) : NULL;
    return extension && g_strv_contains((const char *const *)plugin->extensions, extension);
}

static bool matches(const OkbPlugin *plugin, const char *bytes, gsize len)
{
    for (guint i = 0; i < plugin->magic->len; i++)
        if (okb_magic_match(plugin->magic->pdata[i], (const guint8 *)bytes, MIN(len, HEAD)))
            return true;
    return false;
}

static bool is_its_own(const OkbPlugin *plugin, const Foreign *foreign)
{
    for (char **extension = plugin->extensions; *extension; extension++) {
        g_autofree char *word = g_strdup_printf(" %s ", *extension);
        if (strstr(foreign->extensions, word))
            return true;
    }
    return false;
}

CHECK_FUNCTION(foreign_magic)
{
    if (subject->plugin->magic->len == 0)
        check_skip(verdict, "the manifest has no magic");
    for (gsize i = 0; i < n_foreign_files; i++)
        if (!is_its_own(subject->plugin, &foreign_files[i]) &&
            matches(subject->plugin, foreign_files[i].head, foreign_files[i].len))
            check_fail(verdict, "it would take %s", foreign_files[i].name);
}

CHECK_FUNCTION(own_magic)
{
    if (subject->samples->len == 0)
        check_skip(verdict, "no samples: name files, or a directory of them, after the plugin");
    for (guint i = 0; i < subject->samples->len; i++) {
        const Sample *sample = subject->samples->pdata[i];
        bool by_name = claims_extension(subject->plugin, sample->name);
        bool by_magic = matches(subject->plugin, sample->bytes, sample->len);
        if (!by_name && !by_magic)
            check_fail(verdict, "%s is claimed neither by extension nor by magic",
                       sample->name);
        else if (!by_magic && subject->plugin->magic->len && !subject->plugin->weak_magic)
            check_fail(verdict, "%s does not begin as the magic says", sample->name);
    }
}

static bool answers(const Subject *subject, const okb_plugin *plugin, const Foreign *foreign,
                    Verdict *verdict)
{
    Sample as_sample = {.name = "file",
                        .bytes = foreign->head,
                        .len = foreign->len,
                        .directory = "/nonexistent"};
    Job job = check_job(subject, &as_sample);
    check_doing(verdict, "converting %s", foreign->name);
    Run first = run_forked(plugin, &job), second = run_forked(plugin, &job);
    bool well = check_ended_well(verdict, &first, foreign->name) &&
                (g_string_equal(first.transcript, second.transcript) ||
                 check_fail(verdict, "%s: another answer the second time", foreign->name)) &&
                (first.facts.status != OKB_E_INTERNAL ||
                 check_fail(verdict, "%s: it answers INTERNAL", foreign->name));
    run_clear(&first);
    run_clear(&second);
    return well;
}

CHECK_FUNCTION(foreign_answers)
{
    const okb_plugin *plugin = check_load(subject, verdict);
    for (gsize i = 0; plugin && i < n_foreign_files; i++)
        if (!answers(subject, plugin, &foreign_files[i], verdict))
            return;
}
