/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "ingest/task.h"

#include "util/cleanup.h"
#include "util/error.h"

#include <sys/statvfs.h>
#include <unistd.h>

OkbTask *okb_task_new(const OkbPlanItem *item, guint64 index)
{
    OkbTask *task = g_new0(OkbTask, 1);
    task->item = item;
    task->index = index;
    task->outcome.left = OKB_LEFT_NOTHING;
    task->copy_fd = -1;
    return task;
}

static void clear_conversion(OkbTask *task)
{
    g_clear_pointer(&task->bundle, okb_bundle_free);
    okb_outcome_clear(&task->outcome);
    task->outcome = (OkbOutcome){.left = OKB_LEFT_NOTHING};
}

void okb_task_free(OkbTask *task)
{
    if (!task)
        return;
    clear_conversion(task);
    okb_close_fd(&task->copy_fd);
    g_clear_pointer(&task->candidates, g_ptr_array_unref);
    g_free(task->failure.detail);
    g_free(task->options);
    g_free(task->document_name);
    g_free(task->key);
    g_free(task);
}

void okb_task_fail(OkbTask *task, const char *stage, const char *reason, char *detail,
                   const char *hint)
{
    g_free(task->failure.detail);
    task->failure =
        (OkbTaskFailure){.stage = stage, .reason = reason, .detail = detail, .hint = hint};
    task->state = OKB_TASK_READY;
    task->verdict = OKB_VERDICT_FAILED;
}

void okb_task_restart(OkbTask *task)
{
    clear_conversion(task);
    g_clear_pointer(&task->candidates, g_ptr_array_unref);
    g_clear_pointer(&task->options, g_free);
    g_clear_pointer(&task->failure.detail, g_free);
    task->failure = (OkbTaskFailure){0};
    task->candidate = 0;
    task->plugin = NULL;
    task->copied = false;
    task->is_alias = false;
    g_clear_pointer(&task->document_name, g_free);
    task->state = OKB_TASK_WAITING;
    task->verdict = OKB_VERDICT_NONE;
}

void okb_task_fail_copy(OkbTask *task, const GError *error)
{
    if (g_error_matches(error, OKB_ERROR, OKB_ERROR_CHANGED))
        okb_task_fail(task, "open", "changing", g_strdup(error->message),
                      "add it again when nothing writes to it");
    else if (g_error_matches(error, OKB_ERROR, OKB_ERROR_NO_SPACE))
        okb_task_fail(task, "open", "no-space", g_strdup(error->message),
                      "free some space and add it again");
    else
        okb_task_fail(task, "open", "unreadable", g_strdup(error->message),
                      "check that the file exists and that you may read it");
}

void okb_task_fail_no_plugin(OkbTask *task, const guint8 *head, gsize head_len)
{
    const char *package = okb_plugins_package_for(task->item->name, head, head_len);
    g_autofree char *detail =
        package ? g_strdup_printf("no plugin handles this kind of file; install %s", package)
                : g_strdup("no plugin handles this kind of file");
    okb_task_fail(task, "select", "no-plugin", g_steal_pointer(&detail),
                  package ? "install the package named, then add it again"
                          : "see `openkb plugins list` and `openkb plugins explain FILE`");
}

/* ---- Outcomes ---------------------------------------------------------------------------- */

/* What a pool outcome other than DONE means for people. */
static const struct {
    const char *reason, *hint;
} outcome_words[] = {
    [OKB_OUTCOME_CRASHED] = {"crashed", "report it to the plugin's authors, with the file"},
    [OKB_OUTCOME_TIMEOUT] = {"timeout", "raise the limit with --wall SECONDS"},
    [OKB_OUTCOME_LIMIT] = {"limit", "raise the limit named, see openkb-add(1)"},
    [OKB_OUTCOME_VIOLATION] = {"violation", "do not trust the file or the plugin"},
    [OKB_OUTCOME_NO_RESULT] = {"no-result", "report it to the plugin's authors, with the file"},
    [OKB_OUTCOME_CANCELLED] = {"cancelled", "run the command again"},
    [OKB_OUTCOME_REFUSED] = {"refused", "see `openkb plugins info` and `openkb doctor`"},
};

static const char *hint_for_status(okb_status status)
{
    switch (status) {
    case OKB_E_ENCRYPTED:
        return "remove the password and add it again";
    case OKB_E_MALFORMED:
        return "the file is damaged or mislabelled; get a sound copy";
    case OKB_E_LIMIT:
        return "raise the limit named, see openkb-add(1)";
    default:
        return NULL;
    }
}

enum { HARDLY_ANY = 1 << 20 }; /* bytes */

/* Whether there is room on the disk that conversions write to. The plugin's word for that is
 * not asked: it could pretend. */
static bool has_no_room(int staging)
{
    struct statvfs vfs;
    if (fstatvfs(staging, &vfs) != 0 || vfs.f_blocks == 0)
        return false;
    guint64 blocks = geteuid() == 0 ? vfs.f_bfree : vfs.f_bavail;
    return blocks * vfs.f_frsize < HARDLY_ANY || (vfs.f_files > 0 && vfs.f_ffree == 0);
}

static void fail_for_room(OkbTask *task, const OkbBundle *bundle)
{
    okb_task_fail(
        task, "convert", "no-space",
        g_strdup_printf("%s: the disk is full where conversions are staged",
                        bundle->message ? bundle->message : "it could not be written"),
        "free some space and add it again");
}

/* Everyone who was asked said "not mine". */
static void fail_declined(OkbTask *task)
{
    g_autoptr(GString) detail = g_string_new(NULL);
    for (guint i = 0; i < task->candidates->len; i++)
        g_string_append_printf(detail, "%s%s", i ? ", " : "",
                               ((const OkbPlugin *)task->candidates->pdata[i])->id);
    g_string_append(detail, " looked into it and declined; no other plugin handles this kind "
                            "of file");
    okb_task_fail(
        task, "select", "no-plugin", g_strdup(detail->str),
        "see what the file really is; `openkb plugins explain FILE` tells who was asked");
}

/* The plugin answered: a bundle, a refusal, or "not mine". */
static void take_bundle(OkbTask *task, OkbBundle *bundle, int staging)
{
    if (bundle->status == OKB_DECLINED && ++task->candidate < task->candidates->len) {
        okb_bundle_free(bundle);
        okb_outcome_clear(&task->outcome);
        task->outcome = (OkbOutcome){.left = OKB_LEFT_NOTHING};
        task->state = OKB_TASK_WAITING;
        return;
    }
    if (bundle->status == OKB_DECLINED) {
        fail_declined(task);
        okb_bundle_free(bundle);
    } else if (bundle->status == OKB_E_IO && has_no_room(staging)) {
        fail_for_room(task, bundle);
        okb_bundle_free(bundle);
    } else if (bundle->status != OKB_OK) {
        okb_task_fail(task, "convert", okb_status_name(bundle->status),
                      g_strdup(bundle->message ? bundle->message : "no reason was given"),
                      hint_for_status(bundle->status));
        task->failure.permanent = okb_status_is_permanent(bundle->status);
        okb_bundle_free(bundle);
    } else {
        task->bundle = bundle;
        task->state = OKB_TASK_READY;
        task->verdict = OKB_VERDICT_CONVERTED;
    }
}

void okb_task_take_outcome(OkbTask *task, OkbOutcome *outcome, const OkbLimits *limits,
                           int staging)
{
    g_autoptr(GError) error = NULL;
    clear_conversion(task);
    task->outcome = *outcome;
    *outcome = (OkbOutcome){.left = OKB_LEFT_NOTHING};
    if (task->outcome.kind != OKB_OUTCOME_DONE) {
        okb_task_fail(task, "convert", outcome_words[task->outcome.kind].reason,
                      g_strdup(task->outcome.message ? task->outcome.message : "no detail"),
                      outcome_words[task->outcome.kind].hint);
        task->failure.signal = task->outcome.signal;
        return;
    }
    OkbBundle *bundle = okb_bundle_read(&task->outcome.left, limits, &error);
    okb_close_fd(&task->outcome.left.body);
    okb_close_fd(&task->outcome.left.result);
    if (bundle)
        take_bundle(task, bundle, staging);
    else
        okb_task_fail(task, "check", "invalid-result", g_strdup(error->message),
                      "report it to the plugin's authors, with the file");
}
