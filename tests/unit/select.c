/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Directories, trust and selection, over plugins whose modules are empty files.
 */
#include "plugins/plugins.h"
#include "util/cleanup.h"

#include <stdio.h>

#include "scratch.h"

#include "check.h"

static void write_plugin(const Scratch *scratch, const char *directory, const char *id,
                         const char *match)
{
    g_autofree char *manifest = g_strdup_printf("%s/%s.okbplugin", directory, id);
    g_autofree char *module = g_strdup_printf("%s/%s.so", directory, id);
    g_autofree char *text = g_strdup_printf(
        "[OpenKB Plugin]\nManifestVersion=1\nId=%s\nName=X\nVersion=1\nModule=%s.so\n"
        "Role=convert\nAbi=1.0\nOutputVersion=1\nLicense=MIT\n[Match]\n%s",
        id, id, match);
    scratch_write(scratch, manifest, text);
    scratch_write(scratch, module, "");
}

static OkbPlugins *load(const Scratch *scratch, const char *first, const char *second)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *a = g_build_filename(scratch->path, first, NULL);
    g_autofree char *b = second ? g_build_filename(scratch->path, second, NULL) : NULL;
    const char *directories[] = {a, b, NULL};
    OkbPlugins *plugins =
        okb_plugins_load(&(OkbPluginsConfig){.directories = directories}, &error);
    if (!plugins)
        fail_msg("%s", error->message);
    return plugins;
}

static const OkbPlugin *find_any(const OkbPlugins *plugins, const char *id)
{
    const GPtrArray *all = okb_plugins_all(plugins);
    for (guint i = 0; i < all->len; i++) {
        const OkbPlugin *plugin = g_ptr_array_index(all, i);
        if (g_str_equal(plugin->id, id))
            return plugin;
    }
    return NULL;
}

static void assert_refused(const OkbPlugins *plugins, const char *id, const char *reason)
{
    const OkbPlugin *plugin = find_any(plugins, id);
    assert_non_null(plugin);
    if (!plugin->refused || !strstr(plugin->refused, reason))
        fail_msg("%s: %s", id, plugin->refused ? plugin->refused : "accepted");
    assert_null(okb_plugins_find(plugins, id));
}

/* ---- Selection --------------------------------------------------------------------------- */

static const struct {
    const char *label, *name, *media_type, *head, *expected;
} cases[] = {
    {"by extension", "a.pdf", NULL, "", "pdf"},
    {"extension in capitals", "A.PDF", NULL, "", "pdf"},
    {"only an extension is no name", ".pdf", NULL, "", ""},
    {"nothing speaks", "a.xyz", NULL, "hello", ""},
    {"magic outranks extension", "a.md", NULL, "%PDF-1.7", "pdf markdown"},
    {"weak magic below extension", "a.md", NULL, "<!doctype html>", "markdown html"},
    {"weak magic alone", "a", NULL, "\xef\xbb\xbf \n<!DOCTYPE html>", "html"},
    {"media type outranks extension", "a.md", "text/html; charset=x", "", "html markdown"},
    {"media type in capitals", "a", "Application/PDF", "", "pdf"},
    {"longest magic first", "a", NULL, "PK\3\4....mimetype", "epub zip"},
    {"parts must all hold", "a", NULL, "PK\3\4....mimetyp", "zip"},
    {"priority, then id", "a.same", NULL, "", "zip epub pdf"},
    {"an extension with a dot", "a.tar.gz", NULL, "", "zip"},
};

static void make_selection(const Scratch *scratch)
{
    write_plugin(scratch, "p", "pdf",
                 "MediaTypes=application/pdf;\nExtensions=pdf;same;\nMagic=0:255044462d\n");
    write_plugin(scratch, "p", "html",
                 "MediaTypes=text/html;\nExtensions=html;\nMagic=~0:3c21646f6374797065\n"
                 "WeakMagic=true\nText=true\n");
    write_plugin(scratch, "p", "markdown", "Extensions=md;\nText=true\n");
    write_plugin(scratch, "p", "zip",
                 "Extensions=tar.gz;same;\nMagic=0:504b0304\nPriority=60\n");
    write_plugin(scratch, "p", "epub",
                 "Extensions=same;\nMagic=0:504b0304;8:6d696d6574797065\n");
}

static void the_order_of_candidates_is_total(void **state)
{
    make_selection(*state);
    g_autoptr(OkbPlugins) plugins = load(*state, "p", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) why = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GPtrArray) found =
            okb_plugins_select(plugins, NULL, cases[i].name, cases[i].media_type,
                               (const guint8 *)cases[i].head, strlen(cases[i].head), why);
        GString *ids = g_string_new(NULL);
        for (guint f = 0; f < found->len; f++)
            g_string_append_printf(ids, "%s%s", f ? " " : "",
                                   ((const OkbPlugin *)g_ptr_array_index(found, f))->id);
        g_autofree char *text = g_string_free(ids, FALSE);
        if (!g_str_equal(text, cases[i].expected))
            fail_msg("%s: \"%s\", not \"%s\"", cases[i].label, text, cases[i].expected);
        assert_int_equal(why->len, found->len);
    }
}

static void an_explicit_choice_stands_alone(void **state)
{
    make_selection(*state);
    g_autoptr(OkbPlugins) plugins = load(*state, "p", NULL);
    g_autoptr(GPtrArray) found = okb_plugins_select(plugins, "markdown", "a.pdf", NULL,
                                                    (const guint8 *)"%PDF-", 5, NULL);
    assert_int_equal(found->len, 1);
    assert_string_equal(((const OkbPlugin *)g_ptr_array_index(found, 0))->id, "markdown");
    g_autoptr(GPtrArray) none =
        okb_plugins_select(plugins, "nonesuch", "a.pdf", NULL, NULL, 0, NULL);
    assert_int_equal(none->len, 0);
    assert_true(okb_plugins_claims(plugins, "x.md"));
    assert_false(okb_plugins_claims(plugins, "x.txt"));
}

static void missing_plugins_are_named_by_package(void **state)
{
    (void)state;
    assert_string_equal(okb_plugins_package_for("a.PDF", NULL, 0), "openkb-plugin-pdf");
    assert_string_equal(okb_plugins_package_for("a", (const guint8 *)"%PDF-1", 6),
                        "openkb-plugin-pdf");
    assert_null(okb_plugins_package_for("a.xyz", (const guint8 *)"x", 1));
    assert_null(okb_plugins_package_for("noextension", NULL, 0));
}

/* ---- Directories ------------------------------------------------------------------------- */

static void the_first_directory_wins(void **state)
{
    write_plugin(*state, "one", "x", "Priority=1\n");
    write_plugin(*state, "two", "x", "Priority=2\n");
    g_autoptr(OkbPlugins) plugins = load(*state, "one", "two");
    assert_int_equal(okb_plugins_find(plugins, "x")->priority, 1);
    const OkbPlugin *second = g_ptr_array_index(okb_plugins_all(plugins), 1);
    assert_non_null(strstr(second->refused, "shadowed"));
}

static void one_bad_manifest_does_not_disturb_the_others(void **state)
{
    write_plugin(*state, "p", "good", "");
    scratch_write(*state, "p/bad.okbplugin", "[OpenKB Plugin\n");
    scratch_write(*state, "p/empty.okbplugin", "");
    scratch_write(*state, "p/notes.txt", "not a manifest");
    g_autoptr(OkbPlugins) plugins = load(*state, "p", NULL);
    assert_non_null(okb_plugins_find(plugins, "good"));
    assert_refused(plugins, "bad", "");
    assert_refused(plugins, "empty", "");
    assert_null(find_any(plugins, "notes"));
}

static void a_relative_directory_becomes_absolute(void **state)
{
    const Scratch *scratch = *state;
    write_plugin(scratch, "p", "x", "");
    assert_int_equal(fchdir(scratch->fd), 0);
    const char *directories[] = {"p", NULL};
    g_autoptr(OkbPlugins) plugins =
        okb_plugins_load(&(OkbPluginsConfig){.directories = directories}, NULL);
    assert_true(g_path_is_absolute(okb_plugins_find(plugins, "x")->module_path));
    assert_int_equal(chdir("/"), 0);
}

static void a_manifest_must_bear_its_id(void **state)
{
    write_plugin(*state, "p", "real", "");
    const Scratch *scratch = *state;
    assert_int_equal(
        renameat(scratch->fd, "p/real.okbplugin", scratch->fd, "p/other.okbplugin"), 0);
    g_autoptr(OkbPlugins) plugins = load(*state, "p", NULL);
    assert_refused(plugins, "real", "name of the file");
}

/* ---- Trust ------------------------------------------------------------------------------- */

static void files_that_others_may_write_are_refused(void **state)
{
    const Scratch *scratch = *state;
    write_plugin(scratch, "p", "manifest", "");
    write_plugin(scratch, "p", "module", "");
    write_plugin(scratch, "p", "fine", "");
    write_plugin(scratch, "p", "setuid", "");
    assert_int_equal(fchmodat(scratch->fd, "p/manifest.okbplugin", 0666, 0), 0);
    assert_int_equal(fchmodat(scratch->fd, "p/module.so", 0664, 0), 0);
    assert_int_equal(fchmodat(scratch->fd, "p/setuid.so", 04755, 0), 0);
    g_autoptr(OkbPlugins) plugins = load(scratch, "p", NULL);
    assert_refused(plugins, "manifest", "written by others");
    assert_refused(plugins, "module", "written by others");
    assert_refused(plugins, "setuid", "set-user-ID");
    assert_non_null(okb_plugins_find(plugins, "fine"));
}

static void directories_that_others_may_write_are_refused(void **state)
{
    const Scratch *scratch = *state;
    write_plugin(scratch, "p/q", "x", "");
    static const struct {
        const char *path;
        mode_t mode;
        bool trusted;
    } modes[] = {{"p/q", 0777, false}, {"p/q", 01777, false}, {"p/q", 0775, false},
                 {"p/q", 0755, true},  {"p", 0777, false},    {"p", 01777, true},
                 {"p", 0755, true}};
    for (gsize i = 0; i < G_N_ELEMENTS(modes); i++) {
        assert_int_equal(fchmodat(scratch->fd, modes[i].path, modes[i].mode, 0), 0);
        g_autoptr(OkbPlugins) plugins = load(scratch, "p/q", NULL);
        if ((okb_plugins_find(plugins, "x") != NULL) != modes[i].trusted)
            fail_msg("%s with mode %o", modes[i].path, modes[i].mode);
        assert_int_equal(fchmodat(scratch->fd, modes[i].path, 0755, 0), 0);
    }
}

static void foreign_owners_are_refused(void **state)
{
    const Scratch *scratch = *state;
    if (geteuid() != 0)
        skip();
    write_plugin(scratch, "p", "x", "");
    write_plugin(scratch, "p", "y", "");
    assert_int_equal(fchownat(scratch->fd, "p/x.so", 1234, 1234, 0), 0);
    g_autoptr(OkbPlugins) plugins = load(scratch, "p", NULL);
    assert_refused(plugins, "x", "belongs to user 1234");
    assert_non_null(okb_plugins_find(plugins, "y"));
}

static void links_out_of_the_directory_are_refused(void **state)
{
    const Scratch *scratch = *state;
    write_plugin(scratch, "p", "out", "");
    write_plugin(scratch, "p", "in", "");
    write_plugin(scratch, "elsewhere", "out", "");
    unlinkat(scratch->fd, "p/out.so", 0);
    assert_int_equal(symlinkat("../elsewhere/out.so", scratch->fd, "p/out.so"), 0);
    renameat(scratch->fd, "p/in.so", scratch->fd, "p/in.so.1");
    assert_int_equal(symlinkat("in.so.1", scratch->fd, "p/in.so"), 0);
    g_autoptr(OkbPlugins) plugins = load(scratch, "p", NULL);
    assert_refused(plugins, "out", "link out of its directory");
    assert_non_null(okb_plugins_find(plugins, "in"));
}

static void what_is_not_a_regular_file_is_refused(void **state)
{
    const Scratch *scratch = *state;
    write_plugin(scratch, "p", "x", "");
    write_plugin(scratch, "p", "gone", "");
    unlinkat(scratch->fd, "p/x.so", 0);
    unlinkat(scratch->fd, "p/gone.so", 0);
    assert_int_equal(mkfifoat(scratch->fd, "p/x.so", 0644), 0);
    g_autoptr(OkbPlugins) plugins = load(scratch, "p", NULL);
    assert_refused(plugins, "x", "not a regular file");
    assert_refused(plugins, "gone", "No such file");
}

#define WITH_SCRATCH(test)                                                                     \
    cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    umask(022);
    const struct CMUnitTest tests[] = {
        WITH_SCRATCH(the_order_of_candidates_is_total),
        WITH_SCRATCH(an_explicit_choice_stands_alone),
        WITH_SCRATCH(missing_plugins_are_named_by_package),
        WITH_SCRATCH(the_first_directory_wins),
        WITH_SCRATCH(one_bad_manifest_does_not_disturb_the_others),
        WITH_SCRATCH(a_relative_directory_becomes_absolute),
        WITH_SCRATCH(a_manifest_must_bear_its_id),
        WITH_SCRATCH(files_that_others_may_write_are_refused),
        WITH_SCRATCH(directories_that_others_may_write_are_refused),
        WITH_SCRATCH(foreign_owners_are_refused),
        WITH_SCRATCH(links_out_of_the_directory_are_refused),
        WITH_SCRATCH(what_is_not_a_regular_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
