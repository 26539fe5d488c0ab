/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * openkb doctor: facts about this machine that decide how safe and how fast conversions are. It
 * changes nothing and needs no knowledge base; with one it looks at its file system too.
 */
#include "cli/commands.h"

#include "cli/policy.h"
#include "ingest/pool.h"
#include "util/cleanup.h"
#include "util/text.h"
#include "util/tree.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

typedef struct {
    OkbCli *cli;
    json_t *facts; /* object: key -> value; printed in this order */
} Doctor;

static void fact(Doctor *doctor, const char *key, json_t *value)
{
    json_object_set_new(doctor->facts, key, value);
}

/* ---- The machine ------------------------------------------------------------------------- */

static void look_at_kernel(Doctor *doctor)
{
    struct utsname name;
    fact(doctor, "openkb", json_string(OPENKB_VERSION));
    if (uname(&name) == 0)
        fact(doctor, "kernel",
             json_sprintf("%s %s %s", name.sysname, name.release, name.machine));
    fact(doctor, "cpus", json_integer(g_get_num_processors()));
}

/* A pool finds out by itself what this kernel offers; it is asked, and let go. */
static void look_at_sandbox(Doctor *doctor)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = g_build_filename(g_get_tmp_dir(), "openkb-doctor-XXXXXX", NULL);
    okb_autofd int staging = mkdtemp(dir) ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (staging < 0) {
        fact(doctor, "sandbox_problem",
             json_sprintf("cannot make a directory in %s: %s", g_get_tmp_dir(),
                          g_strerror(errno)));
        return;
    }
    const OkbPoolConfig config = {.staging = staging, .slots = 1};
    g_autoptr(OkbPool) pool = okb_pool_new(&config, &error);
    int landlock_abi = 0;
    if (pool) {
        fact(doctor, "sandbox", okb_json_text(okb_pool_sandbox(pool, &landlock_abi)));
        fact(doctor, "landlock_abi", json_integer(landlock_abi));
    } else {
        fact(doctor, "sandbox_problem", okb_json_text(error->message));
    }
    okb_tree_remove(AT_FDCWD, dir, NULL);
}

/* ---- Plugins ----------------------------------------------------------------------------- */

static void look_at_plugins(Doctor *doctor)
{
    fact(doctor, "plugin_directories", okb_cli_plugin_directories());
    g_autoptr(GError) error = NULL;
    g_autoptr(OkbPlugins) plugins = okb_cli_load_plugins(NULL, true, &error);
    if (!plugins) {
        fact(doctor, "plugins_problem", okb_json_text(error->message));
        return;
    }
    json_t *usable = json_array(), *refused = json_array(), *aside = json_array();
    const GPtrArray *all = okb_plugins_all(plugins);
    for (guint i = 0; i < all->len; i++) {
        const OkbPlugin *plugin = all->pdata[i];
        const char *id = *plugin->id ? plugin->id : "?"; /* a directory has none */
        g_autofree char *line =
            g_strdup_printf("%s%s%s", id, plugin->refused ? ": " : " ",
                            plugin->refused ? plugin->refused : plugin->version);
        g_autofree char *set_aside = okb_cli_set_aside_text(plugin);
        json_array_append_new(set_aside         ? aside
                              : plugin->refused ? refused
                                                : usable,
                              okb_json_text(set_aside ? set_aside : line));
    }
    fact(doctor, "plugins", usable);
    fact(doctor, "plugins_refused", refused);
    fact(doctor, "plugins_set_aside", aside);
}

/* ---- The knowledge base's file system ---------------------------------------------------- */

static const struct {
    unsigned long magic;
    const char *name, *warning;
} file_systems[] = {
    {EXT4_SUPER_MAGIC, "ext4", NULL},
    {XFS_SUPER_MAGIC, "xfs", NULL},
    {BTRFS_SUPER_MAGIC, "btrfs", NULL},
    {F2FS_SUPER_MAGIC, "f2fs", NULL},
    {TMPFS_MAGIC, "tmpfs", "its contents are lost at the next boot"},
    {OVERLAYFS_SUPER_MAGIC, "overlayfs", NULL},
    {NFS_SUPER_MAGIC, "nfs", "locks of several hosts are not coordinated"},
    {SMB2_SUPER_MAGIC, "smb", "locks of several hosts are not coordinated"},
    {CIFS_SUPER_MAGIC, "cifs", "locks of several hosts are not coordinated"},
    {FUSE_SUPER_MAGIC, "fuse", "durability and locks depend on what is behind it"},
    {MSDOS_SUPER_MAGIC, "vfat", "it does not tell upper from lower case"},
};

static void look_at_file_system(Doctor *doctor, const OkbKb *kb)
{
    struct statfs fs;
    if (fstatfs(kb->root, &fs) != 0)
        return;
    const char *name = NULL, *warning = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(file_systems); i++)
        if ((unsigned long)fs.f_type == file_systems[i].magic) {
            name = file_systems[i].name;
            warning = file_systems[i].warning;
        }
    fact(doctor, "file_system",
         name ? json_string(name) : json_sprintf("type 0x%lx", (unsigned long)fs.f_type));
    if (warning)
        fact(doctor, "file_system_warning", json_string(warning));
    fact(doctor, "free_bytes", json_integer((json_int_t)fs.f_bavail * (json_int_t)fs.f_bsize));
    struct statvfs vfs;
    bool read_only = fstatvfs(kb->root, &vfs) == 0 && (vfs.f_flag & ST_RDONLY);
    fact(doctor, "read_only", json_boolean(read_only));
}

static void look_at_kb(Doctor *doctor)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(OkbKb) kb = okb_cli_open_kb(doctor->cli, &error);
    if (!kb) {
        fact(doctor, "knowledge_base", json_null());
        return;
    }
    fact(doctor, "knowledge_base", okb_json_text(kb->path));
    look_at_file_system(doctor, kb);
}

/* ---- Entry ------------------------------------------------------------------------------- */

static char *value_text(const json_t *value)
{
    if (json_is_null(value))
        return g_strdup("none");
    if (json_is_string(value))
        return okb_text_escape(json_string_value(value));
    if (json_is_integer(value))
        return g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
    return g_strdup(json_is_true(value) ? "yes" : "no");
}

static void put_lines(Doctor *doctor)
{
    OkbOutput *output = &doctor->cli->output;
    const char *key;
    json_t *value;
    json_object_foreach (doctor->facts, key, value) {
        gsize i;
        json_t *entry;
        json_array_foreach (value, i, entry) {
            g_autofree char *text = value_text(entry);
            okb_data(output, "%s: %s\n", key, text);
        }
        if (json_is_array(value))
            continue;
        g_autofree char *text = value_text(value);
        okb_data(output, "%s: %s\n", key, text);
    }
}

int okb_command_doctor(OkbCli *cli, char **argv)
{
    int code = okb_cli_parse_counted(cli, OKB_CLI_KB | OKB_CLI_JSON, NULL, argv, 0, 0);
    if (code != OKB_CLI_GO)
        return code;
    Doctor doctor = {cli, json_object()};
    look_at_kernel(&doctor);
    look_at_sandbox(&doctor);
    look_at_plugins(&doctor);
    look_at_kb(&doctor);
    if (cli->json) {
        okb_output_json(&cli->output, doctor.facts);
        return OKB_EXIT_OK;
    }
    put_lines(&doctor);
    json_decref(doctor.facts);
    return OKB_EXIT_OK;
}
