/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * openkb-plugin-check [OPTION...] PLUGIN [SAMPLE...]: see openkb-plugin-check(1).
 */
#include "report.h"
#include "subject.h"

#include "util/error.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    gboolean json, list, only_failed, update, version;
    gint64 seed;
    gint flips, timeout;
    char *golden, *baseline;
    char **excluded, **only;
    char **words; /* PLUGIN SAMPLE... */
} Flags;

/* ---- One check --------------------------------------------------------------------------- */

/* Why this check cannot be run, or NULL. */
static const char *obstacle(const Subject *subject, const Check *check)
{
    if (check->needs && !subject->plugin)
        return "the manifest is not valid: see manifest";
    if (check->needs & (NEEDS_LOAD | NEEDS_SAMPLES) && !subject->loads)
        return "the module does not load: see loads";
    if (check->needs & NEEDS_SAMPLES && subject->samples->len == 0)
        return "no samples: name files, or a directory of them, after the plugin";
    if (check->needs & NEEDS_SAMPLES && subject->converted->len == 0)
        return "no sample converts: see converts";
    return NULL;
}

static void judge_end(const Verdict *found, Verdict *verdict, bool in_time, int status,
                      guint seconds)
{
    if (!in_time)
        check_fail(verdict, "%s: not done after %u s", found->doing, seconds);
    else if (WIFSIGNALED(status))
        check_fail(verdict, "%s: ended by signal %d (%s)", found->doing, WTERMSIG(status),
                   g_strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0)
        check_fail(verdict, "%s: the process ended with exit status %d", found->doing,
                   WEXITSTATUS(status));
    else if (!found->done)
        check_fail(verdict, "%s: it ended the process, with exit status 0", found->doing);
    else
        *verdict = *found;
}

/* What a library prints when it dies is of no use here. */
static void be_silent(void)
{
    int nowhere = open("/dev/null", O_RDWR);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        dup2(nowhere, fd);
    close(nowhere);
}

static void run_in_child(const Subject *subject, const Check *check, Verdict *shared)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    g_get_tmp_dir(); /* GLib keeps TMPDIR; the plugin is not to see it */
    clearenv();
    setenv("LC_ALL", "C.UTF-8", 1);
    setenv("TZ", "UTC", 1);
    setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
    umask(077);
    be_silent();
    if (chdir("/") != 0)
        _exit(1);
    check_doing(shared, "before its first step");
    check->run(subject, shared);
    shared->done = true;
    _exit(0);
}

static void run_check(const Subject *subject, const Check *check, Verdict *shared,
                      guint seconds, Verdict *ret_verdict)
{
    *ret_verdict = (Verdict){0};
    *shared = (Verdict){0};
    const char *why = obstacle(subject, check);
    if (why) {
        check_skip(ret_verdict, "%s", why);
        return;
    }
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        run_in_child(subject, check, shared);
    if (pid < 0) {
        check_fail(ret_verdict, "no process can be made for the check: %s", g_strerror(errno));
        return;
    }
    int status = 0;
    setpgid(pid, pid);
    bool in_time = run_wait(pid, seconds, &status, NULL);
    kill(-pid, SIGKILL); /* what it may have left */
    judge_end(shared, ret_verdict, in_time, status, seconds);
}

/* ---- All of them ------------------------------------------------------------------------- */

static const char *reason_for(const Flags *flags, const char *id)
{
    gsize len = strlen(id);
    for (char **e = flags->excluded; e && *e; e++)
        if (strncmp(*e, id, len) == 0 && (*e)[len] == '=')
            return *e + len + 1;
    return NULL;
}

static bool is_wanted(const Flags *flags, const char *id)
{
    return !flags->only || g_strv_contains((const char *const *)flags->only, id);
}

static void run_all(const Subject *subject, const Flags *flags, Report *report)
{
    Verdict *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        g_error("no memory");
    for (gsize i = 0; i < n_all_checks; i++) {
        const Check *check = &all_checks[i];
        const char *reason = reason_for(flags, check->id);
        Verdict verdict = {.status = CHECK_EXCLUDED};
        if (!is_wanted(flags, check->id))
            continue;
        if (!reason)
            run_check(subject, check, shared, (guint)flags->timeout, &verdict);
        report_add(report, check, &verdict, reason);
    }
}

/* ---- The command line -------------------------------------------------------------------- */

static bool is_id(const char *text, gsize len)
{
    for (gsize i = 0; i < n_all_checks; i++)
        if (strlen(all_checks[i].id) == len && strncmp(all_checks[i].id, text, len) == 0)
            return true;
    return false;
}

static bool check_ids(const Flags *flags, GError **error)
{
    for (char **e = flags->excluded; e && *e; e++) {
        const char *equals = strchr(*e, '=');
        if (!equals || !equals[1])
            return okb_error_set(error, OKB_ERROR_USAGE,
                                 "--exclude %s: a reason is needed: --exclude ID=REASON", *e);
        if (!is_id(*e, (gsize)(equals - *e)))
            return okb_error_set(error, OKB_ERROR_USAGE,
                                 "--exclude %s: there is no such check; see --list", *e);
    }
    for (char **id = flags->only; id && *id; id++)
        if (!is_id(*id, strlen(*id)))
            return okb_error_set(error, OKB_ERROR_USAGE,
                                 "--only %s: there is no such check; see --list", *id);
    return true;
}

/* Checks run in "/". */
static void make_absolute(char **path)
{
    char *absolute = *path ? g_canonicalize_filename(*path, NULL) : NULL;
    g_free(*path);
    *path = absolute;
}

static bool parse(int argc, char **argv, Flags *flags, GError **error)
{
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &flags->json, "Write JSON", NULL},
        {"list", 0, 0, G_OPTION_ARG_NONE, &flags->list, "List the checks", NULL},
        {"only-failed", 0, 0, G_OPTION_ARG_NONE, &flags->only_failed, "Tell failures only",
         NULL},
        {"only", 0, 0, G_OPTION_ARG_STRING_ARRAY, &flags->only, "Run this check; repeatable",
         "ID"},
        {"exclude", 0, 0, G_OPTION_ARG_STRING_ARRAY, &flags->excluded,
         "Leave a check out, and say why; repeatable", "ID=REASON"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &flags->seed, "Of random changes to samples", "N"},
        {"flips", 0, 0, G_OPTION_ARG_INT, &flags->flips, "How many of them (1000)", "N"},
        {"timeout", 0, 0, G_OPTION_ARG_INT, &flags->timeout, "Of one check (120)", "SECONDS"},
        {"golden", 0, 0, G_OPTION_ARG_FILENAME, &flags->golden, "Expected output", "DIR"},
        {"baseline", 0, 0, G_OPTION_ARG_FILENAME, &flags->baseline, "Expected cost", "FILE"},
        {"update", 0, 0, G_OPTION_ARG_NONE, &flags->update,
         "Write what --golden and --baseline compare with", NULL},
        {"version", 0, 0, G_OPTION_ARG_NONE, &flags->version, "Print the version", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &flags->words, NULL, NULL},
        {NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("PLUGIN [SAMPLE...]");
    g_option_context_set_summary(context,
                                 "Checks a converter plugin of openkb.\n\nPLUGIN is a "
                                 "manifest, or a module beside its manifest. SAMPLE is "
                                 "a file, or a directory of files.");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, error) || !check_ids(flags, error))
        return false;
    make_absolute(&flags->golden);
    make_absolute(&flags->baseline);
    if (flags->timeout < 1 || flags->flips < 0)
        return okb_error_set(error, OKB_ERROR_USAGE, "--timeout is from 1, --flips from 0");
    if (!flags->list && !flags->version && !flags->words)
        return okb_error_set(error, OKB_ERROR_USAGE, "which plugin? See --help");
    return true;
}

static int complain(const GError *error, int code)
{
    fprintf(stderr, "openkb-plugin-check: %s\n", error->message);
    return code;
}

static int check_plugin(const Flags *flags)
{
    Subject subject = {.seed = (guint64)flags->seed,
                       .flips = (guint)flags->flips,
                       .golden = flags->golden,
                       .baseline = flags->baseline,
                       .update = flags->update};
    Report report = {.json = flags->json, .only_failed = flags->only_failed};
    g_autoptr(GError) error = NULL;
    bool read = subject_read(&subject, flags->words[0], &error);
    for (char **word = flags->words + 1; read && *word; word++)
        read = subject_add_samples(&subject, *word, &error);
    if (!read) {
        subject_clear(&subject);
        return complain(error, OKB_EXIT_FAILED);
    }
    subject_try(&subject);
    report_begin(&report, &subject);
    run_all(&subject, flags, &report);
    report_end(&report, &subject);
    subject_clear(&subject);
    return report.counts[CHECK_FAILED] ? OKB_EXIT_FINDINGS : OKB_EXIT_OK;
}

int main(int argc, char **argv)
{
    Flags flags = {.seed = 1, .flips = 1000, .timeout = 120};
    g_autoptr(GError) error = NULL;
    int code = OKB_EXIT_OK;
    if (argc == 2 && strcmp(argv[1], RUN_WORD) == 0)
        return run_main();
    if (!parse(argc, argv, &flags, &error))
        code = complain(error, OKB_EXIT_USAGE);
    else if (flags.version)
        puts("openkb-plugin-check " OPENKB_VERSION);
    else if (flags.list)
        report_list(flags.json);
    else
        code = check_plugin(&flags);
    g_strfreev(flags.words);
    g_strfreev(flags.only);
    g_strfreev(flags.excluded);
    g_free(flags.golden);
    g_free(flags.baseline);
    return code;
}
