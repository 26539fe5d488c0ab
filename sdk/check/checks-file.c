/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What manifest and module say as files; no code of the plugin runs.
 */
#include "checks.h"

#include "elf-file.h"

#include "plugins/trust.h"
#include "util/cleanup.h"

#include <string.h>

CHECK_FUNCTION(manifest)
{
    if (subject->error)
        check_fail(verdict, "%s: %s", subject->manifest, subject->error);
    else if (!g_utf8_validate(subject->text, (gssize)subject->text_len, NULL))
        check_fail(verdict, "%s: it is not UTF-8", subject->manifest);
}

CHECK_FUNCTION(module_file)
{
    g_autofree char *directory = g_path_get_dirname(subject->manifest), *reason = NULL;
    okb_autofd int fd = okb_trust_open_directory(directory, &reason);
    if (fd < 0) {
        check_fail(verdict, "%s: %s", directory, reason ? reason : "it is not there");
        return;
    }
    const char *files[] = {subject->manifest, subject->module};
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *name = g_path_get_basename(files[i]), *why = NULL;
        okb_autofd int file = okb_trust_open_file(fd, name, &why);
        if (file < 0)
            check_fail(verdict, "%s: %s", files[i], why ? why : "it is not there");
    }
}

/* ---- The module -------------------------------------------------------------------------- */

/* Reads it, or skips: loads says what is wrong with a module that is not one. */
static bool read_module(const Subject *subject, Verdict *verdict, ElfFacts *facts)
{
    g_autoptr(GError) error = NULL;
    if (elf_read(subject->module, facts, &error))
        return true;
    check_skip(verdict, "the module cannot be read: see loads");
    return false;
}

CHECK_FUNCTION(one_export)
{
    g_auto(ElfFacts) elf = {0};
    GString *others = g_string_new(NULL);
    bool there = false;
    if (!read_module(subject, verdict, &elf))
        return;
    for (guint i = 0; i < elf.exported->len; i++) {
        const char *name = elf.exported->pdata[i];
        if (g_str_equal(name, "openkb_plugin_v1"))
            there = true;
        else if (others->len < 300)
            g_string_append_printf(others, " %s", name);
    }
    if (!there)
        check_fail(verdict, "it does not export openkb_plugin_v1");
    else if (others->len)
        check_fail(verdict, "it also exports%s", others->str);
    g_string_free(others, TRUE);
}

static bool leads_out(const char *search_path)
{
    g_auto(GStrv) paths = g_strsplit(search_path, ":", -1);
    for (char **path = paths; *path; path++)
        if (**path && !g_str_has_prefix(*path, "$ORIGIN") &&
            !g_str_has_prefix(*path, "${ORIGIN}"))
            return true;
    return false;
}

CHECK_FUNCTION(hardened)
{
    g_auto(ElfFacts) elf = {0};
    if (!read_module(subject, verdict, &elf))
        return;
    if (elf.other_machine)
        check_fail(verdict, "it was built for another machine");
    else if (elf.text_relocations)
        check_fail(verdict, "it has text relocations");
    else if (elf.executable_stack)
        check_fail(verdict, "it asks for an executable stack");
    else if (!elf.relro || !elf.bind_now)
        check_fail(verdict, "it has no full RELRO: %s is missing", elf.relro ? "now" : "relro");
    else if (elf.search_path && leads_out(elf.search_path))
        check_fail(verdict, "it looks for libraries in %s", elf.search_path);
}

CHECK_FUNCTION(loads)
{
    g_auto(ElfFacts) elf = {0};
    g_autoptr(GError) error = NULL;
    Sample nothing = {.name = "", .bytes = "", .directory = "/"};
    Job job = check_job(subject, &nothing);
    if (!elf_read(subject->module, &elf, &error)) {
        check_fail(verdict, "%s", error->message);
        return;
    }
    for (guint i = 0; i < elf.imported->len; i++)
        if (g_str_has_prefix(elf.imported->pdata[i], "openkb_") ||
            g_str_has_prefix(elf.imported->pdata[i], "okb_"))
            check_fail(verdict, "it wants %s from the host", (char *)elf.imported->pdata[i]);
    Run run = run_fresh(subject->module, &job, &(Conditions){0});
    if (run.facts.refused[0])
        check_fail(verdict, "%s", run.facts.refused);
    else if (!run.facts.loaded)
        check_fail(verdict,
                   "loading or warming it ended the process (signal %d, exit status %d)",
                   run.signal, run.exit_status);
    run_clear(&run);
}

CHECK_FUNCTION(imports)
{
    static const char *const refused[] = {
        "system",       "popen",  "fork",      "vfork",  "execve",      "execv",
        "execvp",       "execl",  "execlp",    "execle", "execvpe",     "posix_spawn",
        "posix_spawnp", "socket", "connect",   "bind",   "getaddrinfo", "gethostbyname",
        "setuid",       "setgid", "setresuid", "tmpnam", "tempnam",     "mktemp",
        "gets",         "chmod",  "fchmod",    "chown",  "ptrace",      "mount",
        "setxattr",     "daemon", "setsid",    "kill",   NULL,
    };
    g_auto(ElfFacts) elf = {0};
    if (!read_module(subject, verdict, &elf))
        return;
    for (guint i = 0; i < elf.imported->len; i++)
        if (g_strv_contains(refused, elf.imported->pdata[i]))
            check_fail(verdict, "it imports %s()", (char *)elf.imported->pdata[i]);
}

/* ---- The manifest's claims --------------------------------------------------------------- */

static bool has_known_tree(const char *type)
{
    static const char *const trees[] = {"application", "audio",     "font", "image", "message",
                                        "model",       "multipart", "text", "video"};
    for (guint i = 0; i < G_N_ELEMENTS(trees); i++)
        if (g_str_has_prefix(type, trees[i]) && type[strlen(trees[i])] == '/')
            return true;
    return g_str_has_prefix(type, "x-");
}

static const char *repeated(char **words)
{
    for (char **word = words; *word; word++)
        if (g_strv_contains((const char *const *)word + 1, *word))
            return *word;
    return NULL;
}

CHECK_FUNCTION(match)
{
    const OkbPlugin *plugin = subject->plugin;
    const char *twice = repeated(plugin->media_types);
    twice = twice ? twice : repeated(plugin->extensions);
    if (!*plugin->media_types && !*plugin->extensions && plugin->magic->len == 0)
        check_fail(verdict, "it claims nothing, so no file will ever be its own");
    if (twice)
        check_fail(verdict, "%s appears twice", twice);
    for (char **type = plugin->media_types; *type; type++)
        if (!has_known_tree(*type))
            check_fail(verdict, "%s: there is no such kind of media type", *type);
}

/* ---- The licence ------------------------------------------------------------------------- */

/* expression = term { ("AND" | "OR") term };  term = id ["+"] ["WITH" id] | "(" expression ")"
 */
typedef struct {
    char **words;
} Words;

static bool is_licence_id(const char *word)
{
    gsize len = strlen(word);
    if (len == 0 || g_str_equal(word, "AND") || g_str_equal(word, "OR") ||
        g_str_equal(word, "WITH"))
        return false;
    for (gsize i = 0; i < len; i++)
        if (!g_ascii_isalnum(word[i]) && word[i] != '-' && word[i] != '.' &&
            !(word[i] == '+' && i == len - 1))
            return false;
    return true;
}

static bool is_expression(Words *w);

static bool is_term(Words *w)
{
    if (*w->words && g_str_equal(*w->words, "(")) {
        w->words++;
        return is_expression(w) && *w->words && g_str_equal(*w->words++, ")");
    }
    if (!*w->words || !is_licence_id(*w->words++))
        return false;
    if (*w->words && g_str_equal(*w->words, "WITH"))
        return *++w->words && is_licence_id(*w->words++);
    return true;
}

static bool is_expression(Words *w)
{
    do {
        if (!is_term(w))
            return false;
    } while (*w->words && (g_str_equal(*w->words, "AND") || g_str_equal(*w->words, "OR")) &&
             w->words++);
    return true;
}

static bool is_common_id(const char *word)
{
    static const char *const common[] = {"0BSD",
                                         "AFL-3.0",
                                         "AGPL-3.0-only",
                                         "AGPL-3.0-or-later",
                                         "Apache-2.0",
                                         "Artistic-2.0",
                                         "BSD-2-Clause",
                                         "BSD-3-Clause",
                                         "BSL-1.0",
                                         "CC0-1.0",
                                         "CC-BY-4.0",
                                         "CC-BY-SA-4.0",
                                         "CDDL-1.0",
                                         "ECL-2.0",
                                         "EPL-1.0",
                                         "EPL-2.0",
                                         "EUPL-1.2",
                                         "FTL",
                                         "GPL-2.0-only",
                                         "GPL-2.0-or-later",
                                         "GPL-3.0-only",
                                         "GPL-3.0-or-later",
                                         "IJG",
                                         "ISC",
                                         "LGPL-2.0-only",
                                         "LGPL-2.0-or-later",
                                         "LGPL-2.1-only",
                                         "LGPL-2.1-or-later",
                                         "LGPL-3.0-only",
                                         "LGPL-3.0-or-later",
                                         "LPPL-1.3c",
                                         "MIT",
                                         "MIT-0",
                                         "MPL-2.0",
                                         "MS-PL",
                                         "NCSA",
                                         "OFL-1.1",
                                         "OpenSSL",
                                         "PostgreSQL",
                                         "Python-2.0",
                                         "PSF-2.0",
                                         "Ruby",
                                         "Unicode-DFS-2016",
                                         "Unlicense",
                                         "Vim",
                                         "WTFPL",
                                         "X11",
                                         "Zlib",
                                         "libpng-2.0",
                                         NULL};
    return g_strv_contains(common, word) || g_str_has_prefix(word, "LicenseRef-");
}

CHECK_FUNCTION(license)
{
    GString *spaced = g_string_new(subject->plugin->license);
    g_string_replace(spaced, "(", " ( ", 0);
    g_string_replace(spaced, ")", " ) ", 0);
    g_auto(GStrv) all = g_strsplit_set(spaced->str, " ", -1);
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (char **word = all; *word; word++)
        if (**word)
            g_ptr_array_add(words, *word);
    g_ptr_array_add(words, NULL);
    Words left = {(char **)words->pdata};
    if (!is_expression(&left) || *left.words)
        check_fail(verdict, "\"%s\" is not an SPDX expression", subject->plugin->license);
    else if (words->len == 2 && !is_common_id(words->pdata[0]))
        check_warn(verdict, "\"%s\" is none of the common SPDX licences",
                   (char *)words->pdata[0]);
    g_string_free(spaced, TRUE);
}
