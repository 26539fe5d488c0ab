/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * openkb-worker: hosts one plugin for the pool (ingest/pool.h), confined. Not run by hand: it
 * takes no arguments and expects the descriptors of worker/protocol.h.
 */
#include "worker/guard.h"
#include "worker/hygiene.h"
#include "worker/loop.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef OPENKB_SANITIZE
/* A finding ends by signal, so that it counts as a crash; leaks are looked for by us. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "abort_on_error=1:leak_check_at_exit=0:handle_segv=1";
}
#endif

static bool has_descriptors(void)
{
    for (int fd = OKB_FD_CONTROL; fd <= OKB_FD_MODULE_DIR; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            return false;
    return true;
}

static int usage(void)
{
    fputs("openkb-worker is started by openkb and has no use of its own.\n", stderr);
    return 2;
}

int main(void)
{
    static OkbMessage start;
    OkbConfinement confinement;
    OkbLoaderEyes eyes;
    if (!has_descriptors())
        return usage();
    unsetenv("LD_BIND_NOW"); /* it has done its work, and is no business of a plugin */
    if (!okb_hygiene_close_from(OKB_FD_MODULE_DIR + 1) || !okb_hygiene_settle() ||
        !okb_confine_compile(OKB_FD_CONTROL, &confinement) ||
        okb_message_receive(OKB_FD_CONTROL, &start, 0) != 1 ||
        start.type != OKB_MESSAGE_START || !okb_hygiene_die_with(start.start.owner_pid) ||
        !okb_guard_start(start.start.owner_pid) || !okb_loader_open_eyes(&eyes))
        return OKB_EXIT_UNCONFINED;
    confinement.level = (OkbLevel)start.start.level;
    if (start.start.exec_per_document)
        okb_loop_once(&start, &confinement, &eyes);
    okb_loop_serve(&start, &confinement, &eyes);
}
