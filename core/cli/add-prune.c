/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "cli/add-prune.h"

#include "cli/consent.h"
#include "cli/signals.h"
#include "util/text.h"

void okb_add_prune_clear(OkbAddPrune *prune)
{
    g_clear_pointer(&prune->directories, g_strfreev);
    g_clear_pointer(&prune->plan, okb_prune_plan_free);
}

static bool make_plan(OkbAddPrune *prune, OkbCli *cli, OkbKb *kb, GError **error)
{
    g_autoptr(OkbStore) store = okb_cli_open_store(cli, kb, true, error);
    if (!store)
        return false;
    prune->plan = okb_prune_plan(store, kb, (const char *const *)prune->directories, error);
    return prune->plan != NULL;
}

static char *step_text(const OkbPruneStep *step)
{
    g_autofree char *path = okb_text_escape(step->path);
    g_autofree char *name = okb_text_escape(step->name ? step->name : "");
    g_autofree char *heir = okb_text_escape(step->heir ? step->heir : "");
    switch (step->action) {
    case OKB_PRUNE_REMOVE:
        return g_strdup_printf("remove %s (%s is gone)", name, path);
    case OKB_PRUNE_PROMOTE:
        return g_strdup_printf("keep %s (%s is gone, %s has its bytes)", name, path, heir);
    case OKB_PRUNE_FORGET:
        return g_strdup_printf("forget %s, which is gone", path);
    }
    g_assert_not_reached();
}

static guint count(const OkbPrunePlan *plan, OkbPruneAction action)
{
    guint n = 0;
    for (guint i = 0; i < plan->steps->len; i++)
        n += ((OkbPruneStep *)plan->steps->pdata[i])->action == action;
    return n;
}

/* "remove 2 documents, give 1 another source, forget 3 paths" */
static char *sums(const OkbPrunePlan *plan)
{
    const struct {
        guint count;
        const char *one, *many;
    } parts[] = {
        {count(plan, OKB_PRUNE_REMOVE), "remove %u document", "remove %u documents"},
        {count(plan, OKB_PRUNE_PROMOTE), "give %u document another source",
         "give %u documents another source"},
        {count(plan, OKB_PRUNE_FORGET), "forget %u path", "forget %u paths"},
    };
    GString *text = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (parts[i].count == 0)
            continue;
        g_string_append(text, text->len ? ", " : "");
        const char *words = parts[i].count == 1 ? parts[i].one : parts[i].many;
        const char *at = strstr(words, "%u");
        g_string_append_printf(text, "%.*s%u%s", (int)(at - words), words, parts[i].count,
                               at + 2);
    }
    return g_string_free(text, FALSE);
}

/* Whoever is asked has to see it, with -q too. */
static void show(OkbCli *cli, const OkbPrunePlan *plan, bool to_be_asked)
{
    for (guint i = 0; i < plan->steps->len && (to_be_asked || !cli->json); i++) {
        g_autofree char *text = step_text(plan->steps->pdata[i]);
        (to_be_asked ? okb_complain : okb_say)(&cli->output, "%s", text);
    }
}

/* Nobody to ask: the list is all there is to be had. */
static bool only_list(OkbAddPrune *prune, OkbReport *report, GError **error)
{
    g_autofree char *what = sums(prune->plan);
    return okb_add_prune_end(prune, NULL, true, report, error) &&
           okb_error_set(error, OKB_ERROR_USAGE,
                         "--prune would %s; nothing was changed. --yes does it", what);
}

static bool ask(OkbCli *cli, const OkbPrunePlan *plan, GError **error)
{
    g_autofree char *what = sums(plan);
    show(cli, plan, true);
    return okb_consent_ask(cli, what) ||
           okb_error_set(error, OKB_ERROR_FAILED, "nothing was changed");
}

bool okb_add_prune_begin(OkbAddPrune *prune, OkbCli *cli, OkbKb *kb, bool dry_run,
                         OkbReport *report, GError **error)
{
    if (!prune->directories)
        return true;
    if (!make_plan(prune, cli, kb, error))
        return false;
    if (dry_run || prune->plan->steps->len == 0)
        return true;
    if (!prune->yes && okb_consent_possible(cli))
        return ask(cli, prune->plan, error);
    if (!prune->yes)
        return only_list(prune, report, error);
    show(cli, prune->plan, false);
    return true;
}

bool okb_add_prune_end(const OkbAddPrune *prune, OkbStore *store, bool dry_run,
                       OkbReport *report, GError **error)
{
    const OkbPruneOptions options = {dry_run, okb_signals_flag()};
    return !prune->plan || okb_prune_carry_out(store, prune->plan, &options, &report->observer,
                                               &report->counts, error);
}
