/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What checks say, and what several of them ask.
 */
#include "check.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void __attribute__((format(printf, 3, 0)))
say(Verdict *v, CheckStatus status, const char *format, va_list args)
{
    if (v->status >= status && v->text[0])
        return;
    vsnprintf(v->text, sizeof v->text, format, args);
    v->status = status;
}

#define SAY(status)                                                                            \
    do {                                                                                       \
        va_list args;                                                                          \
        va_start(args, format);                                                                \
        say(v, status, format, args);                                                          \
        va_end(args);                                                                          \
    } while (0)

bool check_fail(Verdict *v, const char *format, ...)
{
    SAY(CHECK_FAILED);
    return false;
}

void check_warn(Verdict *v, const char *format, ...)
{
    SAY(CHECK_WARNED);
}

void check_skip(Verdict *v, const char *format, ...)
{
    SAY(CHECK_SKIPPED);
}

void check_doing(Verdict *v, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(v->doing, sizeof v->doing, format, args);
    va_end(args);
}

const okb_plugin *check_load(const Subject *subject, Verdict *verdict)
{
    check_doing(verdict, "loading the module");
    void *module = dlopen(subject->module, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    okb_entry_v1 entry = NULL;
    if (module)
        *(void **)&entry = dlsym(module, "openkb_plugin_v1");
    const okb_plugin *plugin = entry ? entry(OKB_ABI_MINOR) : NULL;
    if (!plugin || (plugin->warm && plugin->warm(&harness_host) != OKB_OK)) {
        check_fail(verdict, "the module loads at one time and not at another");
        return NULL;
    }
    return plugin;
}

const char *check_status_name(okb_status status)
{
    static const char *const names[] = {"OK",          "DECLINED", "MALFORMED", "ENCRYPTED",
                                        "UNSUPPORTED", "NOMEM",    "IO",        "LIMIT",
                                        "CANCELLED",   "MISUSE",   "INTERNAL"};
    static char number[32];
    if (status <= 0 && (gsize)-status < G_N_ELEMENTS(names))
        return names[-status];
    g_snprintf(number, sizeof number, "the unknown status %d", status);
    return number;
}

bool check_ended_well(Verdict *v, const Run *run, const char *what)
{
    const RunFacts *f = &run->facts;
    if (run->end == RUN_UNABLE)
        return check_fail(v, "%s: %s", what, f->refused);
    if (run->end == RUN_TIMED_OUT)
        return check_fail(v, "%s: did not return within its limit of CPU time", what);
    if (run->end == RUN_DIED && run->signal)
        return check_fail(v, "%s: ended by signal %d (%s)", what, run->signal,
                          g_strsignal(run->signal));
    if (run->end == RUN_DIED)
        return check_fail(v, "%s: ended the process with exit status %d", what,
                          run->exit_status);
    if (f->misused)
        return check_fail(v, "%s: used the host wrongly: %s", what, f->message);
    if (f->returned > 0 || f->returned < OKB_E_INTERNAL)
        return check_fail(v, "%s: returned %s", what, check_status_name(f->returned));
    return true;
}

/* ---- Differences ------------------------------------------------------------------------- */

static char *line_at(const GString *text, gsize at)
{
    gsize begin = MIN(at, text->len), end = begin;
    while (begin > 0 && at - begin < 40 && text->str[begin - 1] != '\n')
        begin--;
    while (end < text->len && end - begin < 80 && text->str[end] != '\n')
        end++;
    g_autofree char *line = g_strndup(text->str + begin, end - begin);
    g_autofree char *valid = g_utf8_make_valid(line, -1);
    return g_strescape(valid, NULL);
}

char *check_difference(const GString *a, const GString *b)
{
    gsize at = 0;
    while (at < a->len && at < b->len && a->str[at] == b->str[at])
        at++;
    g_autofree char *first = line_at(a, at), *second = line_at(b, at);
    return g_strdup_printf("\"%s\" became \"%s\"", first, second);
}
