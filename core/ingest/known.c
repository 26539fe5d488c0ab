/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "ingest/known.h"

#include "ingest/plan.h"
#include "store/stats.h"

#include <string.h>

enum {
    CHECK_US = 50 * 1000,
    LIST = 16,      /* files that were named: fewer are asked one by one */
    STRANGERS = 32, /* rows between two of a list that cost no more than a new search */
};

typedef struct {
    const OkbIdentity *id;
    OkbPlan *plan;
    /* Conversions come in long runs of the same: the last one that was judged. */
    char *plugin, *options, *choice;
    gint64 output_version;
    bool same;
    guint strangers; /* rows since the last one that was asked for */
    char *reached;   /* the path where a reading was broken off, or NULL */
} Mark;

static bool is_last(const Mark *mark, const OkbStatRow *row)
{
    return mark->plugin && mark->output_version == row->output_version &&
           strcmp(mark->plugin, row->plugin) == 0 && strcmp(mark->options, row->options) == 0 &&
           strcmp(mark->choice, row->choice) == 0;
}

static void forget_last(Mark *mark)
{
    g_clear_pointer(&mark->plugin, g_free);
    g_clear_pointer(&mark->options, g_free);
    g_clear_pointer(&mark->choice, g_free);
}

static bool same_conversion(Mark *mark, const OkbStatRow *row)
{
    if (is_last(mark, row))
        return mark->same;
    forget_last(mark);
    mark->plugin = g_strdup(row->plugin);
    mark->options = g_strdup(row->options);
    mark->choice = g_strdup(row->choice);
    mark->output_version = row->output_version;
    const OkbProvenance by = {.plugin = mark->plugin,
                              .options = mark->options,
                              .choice = mark->choice,
                              .output_version = row->output_version};
    return mark->same = okb_identity_same_provenance(mark->id, &by);
}

static OkbPlanItem *find_item(const Mark *mark, const char *path)
{
    if (*path == '/')
        return g_hash_table_lookup(mark->plan->by_path, path);
    g_autofree char *absolute = g_strconcat(mark->id->kb->path, "/", path, NULL);
    return g_hash_table_lookup(mark->plan->by_path, absolute);
}

/* Siblings are looked at one by one. False when nobody asked for that row. */
static bool mark_row(Mark *mark, const OkbStatRow *row)
{
    OkbPlanItem *item = find_item(mark, row->path);
    if (item && !item->unchanged && item->stat.size >= 0 && !row->has_siblings &&
        okb_stat_equal(&row->stat, &item->stat) && same_conversion(mark, row))
        item->unchanged = g_strdup(row->name);
    return item != NULL;
}

/* ---- Below directories ------------------------------------------------------------------- */

static bool visit(const OkbStatRow *row, gpointer data)
{
    mark_row(data, row);
    return true;
}

static bool mark_below(Mark *mark, const char *prefix, GError **error)
{
    g_autofree char *end = g_strdup(prefix);
    end[strlen(end) - 1] = '/' + 1;
    return okb_registry_each_stat(mark->id->store, prefix, end, visit, mark, error);
}

/* Sources inside the knowledge base are known by relative paths; there they lie in raw/. */
static bool mark_root(Mark *mark, const char *root, GError **error)
{
    const char *kb = mark->id->kb->path;
    g_autofree char *prefix = g_strconcat(root, strcmp(root, "/") == 0 ? "" : "/", NULL);
    g_autofree char *kb_prefix = g_strconcat(kb, "/", NULL);
    return mark_below(mark, prefix, error) &&
           (!(g_str_has_prefix(prefix, kb_prefix) || g_str_has_prefix(kb_prefix, prefix)) ||
            mark_below(mark, "raw/", error));
}

/* ---- Files of a list --------------------------------------------------------------------- */

static bool visit_on_the_way(const OkbStatRow *row, gpointer data)
{
    Mark *mark = data;
    mark->strangers = mark_row(mark, row) ? 0 : mark->strangers + 1;
    if (mark->strangers <= STRANGERS)
        return true;
    mark->reached = g_strdup(row->path);
    return false;
}

static int by_text(gconstpointer a, gconstpointer b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

static GPtrArray *sorted_keys(const Mark *mark)
{
    GPtrArray *keys = g_ptr_array_new();
    for (guint i = 0; i < mark->plan->named->len; i++) {
        const OkbPlanItem *item = mark->plan->named->pdata[i];
        g_ptr_array_add(keys, (gpointer)okb_plan_key(mark->id->kb, item));
    }
    g_ptr_array_sort(keys, by_text);
    return keys;
}

/* Reads on from file to file; where too many lie between two, the next one is searched for. */
static bool mark_list(Mark *mark, GError **error)
{
    if (mark->plan->named->len < LIST)
        return true;
    g_autoptr(GPtrArray) keys = sorted_keys(mark);
    g_autofree char *end = g_strconcat(keys->pdata[keys->len - 1], "\x01", NULL);
    bool ok = true;
    for (guint i = 0; ok && i < keys->len;) {
        mark->strangers = 0;
        ok = okb_registry_each_stat(mark->id->store, keys->pdata[i], end, visit_on_the_way,
                                    mark, error);
        while (i < keys->len && (!mark->reached || strcmp(keys->pdata[i], mark->reached) <= 0))
            i++;
        g_clear_pointer(&mark->reached, g_free);
    }
    return ok;
}

/* ---- The whole plan ---------------------------------------------------------------------- */

bool okb_known_mark(const OkbIdentity *id, OkbPlan *plan, GError **error)
{
    Mark mark = {.id = id, .plan = plan};
    bool ok = okb_registry_version(id->store, &id->known->version, error);
    for (guint i = 0; ok && i < plan->roots->len; i++)
        ok = mark_root(&mark, plan->roots->pdata[i], error);
    ok = ok && mark_list(&mark, error);
    forget_last(&mark);
    return ok;
}

static bool compare_version(const OkbIdentity *id, GError **error)
{
    gint64 version = 0;
    if (!okb_registry_version(id->store, &version, error))
        return false;
    id->known->stale |= version != id->known->version;
    id->known->checked = g_get_monotonic_time();
    return true;
}

int okb_known_holds(const OkbIdentity *id, GError **error)
{
    if (!id->known)
        return 0;
    gint64 age = g_get_monotonic_time() - id->known->checked;
    if (!id->known->stale && age > CHECK_US && !compare_version(id, error))
        return -1;
    return !id->known->stale;
}

bool okb_known_check(const OkbIdentity *id, const OkbRecoveryReport *recovery, GError **error)
{
    id->known->stale |= recovery->imported > 0 || recovery->removed_outside > 0 ||
                        recovery->intents_applied > 0;
    return compare_version(id, error);
}
