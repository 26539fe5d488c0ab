/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What a child might say over the job socket: the input is datagrams, each after its length in
 * two bytes. They go through a real socket into the pool's side of a job at level reduced,
 * where the pool also creates files. Nothing may appear outside the out directory, and no
 * descriptor may be left.
 */
#include "ingest/pool-job.h"
#include "util/cleanup.h"
#include "util/tree.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char directory[] = "/tmp/openkb-fuzz-XXXXXX";
static OkbPlugin plugin = {.id = (char *)"fuzz"};

static void hold(bool promise)
{
    if (!promise)
        abort();
}

static void remove_directory(void)
{
    okb_tree_remove(AT_FDCWD, directory, NULL);
}

static int open_root(void)
{
    hold(mkdtemp(directory) != NULL);
    atexit(remove_directory);
    return open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static guint count_entries(int root)
{
    guint n = 0;
    g_autoptr(DIR) dir = fdopendir(openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    while (readdir(dir))
        n++;
    return n;
}

static OkbPoolJob *make_job(int root, int *ret_child)
{
    static const OkbLimits limits = {
        .output_bytes = 1000, .files = 4, .wall_ms = 1000, .idle_ms = 1000};
    OkbJob from = {.plugin = &plugin, .source = root, .sibling_dir = root};
    OkbPoolJob *job = okb_pool_job_new(&from, &limits, OKB_LEVEL_REDUCED, false);
    int ends[2];
    okb_tree_remove(root, "out", NULL);
    hold(mkdirat(root, "out", 0700) == 0);
    job->left.out = openat(root, "out", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    hold(mkdirat(job->left.out, "assets", 0700) == 0 &&
         mkdirat(job->left.out, "embeds", 0700) == 0);
    hold(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    job->channel = ends[0];
    *ret_child = ends[1];
    return job;
}

static void say_all(OkbPoolJob *job, int child, const uint8_t *data, size_t size)
{
    static OkbMessage scratch;
    static char answer[OKB_MESSAGE_MAX];
    while (size >= 2) {
        size_t len = (size_t)(data[0] | data[1] << 8);
        data += 2;
        size -= 2;
        len = len < size ? len : size;
        if (send(child, data, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
            break;
        data += len;
        size -= len;
        okb_pool_job_serve(job, &scratch);
        while (recv(child, answer, sizeof answer, MSG_DONTWAIT) > 0)
            continue;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int root = -1;
    if (root < 0)
        root = open_root();
    okb_autofd int child = -1;
    int before = dup(root);
    close(before);
    OkbPoolJob *job = make_job(root, &child);
    say_all(job, child, data, size);
    okb_pool_job_free(job);
    okb_close_fd(&child);
    int after = dup(root);
    close(after);
    hold(before == after);          /* no descriptor was left */
    hold(count_entries(root) == 3); /* ".", ".." and "out" */
    return 0;
}
