/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Making a knowledge base. Each directory and file is made only when it is not there, so that
 * adopting, and going on after a crash, are the same act. The directory .openkb comes last of
 * them: the directory counts as a knowledge base only when its skeleton stands.
 */
#include "kb/kb.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/io.h"

#include <fcntl.h>
#include <string.h>

static const char *const directories[] = {
    "raw",           "wiki",          "wiki/sources", "wiki/sources/images", "wiki/summaries",
    "wiki/concepts", "wiki/entities", ".openkb",
};

static const struct {
    const char *path, *text;
} files[] = {
    {"wiki/AGENTS.md",
     "# How this wiki is laid out\n"
     "\n"
     "- `index.md` lists every page; start there.\n"
     "- `sources/` holds the full text of each document: `NAME.md`, or `NAME.json` with one\n"
     "  object per page for long documents. Images are in `sources/images/NAME/`.\n"
     "- `summaries/NAME.md` is one page per document; its front matter names the full text.\n"
     "- `concepts/` and `entities/` hold pages that draw on several documents; `sources:` in\n"
     "  their front matter lists the summaries they rest on.\n"
     "- Pages link to each other as `[[summaries/NAME]]`, without the suffix.\n"
     "- `log.md` is the history, appended to and never rewritten.\n"
     "\n"
     "Files in `sources/` are generated: correct the original and add it again.\n"},
    {"wiki/index.md", "# Knowledge Base Index\n\n## Documents\n\n## Concepts\n\n"
                      "## Entities\n\n## Explorations\n"},
    {"wiki/log.md", "# Operations Log\n\n"},
    {".openkb/config.yaml", "language: en\npageindex_threshold: 20\n"},
    {".openkb/hashes.json", "{}\n"},
};

static bool make_directory(int root, const char *path, GError **error)
{
    const char *name;
    okb_autofd int parent = okb_io_open_parent(root, path, &name);
    if (parent < 0 || (mkdirat(parent, name, 0777) != 0 && errno != EEXIST))
        return okb_error_errno(error, errno, "cannot make directory %s", path);
    return true;
}

static bool seed_file(int root, const char *path, const char *text, GError **error)
{
    struct stat st;
    if (okb_io_stat_beneath(root, path, &st) == 0)
        return true;
    if (errno != ENOENT)
        return okb_error_errno(error, errno, "cannot look at %s", path);
    return okb_io_replace_file(root, path, text, strlen(text), error);
}

static bool make_skeleton(int root, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(directories); i++)
        if (!make_directory(root, directories[i], error))
            return false;
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++)
        if (!seed_file(root, files[i].path, files[i].text, error))
            return false;
    for (gsize i = 0; i < G_N_ELEMENTS(directories); i++)
        if (okb_io_sync_dir(root, directories[i]) != 0)
            return okb_error_errno(error, errno, "cannot sync %s", directories[i]);
    if (fsync(root) != 0)
        return okb_error_errno(error, errno, "cannot sync the knowledge base");
    return true;
}

bool okb_kb_create(const char *dir, bool *ret_adopted, GError **error)
{
    if (g_mkdir_with_parents(dir, 0777) != 0)
        return okb_error_errno(error, errno, "cannot make directory %s", dir);
    okb_autofd int root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return okb_error_errno(error, errno, "cannot open %s", dir);
    struct stat st;
    bool adopted = fstatat(root, ".openkb", &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (adopted && !S_ISDIR(st.st_mode))
        return okb_error_set(error, OKB_ERROR_NO_KB, "%s/.openkb is not a directory", dir);
    if (!make_skeleton(root, error)) {
        g_prefix_error(error, "%s: ", dir);
        return false;
    }
    if (ret_adopted)
        *ret_adopted = adopted;
    return true;
}
