/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "kb/kb.h"

#include "kb/config.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/io.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static bool has_kb(const char *dir)
{
    g_autofree char *control = g_build_filename(dir, ".openkb", NULL);
    return g_file_test(control, G_FILE_TEST_IS_DIR);
}

/* The two explicit ways never fall back: a typing error must not change another KB. */
static char *find_explicit(const char *dir, const char *origin, GError **error)
{
    if (has_kb(dir))
        return g_strdup(dir);
    okb_error_set(error, OKB_ERROR_NO_KB,
                  "%s (%s) is not a knowledge base: it has no directory .openkb; "
                  "make one with `openkb init %s`",
                  dir, origin, dir);
    return NULL;
}

static char *find_upwards(void)
{
    g_autofree char *dir = g_get_current_dir();
    while (!has_kb(dir)) {
        char *parent = g_path_get_dirname(dir);
        if (strcmp(parent, dir) == 0) {
            g_free(parent);
            return NULL;
        }
        g_free(dir);
        dir = parent;
    }
    return g_steal_pointer(&dir);
}

char *okb_kb_find(const char *option, GError **error)
{
    const char *variable = g_getenv("OPENKB_DIR");
    if (option)
        return find_explicit(option, "--kb-dir", error);
    if (variable && *variable)
        return find_explicit(variable, "$OPENKB_DIR", error);
    char *found = find_upwards();
    if (found)
        return found;
    g_auto(OkbGlobalConfig) global;
    if (!okb_config_load_global(&global, error))
        return NULL;
    if (global.default_kb)
        return find_explicit(global.default_kb, "default_kb of ~/.config/openkb/global.yaml",
                             error);
    okb_error_set(error, OKB_ERROR_NO_KB,
                  "no knowledge base found: neither here nor in a directory above is there "
                  "a .openkb; run `openkb init`, or name one with --kb-dir or $OPENKB_DIR");
    return NULL;
}

static bool check_control(const OkbKb *kb, GError **error)
{
    okb_autofd int control =
        okb_io_open_beneath(kb->root, ".openkb", O_RDONLY | O_DIRECTORY, 0);
    if (control >= 0)
        return true;
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
        return okb_error_set(error, OKB_ERROR_NO_KB,
                             "%s is not a knowledge base: it has no directory .openkb; "
                             "make one with `openkb init %s`",
                             kb->path, kb->path);
    return okb_error_errno(error, errno, "cannot open %s/.openkb", kb->path);
}

OkbKb *okb_kb_open(const char *dir, GError **error)
{
    g_autoptr(OkbKb) kb = g_new0(OkbKb, 1);
    kb->root = -1;
    char resolved[PATH_MAX];
    if (!realpath(dir, resolved)) {
        okb_error_set(error, OKB_ERROR_NO_KB, "cannot open knowledge base %s: %s", dir,
                      g_strerror(errno));
        return NULL;
    }
    kb->path = g_strdup(resolved);
    kb->root = open(resolved, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (kb->root < 0) {
        okb_error_set(error, OKB_ERROR_NO_KB, "cannot open knowledge base %s: %s", resolved,
                      g_strerror(errno));
        return NULL;
    }
    if (!check_control(kb, error) ||
        !okb_config_load(&kb->config, kb->root, ".openkb/config.yaml", error))
        return NULL;
    return g_steal_pointer(&kb);
}

void okb_kb_close(OkbKb *kb)
{
    if (!kb)
        return;
    okb_close_fd(&kb->root);
    g_free(kb->path);
    g_free(kb);
}

char *okb_kb_source_path(const OkbKb *kb, const char *path, GError **error)
{
    char resolved[PATH_MAX];
    if (!realpath(path, resolved)) {
        okb_error_errno(error, errno, "cannot find %s", path);
        return NULL;
    }
    gsize len = strlen(kb->path);
    if (strncmp(resolved, kb->path, len) == 0 && resolved[len] == '/')
        return g_strdup(resolved + len + 1);
    return g_strdup(resolved);
}
