/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Batches begin, are worked in and end, in four processes, while a fifth takes the lock again
 * and again and reaps. One batch in five is left behind by a process that dies.
 *
 *     reap-race DIR COUNT     prints "COUNT batches, N left by the dead, N reaped, N lost"
 *
 * Lost is a batch of which something vanished while its process lived: exit 1. So is a dead one
 * that is still there in the end.
 */
#include "store/store.h"
#include "util/io.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 4 };

typedef struct {
    _Atomic unsigned begun, dead, lost;
} Counts;

static bool is_there(int dir, const char *name)
{
    return faccessat(dir, name, F_OK, 0) == 0;
}

/* What is made in a batch stays until it is closed, by its name and from the top. */
static bool work_in(OkbKb *kb, OkbStaging *staging)
{
    int dir = okb_staging_dir(staging);
    g_autofree char *file = g_build_filename(okb_staging_path(staging), "file", NULL);
    int fd = openat(dir, "file", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = fd >= 0 && write(fd, "x", 1) == 1;
    if (fd >= 0)
        close(fd);
    g_usleep((gulong)g_random_int_range(0, 400));
    return good && is_there(dir, "file") && is_there(dir, "alive") && is_there(kb->root, file);
}

static void one_batch(OkbKb *kb, Counts *counts, bool dies)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(OkbStaging) staging = okb_staging_open(kb, &error);
    if (!staging)
        g_printerr("%s\n", error->message);
    if (!staging || !work_in(kb, staging))
        counts->lost++;
    if (dies) {
        counts->dead++;
        _exit(0);
    }
}

static void prepare(OkbKb *kb, Counts *counts, unsigned wanted)
{
    while (counts->begun++ < wanted) {
        pid_t child = counts->begun % 5 ? -1 : fork();
        if (child <= 0)
            g_random_set_seed((guint32)getpid() ^ counts->begun
                                                      << 16); /* forks draw the same */
        if (child == 0)
            one_batch(kb, counts, true);
        else if (child > 0)
            waitpid(child, NULL, 0);
        else
            one_batch(kb, counts, false);
    }
    _exit(0);
}

static guint reap(OkbStore *store)
{
    g_autoptr(GError) error = NULL;
    OkbRecoveryReport report;
    okb_recovery_report_init(&report);
    bool good = okb_store_acquire(store, &report, &error) && okb_store_release(store, &error);
    guint reaped = report.reaped;
    okb_recovery_report_clear(&report);
    if (!good)
        g_error("%s", error->message);
    return reaped;
}

static unsigned left_over(OkbKb *kb)
{
    unsigned count = 0;
    g_autofree char *path = g_build_filename(kb->path, ".openkb/staging", NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));)
        count += g_str_has_prefix(name, "batch-") || g_str_has_prefix(name, "dead-");
    return count;
}

static guint race(OkbKb *kb, OkbStore *store, Counts *counts, unsigned wanted)
{
    guint reaped = 0;
    int running = PROCESSES;
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0)
            prepare(kb, counts, wanted);
    while (running > 0) {
        reaped += reap(store);
        while (running > 0 && waitpid(-1, NULL, WNOHANG) > 0)
            running--;
    }
    return reaped + reap(store);
}

int main(int argc, char **argv)
{
    const OkbStoreOptions options = {.create = true, .lock_timeout_ms = -1, .command = "race"};
    unsigned wanted = argc == 3 ? (unsigned)atoi(argv[2]) : 0;
    Counts *counts =
        mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    g_autoptr(GError) error = NULL;
    if (!wanted || counts == MAP_FAILED || !okb_kb_create(argv[1], NULL, &error))
        g_error("reap-race DIR COUNT: %s", error ? error->message : "usage");
    OkbKb *kb = okb_kb_open(argv[1], &error);
    OkbStore *store = kb ? okb_store_open(kb, &options, &error) : NULL;
    if (!store)
        g_error("%s", error->message);
    guint reaped = race(kb, store, counts, wanted);
    unsigned left = left_over(kb);
    printf("%u batches, %u left by the dead, %u reaped, %u lost, %u not reaped\n", wanted,
           counts->dead, reaped, counts->lost, left);
    okb_store_close(store);
    okb_kb_close(kb);
    return counts->lost || left ? 1 : 0;
}
