/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "report.h"

#include <stdio.h>

static const char *const words[] = {
    [CHECK_PASSED] = "passed", [CHECK_SKIPPED] = "skipped",   [CHECK_WARNED] = "warning",
    [CHECK_FAILED] = "FAILED", [CHECK_EXCLUDED] = "excluded",
};
static const char *const json_words[] = {
    [CHECK_PASSED] = "passed", [CHECK_SKIPPED] = "skipped",   [CHECK_WARNED] = "warning",
    [CHECK_FAILED] = "failed", [CHECK_EXCLUDED] = "excluded",
};

static json_t *text_json(const char *text)
{
    g_autofree char *valid = text ? g_utf8_make_valid(text, -1) : NULL;
    return valid && *valid ? json_string(valid) : json_null();
}

void report_begin(Report *report, const Subject *subject)
{
    if (report->json) {
        report->list = json_array();
        return;
    }
    const OkbPlugin *plugin = subject->plugin;
    printf("%s %s, %u sample%s\n", plugin ? plugin->id : subject->manifest,
           plugin ? plugin->version : "(manifest not valid)", subject->samples->len,
           subject->samples->len == 1 ? "" : "s");
}

static void add_json(Report *report, const Check *check, const Verdict *verdict,
                     const char *reason)
{
    json_array_append_new(
        report->list,
        json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "id", check->id, "status",
                  json_words[verdict->status], "what", check->what, "found",
                  text_json(verdict->text), "todo",
                  verdict->status >= CHECK_WARNED ? text_json(check->todo) : json_null(),
                  "reason", text_json(reason)));
}

static void print_finding(const Check *check, const Verdict *verdict)
{
    g_autofree char *text = g_utf8_make_valid(verdict->text, -1);
    printf("%-8s  %s\n          must hold: %s\n          found: %s\n          to do: %s\n",
           words[verdict->status], check->id, check->what, text, check->todo);
}

static void print_line(const Check *check, const Verdict *verdict, const char *reason)
{
    const char *more = reason ? reason : verdict->text;
    printf("%-8s  %s%s%s\n", words[verdict->status], check->id, *more ? ": " : "", more);
}

void report_add(Report *report, const Check *check, const Verdict *verdict, const char *reason)
{
    bool finding = verdict->status == CHECK_FAILED || verdict->status == CHECK_WARNED;
    report->counts[verdict->status]++;
    if (report->only_failed && verdict->status != CHECK_FAILED)
        return;
    if (report->json)
        add_json(report, check, verdict, reason);
    else if (finding)
        print_finding(check, verdict);
    else
        print_line(check, verdict, reason);
    fflush(stdout);
}

void report_end(Report *report, const Subject *subject)
{
    const guint *n = report->counts;
    if (!report->json) {
        printf("%u passed, %u failed, %u warnings, %u skipped, %u excluded\n", n[CHECK_PASSED],
               n[CHECK_FAILED], n[CHECK_WARNED], n[CHECK_SKIPPED], n[CHECK_EXCLUDED]);
        return;
    }
    json_t *all = json_pack("{s:s, s:o, s:i, s:I, s:i, s:i, s:i, s:i, s:i, s:o}", "manifest",
                            subject->manifest, "id",
                            text_json(subject->plugin ? subject->plugin->id : NULL), "samples",
                            (int)subject->samples->len, "seed", (json_int_t)subject->seed,
                            "passed", (int)n[CHECK_PASSED], "failed", (int)n[CHECK_FAILED],
                            "warnings", (int)n[CHECK_WARNED], "skipped", (int)n[CHECK_SKIPPED],
                            "excluded", (int)n[CHECK_EXCLUDED], "checks", report->list);
    json_dumpf(all, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(all);
}

void report_list(bool json)
{
    json_t *list = json_array();
    for (gsize i = 0; i < n_all_checks; i++) {
        if (json)
            json_array_append_new(list,
                                  json_pack("{s:s, s:s, s:s}", "id", all_checks[i].id, "what",
                                            all_checks[i].what, "todo", all_checks[i].todo));
        else
            printf("%-18s  %s\n", all_checks[i].id, all_checks[i].what);
    }
    if (json) {
        json_dumpf(list, stdout, JSON_INDENT(2));
        putchar('\n');
    }
    json_decref(list);
}
