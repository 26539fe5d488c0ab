/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Directories are walked with a stack of pending entries: no recursion, and one descriptor at a
 * time. The stack holds the entries of a directory in reverse order, so that popping gives
 * path-component order: a/b.md before a-b/c.md.
 */
#include "ingest/plan.h"

#include "util/cleanup.h"
#include "util/error.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct {
    const OkbKb *kb;
    const OkbPlugins *plugins;
    const OkbIngestOptions *options;
    OkbPlan *plan;
    GHashTable *seen;       /* files taken, by what would be made of them */
    char *skip;             /* real path, or NULL */
    gsize root_len;         /* of the directory argument's real path, with its slash */
    const char *root_shown; /* the argument as given */
} Walk;

typedef struct {
    char *path;
    guint8 type; /* DT_* */
} Entry;

static void entry_free(gpointer data)
{
    Entry *entry = data;
    g_free(entry->path);
    g_free(entry);
}

static void item_free(gpointer data)
{
    OkbPlanItem *item = data;
    g_free(item->display);
    g_free(item->path);
    g_free(item->key);
    g_free(item->relative);
    g_free(item->refusal);
    g_free(item);
}

void okb_plan_free(OkbPlan *plan)
{
    if (!plan)
        return;
    g_ptr_array_unref(plan->items);
    g_free(plan);
}

static OkbPlanItem *add_item(OkbPlan *plan, const char *display, const char *path,
                             const char *relative)
{
    OkbPlanItem *item = g_new0(OkbPlanItem, 1);
    item->display = g_strdup(display);
    item->path = g_strdup(path);
    item->name = strrchr(item->path, '/') ? strrchr(item->path, '/') + 1 : item->path;
    item->relative = g_strdup(relative);
    g_ptr_array_add(plan->items, item);
    return item;
}

static void add_refusal(OkbPlan *plan, const char *shown, const char *reason, const char *text)
{
    OkbPlanItem *item = add_item(plan, shown, shown, shown);
    item->reason = reason;
    item->refusal = g_strdup(text);
}

/* Into a knowledge base a file goes once, under whatever names it was given; without one it is
 * written once to each place. */
static void take(Walk *walk, const char *display, const char *path, const char *relative)
{
    char *key = walk->kb ? g_strdup(path) : g_strconcat(path, "//", relative, NULL);
    if (g_hash_table_add(walk->seen, key))
        add_item(walk->plan, display, path, relative);
}

/* ---- Walking a directory ----------------------------------------------------------------- */

/* What the knowledge base keeps for itself is never a source; raw/ is, people drop files there.
 */
static bool is_own_directory(const Walk *walk, const char *path)
{
    static const char *const own[] = {".openkb", "wiki", "output"};
    if (walk->skip && strcmp(path, walk->skip) == 0)
        return true;
    if (!walk->kb || !g_str_has_prefix(path, walk->kb->path))
        return false;
    const char *rest = path + strlen(walk->kb->path);
    for (gsize i = 0; i < G_N_ELEMENTS(own); i++)
        if (*rest == '/' && strcmp(rest + 1, own[i]) == 0)
            return true;
    return false;
}

static guint8 type_of(int dir, const struct dirent *entry)
{
    struct stat st;
    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type;
    if (fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return DT_UNKNOWN;
    return IFTODT(st.st_mode);
}

static int by_name_reversed(gconstpointer a, gconstpointer b)
{
    const Entry *const *x = a, *const *y = b;
    return -strcmp((*x)->path, (*y)->path);
}

static GPtrArray *read_directory(DIR *dir, const char *path)
{
    GPtrArray *entries = g_ptr_array_new_with_free_func(NULL);
    struct dirent *d;
    while ((d = readdir(dir))) {
        if (d->d_name[0] == '.')
            continue;
        Entry *entry = g_new0(Entry, 1);
        entry->path = g_strconcat(path, "/", d->d_name, NULL);
        entry->type = type_of(dirfd(dir), d);
        g_ptr_array_add(entries, entry);
    }
    g_ptr_array_sort(entries, by_name_reversed);
    return entries;
}

static char *shown_path(const Walk *walk, const char *path)
{
    gsize len = strlen(walk->root_shown);
    bool slash = len > 0 && walk->root_shown[len - 1] == '/';
    return g_strconcat(walk->root_shown, slash ? "" : "/", path + walk->root_len, NULL);
}

/* One pattern against a path below the named directory; see OkbIngestOptions.include. */
static bool matches(const char *pattern, const char *relative)
{
    const char *slash = strrchr(relative, '/');
    const char *subject = strchr(pattern, '/') || !slash ? relative : slash + 1;
    return fnmatch(pattern, subject, FNM_PATHNAME | FNM_PERIOD) == 0;
}

static bool matches_any(const char *const *patterns, const char *relative)
{
    for (; patterns && *patterns; patterns++)
        if (matches(*patterns, relative))
            return true;
    return false;
}

static void push_directory(Walk *walk, GPtrArray *stack, const char *path)
{
    g_autoptr(DIR) dir = opendir(path);
    if (!dir) {
        g_autofree char *shown = shown_path(walk, path);
        add_refusal(walk->plan, shown, "unreadable", g_strerror(errno));
        return;
    }
    g_autoptr(GPtrArray) entries = read_directory(dir, path);
    for (guint i = 0; i < entries->len; i++)
        g_ptr_array_add(stack, entries->pdata[i]);
}

static void take_file(Walk *walk, const char *path)
{
    const char *name = strrchr(path, '/') + 1;
    const char *const *include = walk->options->include;
    if (include && *include && !matches_any(include, path + walk->root_len))
        return;
    if (!walk->options->plugin && !okb_plugins_claims(walk->plugins, name)) {
        walk->plan->skipped_unknown++;
        return;
    }
    g_autofree char *shown = shown_path(walk, path);
    take(walk, shown, path, path + walk->root_len);
}

static void take_entry(Walk *walk, GPtrArray *stack, const Entry *entry)
{
    if (matches_any(walk->options->exclude, entry->path + walk->root_len))
        return;
    if (entry->type == DT_REG)
        take_file(walk, entry->path);
    else if (entry->type != DT_DIR)
        walk->plan->skipped_special++;
    else if (!is_own_directory(walk, entry->path))
        push_directory(walk, stack, entry->path);
}

static void walk_directory(Walk *walk, const char *real)
{
    g_autoptr(GPtrArray) stack = g_ptr_array_new_with_free_func(entry_free);
    push_directory(walk, stack, real);
    while (stack->len > 0) {
        Entry *entry = g_ptr_array_steal_index(stack, stack->len - 1);
        take_entry(walk, stack, entry);
        entry_free(entry);
    }
}

/* ---- Arguments --------------------------------------------------------------------------- */

static void take_stdin(OkbPlan *plan, const char *file)
{
    g_autofree char *base = g_path_get_basename(file);
    g_autofree char *key = g_strconcat("stdin:", base, NULL);
    OkbPlanItem *item = add_item(plan, key, file, base);
    item->key = g_steal_pointer(&key);
}

static void take_argument(Walk *walk, const char *argument)
{
    struct stat st;
    if (walk->options->stdin_file && strcmp(argument, "-") == 0) {
        take_stdin(walk->plan, walk->options->stdin_file);
        return;
    }
    g_autofree char *real = realpath(argument, NULL);
    if (!real || stat(real, &st) != 0) {
        add_refusal(walk->plan, argument, errno == ENOENT ? "missing" : "unreadable",
                    g_strerror(errno));
    } else if (S_ISDIR(st.st_mode)) {
        walk->root_shown = argument;
        walk->root_len = strcmp(real, "/") == 0 ? 1 : strlen(real) + 1;
        walk_directory(walk, real);
    } else if (S_ISREG(st.st_mode)) {
        g_autofree char *base = g_path_get_basename(real);
        take(walk, argument, real, base);
    } else {
        add_refusal(walk->plan, argument, "not-a-file", "not a regular file or directory");
    }
}

OkbPlan *okb_plan_make(const OkbKb *kb, const OkbPlugins *plugins,
                       const OkbIngestOptions *options, GError **error)
{
    const char *const *paths = options->paths;
    if (!paths || !paths[0]) {
        okb_error_set(error, OKB_ERROR_USAGE, "no file or directory was named");
        return NULL;
    }
    OkbPlan *plan = g_new0(OkbPlan, 1);
    plan->items = g_ptr_array_new_with_free_func(item_free);
    Walk walk = {.kb = kb, .plugins = plugins, .options = options, .plan = plan};
    walk.seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    walk.skip = options->skip ? realpath(options->skip, NULL) : NULL;
    for (; *paths; paths++)
        take_argument(&walk, *paths);
    g_hash_table_unref(walk.seen);
    free(walk.skip);
    return plan;
}
