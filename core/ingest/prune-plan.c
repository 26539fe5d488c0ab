/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Paths that the registry knows below the directories are looked at first, all in one reading;
 * only those that are not there are judged.
 */
#include "ingest/prune-private.h"
#include "store/sources.h"
#include "util/cleanup.h"
#include "util/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A source that is not there. */
typedef struct {
    OkbSourceRole role;
    char *path, *name;
    gint64 document;
    OkbPresenceAnswer answer;
} Absent;

typedef struct {
    OkbStore *store;
    const OkbKb *kb;
    OkbPresence *presence;
    GHashTable *seen; /* paths by role: directories may overlap */
    GPtrArray *absent;
    guint sources; /* below the present directory */
} Search;

static void absent_free(gpointer data)
{
    Absent *absent = data;
    g_free(absent->path);
    g_free(absent->name);
    g_free(absent);
}

static void step_free(gpointer data)
{
    OkbPruneStep *step = data;
    g_free(step->name);
    g_free(step->path);
    g_free(step->heir);
    g_free(step);
}

static void doubt_free(gpointer data)
{
    OkbPruneDoubt *doubt = data;
    g_free(doubt->place);
    g_free(doubt->detail);
    g_free(doubt);
}

void okb_prune_plan_free(OkbPrunePlan *plan)
{
    if (!plan)
        return;
    g_ptr_array_unref(plan->steps);
    g_ptr_array_unref(plan->doubts);
    g_free(plan);
}

/* ---- What is not there ------------------------------------------------------------------- */

static char *role_key(OkbSourceRole role, const char *path)
{
    return g_strdup_printf("%d%s", role, path);
}

static bool visit(const OkbSource *source, gpointer data)
{
    Search *search = data;
    g_autofree char *path = okb_prune_absolute(search->kb, source->path);
    if (!path)
        return true;
    search->sources++;
    OkbPresenceAnswer answer = okb_presence_look(search->presence, path);
    if (answer.kind == OKB_PRESENCE_THERE ||
        !g_hash_table_add(search->seen, role_key(source->role, source->path)))
        return true;
    Absent *absent = g_new0(Absent, 1);
    *absent = (Absent){source->role, g_strdup(source->path), g_strdup(source->name),
                       source->document, answer};
    g_ptr_array_add(search->absent, absent);
    return true;
}

/* All registry paths that begin with `prefix` (which ends in "/"). */
static bool search_below(Search *search, const char *prefix, GError **error)
{
    g_autofree char *end = g_strdup(prefix);
    end[strlen(end) - 1] = '/' + 1;
    return okb_registry_each_source(search->store, prefix, end, visit, search, error);
}

/* Paths inside the knowledge base are relative. */
static bool search_kb(Search *search, GError **error)
{
    return okb_registry_each_source(search->store, "", "/", visit, search, error) &&
           okb_registry_each_source(search->store, "0", "\xff", visit, search, error);
}

static bool search_real(Search *search, const char *real, GError **error)
{
    const char *kb = search->kb->path;
    g_autofree char *prefix = g_strconcat(real, strcmp(real, "/") == 0 ? "" : "/", NULL);
    g_autofree char *kb_prefix = g_strconcat(kb, "/", NULL);
    if (!search_below(search, prefix, error))
        return false;
    if (g_str_has_prefix(prefix, kb_prefix) && strcmp(prefix, kb_prefix) != 0)
        return search_below(search, prefix + strlen(kb_prefix), error);
    return !g_str_has_prefix(kb_prefix, prefix) || search_kb(search, error);
}

/* ---- The directories --------------------------------------------------------------------- */

static bool refuse(const char *directory, const char *why, GError **error)
{
    return okb_error_set(error, OKB_ERROR_FAILED,
                         "%s: %s; nothing was pruned. Look whether something should be mounted "
                         "there; if it was deleted on purpose, name the directory above it",
                         directory, why);
}

static bool search_directory(Search *search, const char *directory, GError **error)
{
    g_autofree char *real = realpath(directory, NULL);
    g_autoptr(DIR) dir = real ? opendir(real) : NULL;
    if (!dir)
        return refuse(directory, g_strerror(errno), error);
    search->sources = 0;
    if (!search_real(search, real, error))
        return false;
    g_autofree char *inside = g_strconcat(real, "/\x01", NULL);
    OkbPresenceAnswer answer = okb_presence_look(search->presence, inside);
    return search->sources == 0 || answer.kind != OKB_PRESENCE_DOUBT ||
           strcmp(answer.place, real) != 0 || refuse(directory, answer.detail, error);
}

static bool search_all(Search *search, const char *const *directories, GError **error)
{
    for (; *directories; directories++)
        if (!search_directory(search, *directories, error))
            return false;
    return true;
}

/* ---- What is to be done ------------------------------------------------------------------ */

static void add_step(GPtrArray *steps, OkbPruneAction action, const Absent *absent,
                     const OkbAlias *heir)
{
    OkbPruneStep *step = g_new0(OkbPruneStep, 1);
    *step = (OkbPruneStep){action, absent->document, g_strdup(absent->name),
                           g_strdup(absent->path), g_strdup(heir ? heir->path : NULL)};
    g_ptr_array_add(steps, step);
}

static void add_doubt(GPtrArray *doubts, const OkbPresenceAnswer *answer)
{
    for (guint i = 0; i < doubts->len; i++) {
        OkbPruneDoubt *known = doubts->pdata[i];
        if (strcmp(known->place, answer->place) == 0 && known->reason == answer->reason) {
            known->sources++;
            return;
        }
    }
    OkbPruneDoubt *doubt = g_new0(OkbPruneDoubt, 1);
    *doubt =
        (OkbPruneDoubt){g_strdup(answer->place), answer->reason, g_strdup(answer->detail), 1};
    g_ptr_array_add(doubts, doubt);
}

static bool plan_document(Search *search, OkbPrunePlan *plan, const Absent *absent,
                          GHashTable *removed, GError **error)
{
    g_auto(OkbFate) fate = {0};
    if (!okb_prune_judge(search->store, search->presence, absent->document, absent->path, &fate,
                         error))
        return false;
    switch (fate.kind) {
    case OKB_FATE_KEEP:
        break;
    case OKB_FATE_DOUBT:
        add_doubt(plan->doubts, &fate.doubt);
        break;
    case OKB_FATE_REMOVE:
        g_hash_table_add(removed, g_memdup2(&absent->document, sizeof absent->document));
        add_step(plan->steps, OKB_PRUNE_REMOVE, absent, NULL);
        break;
    case OKB_FATE_PROMOTE:
        add_step(plan->steps, OKB_PRUNE_PROMOTE, absent, fate.heir);
        break;
    }
    return true;
}

/* A failure of a path that has another role goes or stays with it. */
static bool has_other_role(const Search *search, const Absent *absent)
{
    g_autofree char *primary = role_key(OKB_SOURCE_PRIMARY, absent->path);
    g_autofree char *alias = role_key(OKB_SOURCE_ALIAS, absent->path);
    return g_hash_table_contains(search->seen, primary) ||
           g_hash_table_contains(search->seen, alias);
}

static void plan_other(Search *search, OkbPrunePlan *plan, const Absent *absent,
                       GHashTable *removed)
{
    bool alias = absent->role == OKB_SOURCE_ALIAS;
    if (alias ? g_hash_table_contains(removed, &absent->document)
              : has_other_role(search, absent))
        return;
    if (absent->answer.kind == OKB_PRESENCE_DOUBT)
        add_doubt(plan->doubts, &absent->answer);
    else
        add_step(plan->steps, OKB_PRUNE_FORGET, absent, NULL);
}

static bool fill(Search *search, OkbPrunePlan *plan, GError **error)
{
    g_autoptr(GHashTable) removed =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    for (guint i = 0; i < search->absent->len; i++) {
        const Absent *absent = search->absent->pdata[i];
        if (absent->role == OKB_SOURCE_PRIMARY &&
            !plan_document(search, plan, absent, removed, error))
            return false;
    }
    for (guint i = 0; i < search->absent->len; i++) {
        const Absent *absent = search->absent->pdata[i];
        if (absent->role != OKB_SOURCE_PRIMARY)
            plan_other(search, plan, absent, removed);
    }
    return true;
}

OkbPrunePlan *okb_prune_plan(OkbStore *store, const OkbKb *kb, const char *const *directories,
                             GError **error)
{
    g_autoptr(OkbPresence) presence = okb_presence_new();
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) absent = g_ptr_array_new_with_free_func(absent_free);
    Search search = {store, kb, presence, seen, absent, 0};
    g_autoptr(OkbPrunePlan) plan = g_new0(OkbPrunePlan, 1);
    plan->steps = g_ptr_array_new_with_free_func(step_free);
    plan->doubts = g_ptr_array_new_with_free_func(doubt_free);
    bool ok = search_all(&search, directories, error) && fill(&search, plan, error);
    return ok ? g_steal_pointer(&plan) : NULL;
}
