/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "cli/report.h"

#include "cli/reasons.h"
#include "cli/signals.h"
#include "util/text.h"

#include <string.h>

enum { DETAIL_MAX = 400 };

#define NOTHING "nothing to do"

static const struct {
    const char *event; /* in JSON */
    const char *verb;  /* in a line; NULL: no line of its own */
    OkbStyle style;
    bool only_verbose;
} kinds[] = {
    [OKB_ITEM_ADDED] = {"added", "added", OKB_GOOD, false},
    [OKB_ITEM_UPDATED] = {"updated", "updated", OKB_GOOD, false},
    [OKB_ITEM_UNCHANGED] = {"unchanged", "unchanged", OKB_FAINT, true},
    [OKB_ITEM_DUPLICATE] = {"duplicate", "duplicate", OKB_FAINT, false},
    [OKB_ITEM_REMOVED] = {"removed", "removed", OKB_GOOD, false},
    [OKB_ITEM_PROMOTED] = {"promoted", "promoted", OKB_GOOD, false},
    [OKB_ITEM_FORGOTTEN] = {"forgotten", "forgotten", OKB_FAINT, false},
    [OKB_ITEM_FAILED] = {"failed", "failed", OKB_BAD, false},
    [OKB_ITEM_WOULD] = {"would", NULL, OKB_PLAIN, false},
    [OKB_ITEM_CONVERTED] = {"converted", "converted", OKB_GOOD, false},
};

static json_t *number_or_null(guint64 number)
{
    return number ? json_integer((json_int_t)number) : json_null();
}

static json_t *item_json(const OkbItem *item)
{
    json_t *object = json_pack("{s:s, s:o, s:o, s:o}", "event", kinds[item->kind].event, "path",
                               okb_json_text(item->path), "document", okb_json_text(item->name),
                               "plugin", okb_json_text(item->plugin));
    if (item->kind == OKB_ITEM_CONVERTED || item->output)
        json_object_set_new(object, "output", okb_json_text(item->output));
    if (item->kind == OKB_ITEM_WOULD)
        json_object_set_new(object, "action", okb_json_text(item->action));
    if (item->was)
        json_object_set_new(object, "was", okb_json_text(item->was));
    if (item->kind == OKB_ITEM_FAILED) {
        const char *hint = item->hint ? item->hint : okb_reason_advice(item->reason);
        json_object_set_new(object, "stage", okb_json_text(item->stage));
        json_object_set_new(object, "reason", okb_json_text(item->reason));
        json_object_set_new(object, "detail", okb_json_text(item->detail));
        json_object_set_new(object, "hint", okb_json_text(hint));
        json_object_set_new(object, "remembered", json_boolean(item->remembered));
        return object;
    }
    json_object_set_new(object, "pages", number_or_null(item->pages));
    json_object_set_new(object, "images", json_integer(item->images));
    json_object_set_new(object, "warnings", json_integer(item->warnings));
    json_object_set_new(object, "first_warning", okb_json_text(item->first_warning));
    json_object_set_new(object, "first_warning_page", number_or_null(item->first_warning_page));
    return object;
}

static char *plain(const char *text)
{
    return okb_text_escape(text ? text : "-");
}

/* "name (path, 12 pages)" or what the kind has instead. */
static char *subject(const OkbItem *item)
{
    g_autofree char *path = plain(item->path);
    g_autofree char *name = plain(item->name);
    switch (item->kind) {
    case OKB_ITEM_DUPLICATE:
        return g_strdup_printf("%s has the bytes of %s", path, name);
    case OKB_ITEM_FAILED:
        return g_strdup_printf("%s: %s", path, item->reason ? item->reason : "failed");
    case OKB_ITEM_REMOVED:
        return g_steal_pointer(&name);
    case OKB_ITEM_PROMOTED:
        return g_strdup_printf("%s has %s as its source now", name, path);
    case OKB_ITEM_FORGOTTEN:
    case OKB_ITEM_UNCHANGED:
        return g_steal_pointer(&path);
    case OKB_ITEM_CONVERTED: {
        g_autofree char *output = plain(item->output);
        return g_strdup_printf("%s (%s)", output, path);
    }
    case OKB_ITEM_ADDED:
    case OKB_ITEM_UPDATED:
    case OKB_ITEM_WOULD:
        break;
    }
    if (item->pages > 0)
        return g_strdup_printf("%s (%s, %u page%s)", name, path, item->pages,
                               item->pages == 1 ? "" : "s");
    return g_strdup_printf("%s (%s)", name, path);
}

static void tell_warnings(OkbOutput *output, const OkbItem *item)
{
    if (item->warnings == 0)
        return;
    g_autofree char *path = plain(item->path);
    g_autofree char *line =
        okb_text_one_line(item->first_warning ? item->first_warning : "", DETAIL_MAX);
    g_autofree char *text = okb_text_escape(line);
    g_autofree char *page = item->first_warning_page
                                ? g_strdup_printf("page %u: ", item->first_warning_page)
                                : g_strdup("");
    if (item->warnings == 1)
        okb_say_verb(output, OKB_FAINT, "warning", "%s: %s%s", path, page, text);
    else
        okb_say_verb(output, OKB_FAINT, "warning", "%s: %s%s (and %u more)", path, page, text,
                     item->warnings - 1);
}

/* ACTION, the source concerned, the document, and what else there is to say, with tabs. */
static void tell_plan(OkbOutput *output, const OkbItem *item)
{
    g_autofree char *path = plain(item->was ? item->was : item->path);
    g_autofree char *name = plain(item->name ? item->name : item->output);
    g_autofree char *more = plain(item->was ? item->path : item->plugin);
    okb_data(output, "%s\t%s\t%s\t%s\n", item->action ? item->action : "convert", path, name,
             more);
}

static void tell(OkbReport *report, const OkbItem *item)
{
    OkbOutput *output = &report->cli->output;
    if (item->kind == OKB_ITEM_WOULD) {
        if (!report->plan_shown)
            tell_plan(output, item);
        return;
    }
    bool to_stdout = item->kind == OKB_ITEM_CONVERTED && !item->output;
    bool repeated_at_once = item->kind == OKB_ITEM_FAILED && report->total <= 1;
    bool hidden = kinds[item->kind].only_verbose && !output->verbose;
    if (!to_stdout && !repeated_at_once && !hidden) {
        g_autofree char *text = subject(item);
        okb_say_verb(output, kinds[item->kind].style, kinds[item->kind].verb, "%s", text);
    }
    if (to_stdout && item->images > 0)
        okb_say(output, "%u image%s became alt text; -o or --output-dir writes them",
                item->images, item->images == 1 ? "" : "s");
    tell_warnings(output, item);
}

char *okb_report_failure(const OkbItem *item)
{
    const char *hint = item->hint ? item->hint : okb_reason_advice(item->reason);
    g_autofree char *path = plain(item->path);
    g_autofree char *line = okb_text_one_line(item->detail ? item->detail : "", DETAIL_MAX);
    g_autofree char *detail = okb_text_escape(line);
    return g_strdup_printf("%s: %s (%s)%s%s%s%s%s", path,
                           item->reason ? item->reason : "failed",
                           item->stage ? item->stage : "-", *detail ? ": " : "", detail,
                           item->remembered ? " [as before; not tried again]" : "",
                           hint ? "; try: " : "", hint ? hint : "");
}

static void on_item(const OkbItem *item, gpointer data)
{
    OkbReport *report = data;
    if (item->kind == OKB_ITEM_FAILED)
        g_ptr_array_add(report->failures, okb_report_failure(item));
    if (report->jsonl)
        okb_output_json_line(&report->cli->output, item_json(item));
    else if (report->cli->json)
        json_array_append_new(report->items, item_json(item));
    if (item->kind != OKB_ITEM_WOULD || !(report->jsonl || report->cli->json))
        tell(report, item);
}

static void on_progress(guint64 done, guint64 total, guint running, const char *slowest,
                        gpointer data)
{
    OkbReport *report = data;
    report->total = total;
    okb_progress_update(&report->progress, done, total, running, slowest);
}

static void on_notice(const char *text, gpointer data)
{
    OkbReport *report = data;
    g_autofree char *safe = okb_text_escape(text);
    okb_say(&report->cli->output, "%s", safe);
    if (report->jsonl)
        okb_output_json_line(&report->cli->output, json_pack("{s:s, s:o}", "event", "notice",
                                                             "text", okb_json_text(text)));
    else
        json_array_append_new(report->notices, okb_json_text(text));
}

void okb_report_init(OkbReport *report, OkbCli *cli, bool jsonl)
{
    *report = (OkbReport){
        .observer = {on_item, on_progress, on_notice, report},
        .cli = cli,
        .failures = g_ptr_array_new_with_free_func(g_free),
        .items = json_array(),
        .notices = json_array(),
        .jsonl = jsonl,
    };
    okb_progress_init(&report->progress, &cli->output);
}

char *okb_report_sums(const OkbCounts *counts)
{
    const struct {
        guint64 count;
        const char *name;
    } sums[] = {
        {counts->added, "added"},          {counts->updated, "updated"},
        {counts->removed, "removed"},      {counts->converted, "converted"},
        {counts->would, "would be done"},  {counts->unchanged, "unchanged"},
        {counts->duplicates, "duplicate"}, {counts->promoted, "promoted"},
        {counts->forgotten, "forgotten"},  {counts->failed, "failed"},
    };
    g_autoptr(GString) text = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(sums); i++)
        if (sums[i].count > 0)
            g_string_append_printf(text, "%s%" G_GUINT64_FORMAT " %s", text->len ? ", " : "",
                                   sums[i].count, sums[i].name);
    return g_strdup(text->len ? text->str : NOTHING);
}

int okb_report_exit_code(const OkbCounts *counts)
{
    if (counts->interrupted && okb_signals_exit_code())
        return okb_signals_exit_code();
    if (counts->interrupted)
        return OKB_EXIT_INTERRUPTED;
    if (counts->failed == 0)
        return OKB_EXIT_OK;
    guint64 good = counts->added + counts->updated + counts->unchanged + counts->duplicates +
                   counts->removed + counts->would + counts->converted + counts->promoted +
                   counts->forgotten;
    return good                                 ? OKB_EXIT_SOME_FAILED
           : counts->no_space == counts->failed ? OKB_EXIT_NO_SPACE
                                                : OKB_EXIT_FAILED;
}

static json_t *counts_json(const OkbCounts *counts)
{
    const struct {
        const char *name;
        guint64 count;
    } all[] = {
        {"added", counts->added},
        {"updated", counts->updated},
        {"unchanged", counts->unchanged},
        {"duplicates", counts->duplicates},
        {"removed", counts->removed},
        {"promoted", counts->promoted},
        {"forgotten", counts->forgotten},
        {"failed", counts->failed},
        {"would", counts->would},
        {"converted", counts->converted},
        {"skipped_special", counts->skipped_special},
        {"skipped_unknown", counts->skipped_unknown},
    };
    json_t *object = json_object();
    for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
        json_object_set_new(object, all[i].name, json_integer((json_int_t)all[i].count));
    return object;
}

static void put_json(OkbReport *report, const GError *error, int code)
{
    const OkbCounts *counts = &report->counts;
    json_t *sum = json_pack("{s:o, s:o, s:o, s:b, s:o, s:i}", "counts", counts_json(counts),
                            "sandbox", okb_json_text(counts->sandbox), "landlock_abi",
                            number_or_null((guint64)counts->landlock_abi), "interrupted",
                            counts->interrupted, "error",
                            okb_json_text(error ? error->message : NULL), "exit_code", code);
    if (report->jsonl) {
        json_object_set_new(sum, "event", json_string("summary"));
        okb_output_json_line(&report->cli->output, sum);
    } else if (report->cli->json) {
        json_object_set(sum, "items", report->items);
        json_object_set(sum, "notices", report->notices);
        okb_output_json(&report->cli->output, sum);
    } else {
        json_decref(sum);
    }
}

static void sum_up(OkbReport *report, bool stopped)
{
    const OkbCounts *counts = &report->counts;
    OkbOutput *output = &report->cli->output;
    double seconds = (double)(g_get_monotonic_time() - report->progress.started_us) / 1e6;
    g_autofree char *sums = okb_report_sums(counts);
    if (!stopped || strcmp(sums, NOTHING) != 0)
        okb_say(output, "%s, %.1f s%s", sums, seconds,
                counts->interrupted ? "; interrupted, everything is in order" : "");
    if (counts->skipped_unknown)
        okb_say(output, "skipped %" G_GUINT64_FORMAT " that no plugin reads",
                counts->skipped_unknown);
    if (counts->skipped_special)
        okb_say(output,
                "skipped %" G_GUINT64_FORMAT " that are links, FIFOs, sockets or devices",
                counts->skipped_special);
    if (counts->sandbox && strcmp(counts->sandbox, "full") != 0)
        okb_say(output, "sandbox: %s%s", counts->sandbox,
                strcmp(counts->sandbox, "none") == 0 ? ", as --sandbox=off asked"
                                                     : "; `openkb doctor` says why");
    for (guint i = 0; i < report->failures->len; i++)
        okb_complain(output, "failed: %s", (const char *)report->failures->pdata[i]);
}

int okb_report_finish(OkbReport *report, const GError *error)
{
    int code = error ? okb_error_exit_code(error) : okb_report_exit_code(&report->counts);
    sum_up(report, error != NULL);
    if (error)
        code = okb_cli_fail(report->cli, error);
    put_json(report, error, code);
    g_ptr_array_unref(report->failures);
    json_decref(report->items);
    json_decref(report->notices);
    return code;
}
