/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "plugins/manifest.h"
#include "plugins/options.h"

#include <string.h>

#include "check.h"

static const char sound[] =
    "[OpenKB Plugin]\nManifestVersion=1\nId=org.x\nName=X\nVersion=1\n"
    "Module=x.so\nRole=convert\nAbi=1.0\nOutputVersion=3\nLicense=MIT\n";

static OkbPlugin *parse(const char *text, char **ret_message)
{
    g_autoptr(GError) error = NULL;
    OkbPlugin *plugin = okb_manifest_parse(text, strlen(text), &error);
    *ret_message = error ? g_strdup(error->message) : NULL;
    return plugin;
}

static void a_minimal_manifest_has_defaults(void **state)
{
    (void)state;
    g_autofree char *message = NULL;
    g_autoptr(OkbPlugin) plugin = parse(sound, &message);
    assert_non_null(plugin);
    assert_string_equal(plugin->id, "org.x");
    assert_string_equal(plugin->module_path, "x.so");
    assert_int_equal(plugin->output_version, 3);
    assert_true(plugin->fork_safe);
    assert_int_equal(plugin->priority, 50);
    assert_int_equal(plugin->limits.memory_bytes, 512ull << 20);
    assert_int_equal(plugin->limits.wall_ms, 120000);
    assert_null(plugin->media_types[0]);
}

static void everything_is_read(void **state)
{
    (void)state;
    g_autofree char *message = NULL;
    g_autofree char *text =
        g_strconcat(sound,
                    "Package=openkb-plugin-x\nForkSafe=false\nNewKey=ignored\n"
                    "[Match]\nMediaTypes=text/x;application/x+y;\nExtensions=x;tar.gz;\n"
                    "Magic=0:504b0304;30:6d69\nMagic.2=~0:3c61\nPriority=70\nText=true\n"
                    "[Data]\nRead=fonts;zoneinfo;\n[Limits]\nMemoryMiB=64\nCpuSeconds=1\n"
                    "[Option level]\nType=integer\nMin=1\nMax=9\nDefault=5\n"
                    "[Option deep]\nType=boolean\n[Unknown]\nKey=1\n",
                    NULL);
    g_autoptr(OkbPlugin) plugin = parse(text, &message);
    if (!plugin)
        fail_msg("%s", message);
    assert_false(plugin->fork_safe);
    assert_string_equal(plugin->extensions[1], "tar.gz");
    assert_int_equal(plugin->magic->len, 2);
    assert_int_equal(plugin->limits.cpu_ms, 1000);
    assert_string_equal(plugin->data[1], "zoneinfo");
    assert_int_equal(plugin->options->len, 2);
    const OkbPluginOption *first = g_ptr_array_index(plugin->options, 0);
    assert_string_equal(first->name, "deep");
    assert_string_equal(first->value, "false");
}

static const struct {
    const char *label, *from, *to, *complaint;
} unsound[] = {
    {"no id", "Id=org.x\n", "", "Id"},
    {"an id in capitals", "Id=org.x", "Id=Org.X", "Id"},
    {"a path as id", "Id=org.x", "Id=../x", "Id"},
    {"another manifest version", "ManifestVersion=1", "ManifestVersion=2", "ManifestVersion"},
    {"another role", "Role=convert", "Role=exec", "Role"},
    {"a module with a slash", "Module=x.so", "Module=../x.so", "Module"},
    {"an absolute module", "Module=x.so", "Module=/lib/x.so", "Module"},
    {"a hidden module", "Module=x.so", "Module=.x.so", "Module"},
    {"another ABI", "Abi=1.0", "Abi=2.0", "Abi"},
    {"a newer ABI", "Abi=1.0", "Abi=1.9", "Abi"},
    {"an ABI without minor", "Abi=1.0", "Abi=1", "Abi"},
    {"output version 0", "OutputVersion=3", "OutputVersion=0", "OutputVersion"},
    {"no output version", "OutputVersion=3\n", "", "OutputVersion"},
    {"a key twice", "Name=X\n", "Name=X\nName=Y\n", "twice"},
    {"a key twice with blanks", "Name=X\n", "Name=X\nName =Y\n", "twice"},
    {"a group twice", "License=MIT\n", "License=MIT\n[A]\nb=1\n[A]\nc=1\n", "twice"},
    {"an unknown requirement", "License=MIT\n", "License=MIT\nX-Requires-Magic=1\n",
     "X-Requires-Magic"},
    {"a requirement in another group", "License=MIT\n", "License=MIT\n[A]\nX-Requires-b=1\n",
     "X-Requires-b"},
    {"a boolean that is neither", "License=MIT\n", "License=MIT\nForkSafe=yes\n", "ForkSafe"},
    {"a media type without slash", "License=MIT\n", "License=MIT\n[Match]\nMediaTypes=html\n",
     "MediaTypes"},
    {"an extension with a dot first", "License=MIT\n", "License=MIT\n[Match]\nExtensions=.md\n",
     "Extensions"},
    {"magic of odd digits", "License=MIT\n", "License=MIT\n[Match]\nMagic=0:abc\n", "magic"},
    {"magic without offset", "License=MIT\n", "License=MIT\n[Match]\nMagic=abcd\n", "magic"},
    {"magic of nothing", "License=MIT\n", "License=MIT\n[Match]\nMagic=;\n", "magic"},
    {"a priority above 100", "License=MIT\n", "License=MIT\n[Match]\nPriority=101\n",
     "Priority"},
    {"a data set nobody knows", "License=MIT\n", "License=MIT\n[Data]\nRead=home\n", "Read"},
    {"a path as data set", "License=MIT\n", "License=MIT\n[Data]\nRead=/etc\n", "Read"},
    {"too little memory", "License=MIT\n", "License=MIT\n[Limits]\nMemoryMiB=1\n", "MemoryMiB"},
    {"a limit that is no number", "License=MIT\n", "License=MIT\n[Limits]\nFiles=many\n",
     "Files"},
    {"a default out of range", "License=MIT\n",
     "License=MIT\n[Option n]\nType=integer\nMin=1\nMax=2\nDefault=3\n", "Default"},
    {"a default that is no choice", "License=MIT\n",
     "License=MIT\n[Option n]\nType=choice\nChoices=a;b;\nDefault=c\n", "Default"},
    {"an option without type", "License=MIT\n", "License=MIT\n[Option n]\nDefault=c\n", "Type"},
    {"an option with a dot", "License=MIT\n", "License=MIT\n[Option a.b]\nType=boolean\n",
     "name"},
    {"bytes that are not UTF-8", "Name=X", "Name=\xff", "UTF-8"},
    {"text before a group", "[OpenKB Plugin]\n", "x=1\n[OpenKB Plugin]\n", ""},
};

static void unsound_manifests_are_refused_with_the_key(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(unsound); i++) {
        g_autofree char *message = NULL;
        GString *text = g_string_new(sound);
        assert_int_equal(g_string_replace(text, unsound[i].from, unsound[i].to, 1), 1);
        g_autoptr(OkbPlugin) plugin = parse(text->str, &message);
        g_string_free(text, TRUE);
        if (plugin || !strstr(message, unsound[i].complaint))
            fail_msg("%s: %s", unsound[i].label, plugin ? "accepted" : message);
    }
}

/* ---- Options ----------------------------------------------------------------------------- */

static OkbPlugin *with_options(void)
{
    g_autofree char *message = NULL;
    g_autofree char *text =
        g_strconcat(sound,
                    "[Option zeal]\nType=integer\nMin=1\nMax=9\nDefault=5\n"
                    "[Option content]\nType=choice\nChoices=auto;main;\nDefault=auto\n"
                    "[Option title]\nType=string\n",
                    NULL);
    OkbPlugin *plugin = parse(text, &message);
    if (!plugin)
        fail_msg("%s", message);
    return plugin;
}

static const struct {
    const char *label, *given[4], *canonical; /* NULL: refused */
} option_cases[] = {
    {"nothing given", {NULL}, ""},
    {"in order of name", {"zeal=2", "org.x.content=main"}, "content=main\nzeal=2\n"},
    {"the default is left out", {"zeal=5"}, ""},
    {"the last one counts", {"zeal=2", "zeal=3"}, "zeal=3\n"},
    {"another plugin's", {"pdf.zeal=2"}, ""},
    {"nobody's, for all", {"nonsense=2"}, ""},
    {"ours that we have not", {"org.x.nonsense=2"}, NULL},
    {"out of range", {"zeal=10"}, NULL},
    {"no choice", {"content=all"}, NULL},
    {"no value", {"zeal"}, NULL},
    {"no name", {"=2"}, NULL},
    {"a newline in a value", {"title=a\nzeal=2"}, NULL},
    {"an equals sign in a value", {"title=a=b"}, "title=a=b\n"},
};

static void options_become_canonical_or_are_refused(void **state)
{
    (void)state;
    g_autoptr(OkbPlugin) plugin = with_options();
    for (gsize i = 0; i < G_N_ELEMENTS(option_cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *canonical = okb_plugin_options(plugin, option_cases[i].given, &error);
        if (g_strcmp0(canonical, option_cases[i].canonical) != 0)
            fail_msg("%s: %s", option_cases[i].label, canonical ? canonical : error->message);
    }
}

static void defaults_are_all_told(void **state)
{
    (void)state;
    g_autoptr(OkbPlugin) plugin = with_options();
    g_autofree char *defaults = okb_plugin_option_defaults(plugin);
    assert_string_equal(defaults, "content=auto\ntitle=\nzeal=5\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_minimal_manifest_has_defaults),
        cmocka_unit_test(everything_is_read),
        cmocka_unit_test(unsound_manifests_are_refused_with_the_key),
        cmocka_unit_test(options_become_canonical_or_are_refused),
        cmocka_unit_test(defaults_are_all_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
