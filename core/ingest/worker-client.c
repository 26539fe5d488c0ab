/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "ingest/worker-client.h"

#include "plugins/data-sets.h"
#include "plugins/options.h"
#include "plugins/trust.h"
#include "util/cleanup.h"
#include "util/error.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* ---- The program ------------------------------------------------------------------------- */

static char *beside_this_program(const char *relative)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *directory = self ? g_path_get_dirname(self) : NULL;
    return directory ? g_build_filename(directory, relative, NULL) : NULL;
}

/* In order: where the environment says, beside us, in the build tree, where it was installed.
 */
static char *find_program(void)
{
    const char *env = getauxval(AT_SECURE) == 0 ? g_getenv("OPENKB_LIBEXEC") : NULL;
    char *const candidates[] = {
        env ? g_build_filename(env, "openkb-worker", NULL) : NULL,
        beside_this_program("openkb-worker"),
        beside_this_program("../worker/openkb-worker"),
        beside_this_program("../libexec/openkb/openkb-worker"),
        g_strdup(OPENKB_LIBEXEC_DIR "/openkb-worker"),
    };
    char *found = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(candidates); i++) {
        if (!found && candidates[i] && access(candidates[i], X_OK) == 0)
            found = candidates[i];
        else
            g_free(candidates[i]);
    }
    return found;
}

/* ---- Starting ---------------------------------------------------------------------------- */

/* Above the numbers that the worker is given, so that placing one never overwrites another. */
static int lift(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, 32);
}

/* 0 or an errno: with one of them left out the worker would keep what is our caller's. */
static int add_actions(posix_spawn_file_actions_t *actions, const int fds[4])
{
    int result = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDWR, 0);
    if (result == 0)
        result = posix_spawn_file_actions_adddup2(actions, 0, 1);
#ifndef OPENKB_SANITIZE
    if (result == 0)
        result = posix_spawn_file_actions_adddup2(actions, 0, 2);
#endif
    for (int i = 0; i < 4 && result == 0; i++)
        result = posix_spawn_file_actions_adddup2(actions, fds[i], OKB_FD_CONTROL + i);
    if (result == 0)
        result = posix_spawn_file_actions_addclosefrom_np(actions, OKB_FD_MODULE_DIR + 1);
    return result;
}

static int spawn_with(const char *program, const int fds[4], pid_t *ret_pid)
{
    static const char *const argv[] = {"openkb-worker", NULL};
    /* What is bound at the first call would be bound again in the process of each document. */
    static const char *const envp[] = {"LC_ALL=C.UTF-8", "TZ=UTC", "LD_BIND_NOW=1", NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    int result = add_actions(&actions, fds);
    if (result == 0)
        result = posix_spawn(ret_pid, program, &actions, &attributes, (char *const *)argv,
                             (char *const *)envp);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return result;
}

static bool spawn_worker(int control, int slot, int module, int module_dir, pid_t *ret_pid,
                         GError **error)
{
    g_autofree char *program = find_program();
    if (!program)
        return okb_error_set(error, OKB_ERROR_IO,
                             "openkb-worker is not installed in %s: reinstall openkb",
                             OPENKB_LIBEXEC_DIR);
    okb_autofd int c = lift(control), s = lift(slot), m = lift(module), d = lift(module_dir);
    int result = spawn_with(program, (int[]){c, s, m, d}, ret_pid);
    return result == 0 || okb_error_errno(error, result, "cannot start %s", program);
}

/* ---- What it is told --------------------------------------------------------------------- */

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* A converter whose data is missing would "succeed" with less text: it is refused instead. */
static char *list_data(const OkbPlugin *plugin, GError **error)
{
    g_autoptr(GString) list = g_string_new(NULL);
    for (char **name = plugin->data; *name; name++) {
        bool any = false;
        for (const char *const *path = okb_data_set_paths(*name); path && *path; path++) {
            if (!exists(*path))
                continue;
            any = true;
            g_string_append_printf(list, "%s\n", *path);
        }
        if (!any) {
            okb_error_set(error, OKB_ERROR_FAILED,
                          "the data set \"%s\" that it needs is not installed", *name);
            return NULL;
        }
    }
    return g_string_free(g_steal_pointer(&list), FALSE);
}

static bool introduce(const OkbWorkerClient *worker, const OkbWorkerConfig *config,
                      GError **error)
{
    const OkbPlugin *plugin = config->plugin;
    g_autofree char *data = list_data(plugin, error);
    if (!data)
        return false;
    g_autofree char *defaults = okb_plugin_option_defaults(plugin);
    OkbToken token = {worker->token, config->level, config->exec_per_document};
    OkbStart start = {
        .owner_pid = getpid(),
        .level = config->level,
        .abi_minor = plugin->abi_minor,
        .output_version = plugin->output_version,
        .exec_per_document = config->exec_per_document,
        .verbose = config->verbose,
    };
    OkbOutgoing first = {.type = OKB_MESSAGE_TOKEN, .fixed = &token};
    OkbOutgoing second = {
        .type = OKB_MESSAGE_START,
        .fixed = &start,
        .strings = {plugin->id, plugin->version, plugin->module_path, defaults, data},
    };
    return (okb_message_send(worker->control, &first, MSG_DONTWAIT) == 0 &&
            okb_message_send(worker->control, &second, MSG_DONTWAIT) == 0) ||
           okb_error_errno(error, errno, "cannot talk to a new worker");
}

/* Trust is asked again now: the manifest may have been read long ago. */
static int open_module(const OkbPlugin *plugin, int *ret_directory, GError **error)
{
    g_autofree char *reason = NULL;
    g_autofree char *name = g_path_get_basename(plugin->module_path);
    okb_autofd int directory = okb_trust_open_directory(plugin->directory, &reason);
    int module = directory >= 0 ? okb_trust_open_file(directory, name, &reason) : -1;
    if (module < 0)
        okb_error_set(error, OKB_ERROR_FAILED, "%s", reason ? reason : "its directory is gone");
    *ret_directory = okb_steal_fd(&directory);
    return module;
}

static bool start(OkbWorkerClient *worker, const OkbWorkerConfig *config, GError **error)
{
    okb_autofd int directory = -1;
    okb_autofd int module = open_module(config->plugin, &directory, error);
    if (module < 0)
        return false;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return okb_error_errno(error, errno, "cannot make a socket");
    worker->control = ends[0];
    okb_autofd int theirs = ends[1];
    if (getrandom(&worker->token, sizeof worker->token, 0) != sizeof worker->token)
        return okb_error_errno(error, errno, "cannot get random bytes");
    return introduce(worker, config, error) &&
           spawn_worker(theirs, config->slot, module, directory, &worker->pid, error);
}

OkbWorkerClient *okb_worker_client_start(const OkbWorkerConfig *config, GError **error)
{
    OkbWorkerClient *worker = g_new0(OkbWorkerClient, 1);
    worker->plugin = config->plugin;
    worker->exec_per_document = config->exec_per_document;
    worker->control = worker->pidfd = -1;
    bool started = start(worker, config, error);
    if (started)
        worker->pidfd = (int)syscall(SYS_pidfd_open, worker->pid, 0);
    if (started && worker->pidfd < 0)
        started = okb_error_errno(error, errno, "cannot watch a worker");
    if (started)
        return worker;
    okb_worker_client_stop(worker);
    return NULL;
}

/* Only while the leader is still ours to reap: else its number may be another's by now. */
static void kill_group(pid_t leader)
{
    siginfo_t info;
    if (waitid(P_PID, (id_t)leader, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
        kill(-leader, SIGKILL);
}

int okb_worker_client_stop(OkbWorkerClient *worker)
{
    int status = 0;
    if (!worker)
        return status;
    if (worker->pid > 0) {
        kill_group(worker->pid);
        while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
            continue;
    }
    okb_close_fd(&worker->control);
    okb_close_fd(&worker->pidfd);
    g_free(worker);
    return status;
}
