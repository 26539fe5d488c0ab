/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Microseconds per document end to end, for one file and one plugin:
 *
 *     bench-worker PLUGIN-DIR PLUGIN FILE [N]
 *
 * from handing the document to the pool to its outcome, one at a time, confined and not, forked
 * and exec'd; beside a long-lived process that converts in a loop without any isolation.
 */
#include "harness/host.h"
#include "malice/kit.h"
#include "util/cleanup.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

static struct {
    const char *plugin_dir, *plugin;
    char *text;
    gsize len;
    guint n;
} what;

static gint compare(gconstpointer a, gconstpointer b)
{
    gint64 left = *(const gint64 *)a, right = *(const gint64 *)b;
    return (left > right) - (left < right);
}

static void report(const char *label, gint64 *us)
{
    qsort(us, what.n, sizeof *us, compare);
    printf("%-44s %8ld %8ld %8ld\n", label, (long)us[what.n / 2], (long)us[what.n / 10],
           (long)us[0]);
    fflush(stdout);
}

static void convert_once(Kit *kit)
{
    kit_submit_source(kit, what.plugin, what.len, NULL);
    OkbOutcome outcome = kit_wait(kit);
    if (outcome.kind != OKB_OUTCOME_DONE) {
        fprintf(stderr, "bench-worker: %s\n", outcome.message);
        exit(1);
    }
    okb_outcome_clear(&outcome);
}

static void measure_pool(const char *label, OkbSandboxPolicy policy, bool exec)
{
    Kit kit;
    g_autofree gint64 *us = g_new(gint64, what.n);
    kit_open(&kit, what.plugin_dir, policy, 1, NULL);
    ((OkbPlugin *)okb_plugins_find(kit.plugins, what.plugin))->fork_safe = !exec;
    for (guint i = 0; i < what.n + 2; i++) { /* the first two only warm up */
        kit_write_bytes(&kit, what.text, what.len);
        gint64 begin = g_get_monotonic_time();
        convert_once(&kit);
        if (i >= 2)
            us[i - 2] = g_get_monotonic_time() - begin;
    }
    kit_close(&kit);
    report(label, us);
}

static const okb_plugin *open_plugin(void)
{
    g_autofree char *path = g_strdup_printf("%s/%s.so", what.plugin_dir, what.plugin);
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    okb_entry_v1 entry = module ? (okb_entry_v1)dlsym(module, "openkb_plugin_v1") : NULL;
    if (!entry) {
        fprintf(stderr, "bench-worker: %s\n", dlerror());
        exit(1);
    }
    return entry(OKB_ABI_MINOR);
}

/* Answers each byte with a byte, after a conversion in this very process. */
static void serve(int socket)
{
    const okb_plugin *plugin = open_plugin();
    char byte;
    while (read(socket, &byte, 1) == 1) {
        harness_result_free(harness_run(plugin, what.text, what.len, NULL));
        if (write(socket, &byte, 1) != 1)
            break;
    }
    _exit(0);
}

static void measure_long_lived(void)
{
    int ends[2];
    char byte = 0;
    g_autofree gint64 *us = g_new(gint64, what.n);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        exit(1);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        serve(ends[1]);
    }
    close(ends[1]);
    for (guint i = 0; i < what.n + 2; i++) {
        gint64 begin = g_get_monotonic_time();
        if (write(ends[0], &byte, 1) != 1 || read(ends[0], &byte, 1) != 1)
            exit(1);
        if (i >= 2)
            us[i - 2] = g_get_monotonic_time() - begin;
    }
    close(ends[0]);
    waitpid(child, NULL, 0);
    report("long-lived process, no isolation, in memory", us);
}

int main(int argc, char **argv)
{
    if (argc < 4 || !g_file_get_contents(argv[3], &what.text, &what.len, NULL)) {
        fputs("usage: bench-worker PLUGIN-DIR PLUGIN FILE [N]\n", stderr);
        return 2;
    }
    what.plugin_dir = argv[1];
    what.plugin = argv[2];
    what.n = argc > 4 ? (guint)strtoul(argv[4], NULL, 10) : 500;
    printf("%s, %" G_GSIZE_FORMAT " bytes, %u documents; microseconds\n", what.plugin, what.len,
           what.n);
    printf("%-44s %8s %8s %8s\n", "", "median", "p10", "min");
    measure_long_lived();
    measure_pool("worker, fork per document, sandbox off", OKB_SANDBOX_OFF, false);
    measure_pool("worker, fork per document, confined", OKB_SANDBOX_AUTO, false);
    measure_pool("exec per document, sandbox off", OKB_SANDBOX_OFF, true);
    measure_pool("exec per document, confined", OKB_SANDBOX_AUTO, true);
    g_free(what.text);
    return 0;
}
