/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Directories are walked with a stack of pending entries: no recursion, and one descriptor at a
 * time. The stack holds the entries of a directory in reverse order, so that popping gives
 * path-component order: a/b.md before a-b/c.md.
 */
#include "ingest/plan.h"

#include "ingest/copy.h"
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
    GHashTable *seen;       /* without a knowledge base: files taken, by what is made of them */
    char *skip;             /* real path, or NULL */
    gsize root_len;         /* of the directory argument's real path, with its slash */
    const char *root_shown; /* the argument as given */
} Walk;

typedef struct {
    char *path;
    const char *name; /* points into `path` */
    guint8 type;      /* DT_* */
    OkbStat stat;     /* size -1: not looked at */
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
    g_free(item->unchanged);
    g_free(item->refusal);
    g_free(item);
}

void okb_plan_free(OkbPlan *plan)
{
    if (!plan)
        return;
    g_clear_pointer(&plan->by_path, g_hash_table_unref);
    g_ptr_array_unref(plan->items);
    g_ptr_array_unref(plan->roots);
    g_ptr_array_unref(plan->named);
    g_free(plan);
}

const char *okb_plan_key(const OkbKb *kb, const OkbPlanItem *item)
{
    gsize len = strlen(kb->path);
    bool inside = strncmp(item->path, kb->path, len) == 0 && item->path[len] == '/';
    return item->key ? item->key : inside ? item->path + len + 1 : item->path;
}

/* Takes `display` and `path`; the last `tail` bytes of the path are what is below the argument.
 */
static OkbPlanItem *add_item(OkbPlan *plan, char *display, char *path, gsize tail)
{
    OkbPlanItem *item = g_new0(OkbPlanItem, 1);
    const char *slash = strrchr(path, '/');
    item->display = display;
    item->path = path;
    item->name = slash ? item->path + (slash - path) + 1 : item->path;
    item->relative = tail ? item->path + strlen(path) - tail : item->name;
    item->stat.size = -1;
    g_ptr_array_add(plan->items, item);
    return item;
}

static void add_refusal(OkbPlan *plan, const char *shown, const char *reason, const char *text)
{
    OkbPlanItem *item = add_item(plan, g_strdup(shown), g_strdup(shown), strlen(shown));
    item->reason = reason;
    item->refusal = g_strdup(text);
}

/* Into a knowledge base a file goes once, under whatever names it was given; without one it is
 * written once to each place. Takes `display` and `path`. NULL when it was taken before. */
static OkbPlanItem *take(Walk *walk, char *display, char *path, gsize tail, const OkbStat *stat)
{
    bool taken =
        walk->kb ? g_hash_table_contains(walk->plan->by_path, path)
                 : !g_hash_table_add(walk->seen,
                                     g_strconcat(path, "//", path + strlen(path) - tail, NULL));
    if (taken) {
        g_free(display);
        g_free(path);
        return NULL;
    }
    OkbPlanItem *item = add_item(walk->plan, display, path, tail);
    item->stat = *stat;
    if (walk->kb)
        g_hash_table_insert(walk->plan->by_path, item->path, item);
    return item;
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
    return -strcmp((*x)->name, (*y)->name);
}

/* The stat is taken here, where the directory is open, and costs a third of what it does later.
 */
static Entry *entry_new(int dir, const struct dirent *d, const char *path, bool with_stat)
{
    struct stat st;
    Entry *entry = g_new0(Entry, 1);
    entry->path = g_strconcat(path, path[1] ? "/" : "", d->d_name, NULL);
    entry->name = strrchr(entry->path, '/') + 1;
    entry->type = type_of(dir, d);
    entry->stat.size = -1;
    if (with_stat && entry->type == DT_REG &&
        fstatat(dir, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        entry->stat = okb_stat_of(&st);
    return entry;
}

/* *ret_trouble: the errno that ended the reading before its end, or 0. */
static GPtrArray *read_directory(DIR *dir, const char *path, bool with_stat, int *ret_trouble)
{
    GPtrArray *entries = g_ptr_array_new_with_free_func(NULL);
    struct dirent *d;
    while (errno = 0, (d = readdir(dir)))
        if (d->d_name[0] != '.')
            g_ptr_array_add(entries, entry_new(dirfd(dir), d, path, with_stat));
    *ret_trouble = errno;
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

static void refuse_directory(Walk *walk, const char *path, int errnum)
{
    g_autofree char *shown = shown_path(walk, path);
    add_refusal(walk->plan, shown, "unreadable", g_strerror(errnum));
}

static void push_directory(Walk *walk, GPtrArray *stack, const char *path)
{
    int trouble;
    g_autoptr(DIR) dir = opendir(path);
    if (!dir) {
        refuse_directory(walk, path, errno);
        return;
    }
    g_autoptr(GPtrArray) entries = read_directory(dir, path, walk->kb != NULL, &trouble);
    if (trouble)
        refuse_directory(walk, path, trouble);
    for (guint i = 0; i < entries->len; i++)
        g_ptr_array_add(stack, entries->pdata[i]);
}

static void take_file(Walk *walk, Entry *entry)
{
    const char *relative = entry->path + walk->root_len;
    const char *const *include = walk->options->include;
    if (include && *include && !matches_any(include, relative))
        return;
    if (!walk->options->plugin && !okb_plugins_claims(walk->plugins, entry->name)) {
        walk->plan->skipped_unknown++;
        return;
    }
    char *shown = shown_path(walk, entry->path);
    gsize tail = strlen(relative);
    take(walk, shown, g_steal_pointer(&entry->path), tail, &entry->stat);
}

static void take_entry(Walk *walk, GPtrArray *stack, Entry *entry)
{
    if (matches_any(walk->options->exclude, entry->path + walk->root_len))
        return;
    if (entry->type == DT_REG)
        take_file(walk, entry);
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
    char *key = g_strconcat("stdin:", base, NULL);
    OkbPlanItem *item = add_item(plan, key, g_strdup(file), 0);
    item->key = g_strdup(key);
}

static void take_named(Walk *walk, const char *argument, const char *real, const OkbStat *stat)
{
    const char *slash = strrchr(real, '/');
    OkbPlanItem *item = take(walk, g_strdup(argument), g_strdup(real), strlen(slash + 1), stat);
    if (item && walk->kb)
        g_ptr_array_add(walk->plan->named, item);
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
        g_ptr_array_add(walk->plan->roots, g_strdup(real));
        walk_directory(walk, real);
    } else if (S_ISREG(st.st_mode)) {
        OkbStat met = okb_stat_of(&st);
        take_named(walk, argument, real, &met);
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
    plan->roots = g_ptr_array_new_with_free_func(g_free);
    plan->named = g_ptr_array_new();
    plan->by_path = kb ? g_hash_table_new(g_str_hash, g_str_equal) : NULL;
    Walk walk = {.kb = kb, .plugins = plugins, .options = options, .plan = plan};
    walk.seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    walk.skip = options->skip ? realpath(options->skip, NULL) : NULL;
    for (; *paths; paths++)
        take_argument(&walk, *paths);
    g_hash_table_unref(walk.seen);
    free(walk.skip);
    return plan;
}
