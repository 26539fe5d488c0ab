/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "worker/confine.h"

#include "worker/hygiene.h"
#include "worker/landlock.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HELPER_SECONDS = 5 }; /* of the processor; it takes some milliseconds */

typedef struct {
    int worker, document;
} Memfds;

/* libseccomp can loop for ever when it lacks memory. That is not the plugin's fault, and must
 * not look like a plugin that hangs. */
static bool limit_time(void)
{
    const struct rlimit seconds = {HELPER_SECONDS, HELPER_SECONDS};
    return setrlimit(RLIMIT_CPU, &seconds) == 0;
}

/* In the helper. Level none needs no filters. */
static bool compile(int control, const Memfds *to)
{
    static OkbMessage message;
    if (okb_message_receive(control, &message, 0) != 1 || message.type != OKB_MESSAGE_TOKEN)
        return false;
    OkbLevel level = (OkbLevel)message.token.level;
    OkbFilterSpec worker = {
        .role = OKB_FILTER_WORKER,
        .level = level,
        .signals_scoped = level == OKB_LEVEL_FULL && okb_landlock_abi() >= 6,
        .fork_token = message.token.token,
    };
    OkbFilterSpec document = {
        .role = OKB_FILTER_DOCUMENT,
        .level = level,
        .threads = message.token.exec_per_document != 0,
        .above_worker = message.token.exec_per_document == 0,
    };
    if (level == OKB_LEVEL_NONE)
        return true;
    return okb_filter_compile(&document, to->document) &&
           (message.token.exec_per_document || okb_filter_compile(&worker, to->worker));
}

static bool run_helper(int control, const Memfds *memfds)
{
    pid_t helper = fork();
    if (helper == 0)
        _exit(limit_time() && compile(control, memfds) ? 0 : 1);
    int status = 0;
    return helper > 0 && waitpid(helper, &status, 0) == helper && status == 0;
}

bool okb_confine_compile(int control, OkbConfinement *ret_confinement)
{
    Memfds memfds = {memfd_create("worker-filter", MFD_CLOEXEC),
                     memfd_create("document-filter", MFD_CLOEXEC)};
    bool done = memfds.worker >= 0 && memfds.document >= 0 && run_helper(control, &memfds);
    memset(ret_confinement, 0, sizeof *ret_confinement);
    /* An empty memfd (level none) maps to nothing; a level that needs it fails on loading. */
    okb_filter_map(memfds.worker, &ret_confinement->worker);
    okb_filter_map(memfds.document, &ret_confinement->document);
    close(memfds.worker);
    close(memfds.document);
    return done;
}

bool okb_confine_worker_paths(OkbConfinement *confinement, const char *data_paths)
{
    if (confinement->level != OKB_LEVEL_NONE && !okb_hygiene_drop_rights())
        return false;
    if (confinement->level != OKB_LEVEL_FULL)
        return true;
    confinement->landlock_abi = okb_landlock_abi();
    return confinement->landlock_abi > 0 &&
           okb_landlock_confine_worker(confinement->landlock_abi, OKB_FD_SLOT,
                                       OKB_FD_MODULE_DIR, data_paths);
}

bool okb_confine_worker(OkbConfinement *confinement, const char *data_paths)
{
    bool done = okb_confine_worker_paths(confinement, data_paths) &&
                (confinement->level == OKB_LEVEL_NONE ||
                 okb_filter_load(&confinement->worker, getpid()));
    okb_filter_unmap(&confinement->worker); /* the token is in it */
    return done;
}

bool okb_confine_document(OkbConfinement *confinement, int out)
{
    if (confinement->level == OKB_LEVEL_FULL &&
        !okb_landlock_confine_document(confinement->landlock_abi, out))
        return false;
    return confinement->level == OKB_LEVEL_NONE ||
           okb_filter_load(&confinement->document, getpid());
}
