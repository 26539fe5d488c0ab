/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Conversion without a knowledge base: the same plan, copy, sandbox and checks; the Markdown
 * goes to stdout, to a file or to a directory. It stages in a private directory of its own.
 */
#include "ingest/convert-output.h"
#include "ingest/dispatch.h"
#include "ingest/dry-run.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/io.h"
#include "util/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct {
    const OkbConvertTarget *target;
    const OkbIngestOptions *options;
    const OkbObserver *observer;
    OkbCounts *counts;
    OkbDispatch *dispatch;
    GPtrArray *names;
    int stdout_fd;
    guint64 total;
} Convert;

/* ---- Where one document goes ------------------------------------------------------------- */

static char *path_in_output_dir(const Convert *convert, const OkbTask *task, GError **error)
{
    const char *name = convert->names->pdata[task->index];
    if (!name) {
        okb_error_set(
            error, OKB_ERROR_FAILED,
            "another source of this name is written to the same file; convert it to a "
            "directory of its own");
        return NULL;
    }
    g_autofree char *path = g_strconcat(convert->target->output_dir, "/", name, NULL);
    g_autofree char *dir = g_path_get_dirname(path);
    if (g_mkdir_with_parents(dir, 0777) == 0)
        return g_steal_pointer(&path);
    okb_error_errno(error, errno, "cannot make %s", dir);
    return NULL;
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static char *output_path(const Convert *convert, const OkbTask *task, GError **error)
{
    g_autofree char *path = convert->target->output ? g_strdup(convert->target->output)
                                                    : path_in_output_dir(convert, task, error);
    if (!path || !is_same_file(path, task->item->path))
        return g_steal_pointer(&path);
    okb_error_set(error, OKB_ERROR_FAILED, "%s is the source itself: it is not overwritten",
                  path);
    return NULL;
}

static bool write_stdout(Convert *convert, OkbTask *task, GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GString) text = okb_convert_without_images(task->bundle, &task->images);
    if (!text)
        return okb_error_set(error, OKB_ERROR_BUNDLE,
                             "a placeholder is not where the result says");
    if (convert->target->front_matter)
        okb_convert_front_matter(out, task->bundle);
    g_string_append_len(out, text->str, (gssize)text->len);
    if (okb_io_write_all(convert->stdout_fd, out->str, out->len) != 0)
        return okb_error_errno(error, errno, "cannot write to standard output");
    return true;
}

static bool write_output(Convert *convert, OkbTask *task, char **ret_path, GError **error)
{
    if (!convert->target->output && !convert->target->output_dir)
        return write_stdout(convert, task, error);
    g_autofree char *path = output_path(convert, task, error);
    if (!path || !okb_convert_write(task->bundle, task->outcome.left.out, path,
                                    convert->target->front_matter, convert->target->force,
                                    &task->images, error))
        return false;
    *ret_path = g_steal_pointer(&path);
    return true;
}

/* ---- Reporting --------------------------------------------------------------------------- */

static void report_failure(Convert *convert, const OkbTask *task)
{
    OkbItem item = {
        .kind = OKB_ITEM_FAILED,
        .path = task->item->display,
        .plugin = task->plugin ? task->plugin->id : NULL,
        .stage = task->failure.stage,
        .reason = task->failure.reason,
        .detail = task->failure.detail,
        .hint = task->failure.hint,
    };
    convert->counts->failed++;
    convert->observer->item(&item, convert->observer->data);
}

static void report_converted(Convert *convert, const OkbTask *task, const char *path)
{
    const OkbBundle *bundle = task->bundle;
    OkbItem item = {
        .kind = OKB_ITEM_CONVERTED,
        .path = task->item->display,
        .output = path,
        .plugin = task->plugin->id,
        .warnings = bundle->warnings->len,
        .pages = bundle->pages->len,
        .images = task->images,
    };
    if (item.warnings) {
        item.first_warning = g_array_index(bundle->warnings, OkbFact, 0).value;
        item.first_warning_page = g_array_index(bundle->warnings, OkbFact, 0).page;
    }
    convert->counts->converted++;
    convert->observer->item(&item, convert->observer->data);
}

static void finish_task(Convert *convert, OkbTask *task)
{
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;
    if (task->verdict == OKB_VERDICT_CONVERTED && !write_output(convert, task, &path, &error))
        okb_task_fail(task, "write", "not-written", g_strdup(error->message), NULL);
    if (task->verdict == OKB_VERDICT_CONVERTED)
        report_converted(convert, task, path);
    else
        report_failure(convert, task);
    okb_dispatch_done(convert->dispatch, task);
}

/* ---- The loop ---------------------------------------------------------------------------- */

static void show_progress(Convert *convert)
{
    if (convert->observer->progress)
        convert->observer->progress(convert->counts->converted + convert->counts->failed,
                                    convert->total, okb_dispatch_running(convert->dispatch),
                                    okb_dispatch_slowest(convert->dispatch),
                                    convert->observer->data);
}

static bool run(Convert *convert, GError **error)
{
    for (;;) {
        OkbTask *task = NULL;
        if (*convert->options->stop) {
            convert->counts->interrupted = true;
            okb_dispatch_stop(convert->dispatch);
        }
        switch (okb_dispatch_next(convert->dispatch, convert->observer->progress ? 200 : -1,
                                  &task, error)) {
        case OKB_DISPATCH_TASK:
            finish_task(convert, task);
            break;
        case OKB_DISPATCH_TIMEOUT:
        case OKB_DISPATCH_INTERRUPTED:
            break;
        case OKB_DISPATCH_END:
            return true;
        case OKB_DISPATCH_ERROR:
            return false;
        }
        show_progress(convert);
    }
}

/* ---- Before it begins -------------------------------------------------------------------- */

static bool no_question(OkbTask *task, gpointer data, GError **error)
{
    (void)task;
    (void)data;
    (void)error;
    return true;
}

static bool check_target(const OkbPlan *plan, const OkbIngestOptions *options,
                         const OkbConvertTarget *target, GError **error)
{
    struct stat st;
    bool one = plan->items->len <= 1 && options->paths[0] && !options->paths[1] &&
               !(stat(options->paths[0], &st) == 0 && S_ISDIR(st.st_mode));
    const char *place = target->output ? target->output : target->output_dir;
    if (place && !*place)
        return okb_error_set(error, OKB_ERROR_USAGE, "the name of the output is empty");
    if (target->output && target->output_dir)
        return okb_error_set(error, OKB_ERROR_USAGE, "give -o or --output-dir, not both");
    if (!target->output_dir && !one)
        return okb_error_set(error, OKB_ERROR_USAGE,
                             "several files or a directory need --output-dir DIR");
    return true;
}

/* ---- Dry run ----------------------------------------------------------------------------- */

static char *would_write(const Convert *convert, const OkbTask *task)
{
    const OkbConvertTarget *target = convert->target;
    const char *name = convert->names->pdata[task->index];
    if (target->output || !target->output_dir)
        return g_strdup(target->output);
    return name ? g_strconcat(target->output_dir, "/", name, NULL) : NULL;
}

static void would_convert(Convert *convert, OkbTask *task, const OkbPlugins *plugins)
{
    if (task->item->refusal)
        okb_task_fail(task, "open", task->item->reason, g_strdup(task->item->refusal), NULL);
    else
        okb_dry_look(task, plugins, convert->options);
    if (task->verdict == OKB_VERDICT_FAILED) {
        report_failure(convert, task);
        return;
    }
    g_autofree char *output = would_write(convert, task);
    const OkbItem item = {.kind = OKB_ITEM_WOULD,
                          .action = "convert",
                          .path = task->item->display,
                          .output = output,
                          .plugin = task->plugin->id};
    convert->counts->would++;
    convert->observer->item(&item, convert->observer->data);
}

static bool only_report(Convert *convert, const OkbPlan *plan, const OkbPlugins *plugins)
{
    convert->names = okb_convert_names(plan);
    for (guint i = 0; i < plan->items->len && !*convert->options->stop; i++) {
        OkbTask *task = okb_task_new(plan->items->pdata[i], i);
        would_convert(convert, task, plugins);
        okb_task_free(task);
    }
    g_ptr_array_unref(convert->names);
    return true;
}

/* ---- Entry ------------------------------------------------------------------------------- */

static bool convert_plan(Convert *convert, const OkbPlan *plan, const OkbPlugins *plugins,
                         int staging, GError **error)
{
    OkbDispatchHooks hooks = {no_question, no_question, NULL, true};
    convert->dispatch =
        okb_dispatch_new(plan, plugins, staging, convert->options, &hooks, error);
    if (!convert->dispatch)
        return false;
    convert->names = okb_convert_names(plan);
    convert->total = plan->items->len;
    bool ok = run(convert, error);
    convert->counts->sandbox =
        okb_dispatch_sandbox(convert->dispatch, &convert->counts->landlock_abi);
    okb_dispatch_free(convert->dispatch);
    g_ptr_array_unref(convert->names);
    return ok;
}

static bool convert_in_private(Convert *convert, const OkbPlan *plan, const OkbPlugins *plugins,
                               GError **error)
{
    g_autofree char *dir = g_build_filename(g_get_tmp_dir(), "openkb-convert-XXXXXX", NULL);
    if (!mkdtemp(dir))
        return okb_error_errno(error, errno, "cannot make a private directory in %s",
                               g_get_tmp_dir());
    okb_autofd int staging = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool ok = staging >= 0 ? convert_plan(convert, plan, plugins, staging, error)
                           : okb_error_errno(error, errno, "cannot open %s", dir);
    okb_tree_remove(AT_FDCWD, dir, NULL);
    return ok;
}

bool okb_ingest_convert(const OkbPlugins *plugins, const OkbIngestOptions *options,
                        const OkbConvertTarget *target, int stdout_fd,
                        const OkbObserver *observer, OkbCounts *counts, GError **error)
{
    OkbIngestOptions walk = *options;
    walk.skip = target->output_dir;
    g_autoptr(OkbPlan) plan = okb_plan_make(NULL, plugins, &walk, error);
    if (!plan || !check_target(plan, options, target, error))
        return false;
    counts->skipped_special = plan->skipped_special;
    counts->skipped_unknown = plan->skipped_unknown;
    Convert convert = {.target = target,
                       .options = options,
                       .observer = observer,
                       .counts = counts,
                       .stdout_fd = stdout_fd};
    return options->dry_run ? only_report(&convert, plan, plugins)
                            : convert_in_private(&convert, plan, plugins, error);
}
