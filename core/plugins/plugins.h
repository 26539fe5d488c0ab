/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Plugins as data: directories, manifests, trust, and which plugin a file gets. No code of a
 * plugin runs here and no module is opened with dlopen().
 *
 * Directories, in order: --plugin-dir, $OPENKB_PLUGIN_PATH (colon list; ignored when
 * set-user-ID), the user's own (off until allowed), the installed one. An Id found twice: the
 * first directory wins and the other is listed as shadowed. A manifest with Enabled=false is a
 * mask: it takes the plugin of its Id out of use in all directories behind its own. One
 * malformed or untrusted manifest never disturbs the others: it is listed with the reason for
 * its refusal.
 *
 * Threads: none. Ownership: an OkbPlugins owns its OkbPlugin; they live as long.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    OKB_OPTION_BOOLEAN,
    OKB_OPTION_INTEGER,
    OKB_OPTION_STRING,
    OKB_OPTION_CHOICE
} OkbOptionType;

typedef struct {
    char *name, *description, *value; /* value: the default */
    OkbOptionType type;
    gint64 min, max;
    char **choices;
} OkbPluginOption;

/* Limits of one document. 0 in a field of a request means: not given. */
typedef struct {
    guint64 memory_bytes, output_bytes;
    guint wall_ms, idle_ms, cpu_ms, files, depth;
} OkbLimits;

typedef struct {
    char *id, *name, *version, *license, *package;
    char *directory; /* where the manifest is */
    char *manifest_path, *module_path;
    guint abi_minor;
    guint output_version;
    bool fork_safe; /* false: one process per document, nothing shared */
    char **media_types, **extensions;
    GPtrArray *magic; /* private to manifest.c */
    bool weak_magic, text;
    gint priority;
    char *match; /* all of the above that decides who gets a file, as text */
    char **data; /* names of data sets it may read */
    OkbLimits limits;
    GPtrArray *options; /* OkbPluginOption */
    bool is_mask;       /* Enabled=false: only `id` and its place are there */
    char *refused;    /* why it is not used: malformed, untrusted, shadowed, masked; or NULL */
    char *state_path; /* where its failures to load are recorded, or NULL */
    guint load_failures; /* in a row, as recorded: set-aside.h */
    char *load_failure;  /* how it failed last; NULL when it did not */
} OkbPlugin;

typedef struct OkbPlugins OkbPlugins;

typedef struct {
    const char *const *directories; /* --plugin-dir, NULL-terminated; may be NULL */
    bool third_party;               /* false: neither $OPENKB_PLUGIN_PATH nor the user's own */
    const char *user_directory;     /* the user's own, or NULL */
    bool user_allowed;              /* false: what is in it is listed, and refused */
    const char *state_directory;    /* for set-aside.h, or NULL: nothing is set aside */
    OkbLimits caps;                 /* what no manifest may exceed; 0: no cap */
} OkbPluginsConfig;

OkbPlugins *okb_plugins_load(const OkbPluginsConfig *config, GError **error);
void okb_plugins_free(OkbPlugins *plugins);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OkbPlugins, okb_plugins_free)

/* All that were found, refused ones too, in order of directory and id. Borrowed. */
const GPtrArray *okb_plugins_all(const OkbPlugins *plugins);
/* A usable one by id, or NULL. */
const OkbPlugin *okb_plugins_find(const OkbPlugins *plugins, const char *id);

/* First bytes of a file that are enough to choose by. */
enum { OKB_PLUGINS_HEAD = 4096 };

/*
 * The usable plugins for a file, best first: explicit choice, then magic (longest), media type,
 * extension (for text formats the extension outranks weak magic), Priority, id. `head` is the
 * first bytes of the file. `why` (may be NULL) receives one char * for each candidate. Free the
 * array with g_ptr_array_unref().
 */
GPtrArray *okb_plugins_select(const OkbPlugins *plugins, const char *explicit_id,
                              const char *name, const char *media_type, const guint8 *head,
                              gsize head_len, GPtrArray *why);

/* The refused plugins that might be among them otherwise: their manifests claim such a file, or
 * cannot be read. Free the array with g_ptr_array_unref(). */
GPtrArray *okb_plugins_refused_for(const OkbPlugins *plugins, const char *explicit_id,
                                   const char *name, const guint8 *head, gsize head_len);

/* Digest of what okb_plugins_select() goes by: as long as it is the same, a file gets the same
 * plugin. Borrowed. */
const char *okb_plugins_choice(const OkbPlugins *plugins);

/* Whether some usable plugin claims the extension of this file name: what a directory walk
 * takes. */
bool okb_plugins_claims(const OkbPlugins *plugins, const char *name);

/* "install openkb-plugin-pdf": the package that would handle such a file, or NULL. */
const char *okb_plugins_package_for(const char *name, const guint8 *head, gsize head_len);

/* Whether each of the given options belongs to some usable plugin (to `only`, when not NULL)
 * and has a value that it takes; OKB_ERROR_USAGE names the nearest and what there is. */
bool okb_plugins_check_options(const OkbPlugins *plugins, const char *only,
                               const char *const *given, GError **error);

/*
 * The options of one plugin out of "PLUGIN.NAME=VALUE" and "NAME=VALUE" strings, checked
 * against its manifest and canonical: "name=value" lines in order of name, those equal to the
 * default left out. An unknown option or bad value is OKB_ERROR_USAGE. g_free() the result.
 */
char *okb_plugin_options(const OkbPlugin *plugin, const char *const *given, GError **error);
