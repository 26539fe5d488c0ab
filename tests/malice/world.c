/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "malice/world.h"

#include "util/cleanup.h"
#include "util/digest.h"
#include "util/io.h"
#include "util/tree.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>

gulong world_patience_us = 0;

static void must(bool done, const char *what)
{
    if (done)
        return;
    fprintf(stderr, "world: %s: %s\n", what, g_strerror(errno));
    abort();
}

/* ---- Looking at files -------------------------------------------------------------------- */

static void describe(int parent, const char *name, GString *text)
{
    struct stat st;
    char xattr[256] = "", digest[OKB_DIGEST_HEX] = "";
    if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return;
    okb_autofd int fd =
        S_ISREG(st.st_mode) ? openat(parent, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (fd >= 0) {
        okb_digest_fd(fd, digest);
        if (flistxattr(fd, xattr, sizeof xattr - 1) < 0)
            strcpy(xattr, "?");
    }
    g_string_append_printf(text, "%s %o %u:%u %lu %lu %ld.%09ld %ld.%09ld %s %s\n", name,
                           st.st_mode, st.st_uid, st.st_gid,
                           S_ISDIR(st.st_mode) ? 0 : (gulong)st.st_size, (gulong)st.st_nlink,
                           st.st_mtim.tv_sec, st.st_mtim.tv_nsec, st.st_ctim.tv_sec,
                           st.st_ctim.tv_nsec, xattr, digest);
}

static gint compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Slot 0 is where documents of this world are converted: its content is looked at apart. */
static void describe_tree(const char *path, GString *text)
{
    okb_autofd int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(DIR) dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;)
        if (!g_str_equal(entry->d_name, ".") && !g_str_equal(entry->d_name, "..") &&
            !g_str_equal(entry->d_name, "slot-0"))
            g_ptr_array_add(names, g_strdup(entry->d_name));
    g_ptr_array_sort(names, compare);
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *below = g_build_filename(path, name, NULL);
        describe(fd, name, text);
        describe_tree(below, text);
    }
}

static char *look_at_files(const World *world)
{
    GString *text = g_string_new(NULL);
    describe_tree(world->root, text);
    return g_string_free(text, FALSE);
}

static bool is_special(const struct stat *st)
{
    return !S_ISREG(st->st_mode) ? !S_ISDIR(st->st_mode) : st->st_nlink != 1;
}

static char *look_for_special_files(const char *path)
{
    g_autoptr(DIR) dir = opendir(path);
    struct stat st;
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
        if (g_str_equal(entry->d_name, ".") || g_str_equal(entry->d_name, ".."))
            continue;
        g_autofree char *below = g_build_filename(path, entry->d_name, NULL);
        char *found = lstat(below, &st) == 0 && is_special(&st) ? g_strdup(below) : NULL;
        found = found ? found : look_for_special_files(below);
        if (found)
            return found;
    }
    return NULL;
}

/* ---- Looking at processes ---------------------------------------------------------------- */

static char *read_proc(const char *pid, const char *name)
{
    g_autofree char *path = g_strdup_printf("/proc/%s/%s", pid, name);
    char *text = NULL;
    g_file_get_contents(path, &text, NULL, NULL);
    return text;
}

static bool has_link(const char *pid, const char *directory, const char *needle)
{
    g_autofree char *path = g_strdup_printf("/proc/%s/%s", pid, directory);
    g_autoptr(DIR) dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
        g_autofree char *name = g_build_filename(path, entry->d_name, NULL);
        g_autofree char *target = g_file_read_link(name, NULL);
        if (target && strstr(target, needle))
            return true;
    }
    return false;
}

static bool is_in_other_namespace(const char *pid)
{
    static const char *const names[] = {"uts", "user"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *theirs = g_strdup_printf("/proc/%s/ns/%s", pid, names[i]);
        g_autofree char *ours = g_strdup_printf("/proc/self/ns/%s", names[i]);
        g_autofree char *a = g_file_read_link(theirs, NULL);
        g_autofree char *b = g_file_read_link(ours, NULL);
        if (a && b && !g_str_equal(a, b))
            return true;
    }
    return false;
}

static const char *judge_process(const char *pid)
{
    static const char *const objects[] = {"[io_uring]", "[userfaultfd]", "bpf-map",
                                          "[perf_event]"};
    for (guint i = 0; i < G_N_ELEMENTS(objects); i++)
        if (has_link(pid, "fd", objects[i]))
            return objects[i];
    return is_in_other_namespace(pid) ? "namespace" : NULL;
}

static bool has_tag(const World *world, const char *pid, const char *task, char prefix)
{
    g_autofree char *name = g_strdup_printf("task/%s/comm", task);
    g_autofree char *comm = read_proc(pid, name);
    return comm && comm[0] == prefix && strncmp(comm + 1, world->tag, strlen(world->tag)) == 0;
}

/* "f": a process or thread that should not be; "k": one that holds a kernel object. */
static void look_at_process(World *world, const char *pid)
{
    g_autofree char *tasks = g_strdup_printf("/proc/%s/task", pid);
    g_autoptr(DIR) dir = opendir(tasks);
    for (struct dirent *entry; dir && !world->seen && (entry = readdir(dir)) != NULL;) {
        if (!g_ascii_isdigit(entry->d_name[0]))
            continue;
        if (has_tag(world, pid, entry->d_name, 'f'))
            world->seen = g_strdup_printf("process %s, task %s", pid, entry->d_name);
        else if (has_tag(world, pid, entry->d_name, 'k') && judge_process(pid))
            world->seen = g_strdup(judge_process(pid));
    }
}

static void look_at_processes(World *world)
{
    g_autoptr(DIR) dir = opendir("/proc");
    for (struct dirent *entry; dir && !world->seen && (entry = readdir(dir)) != NULL;)
        if (g_ascii_isdigit(entry->d_name[0]))
            look_at_process(world, entry->d_name);
}

/* What the controls left behind: processes with our tag only. */
static void end_tagged(const World *world)
{
    g_autoptr(DIR) dir = opendir("/proc");
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;)
        if (g_ascii_isdigit(entry->d_name[0]) &&
            has_tag(world, entry->d_name, entry->d_name, 'f'))
            kill(atoi(entry->d_name), SIGKILL);
}

static char *look_at_victim(const World *world)
{
    g_autofree char *pid = g_strdup_printf("%d", world->victim);
    g_autofree char *status = read_proc(pid, "status");
    struct rlimit limit;
    cpu_set_t cpus, ours;
    siginfo_t info = {0}; /* it is left to world_close() to reap: its number must stay taken */
    if (waitid(P_PID, (id_t)world->victim, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) !=
            0 ||
        info.si_pid != 0)
        return g_strdup("the victim died or was stopped");
    if (prlimit(world->victim, RLIMIT_NOFILE, NULL, &limit) != 0 || limit.rlim_cur != 100)
        return g_strdup("the victim's limits changed");
    if (getpriority(PRIO_PROCESS, (id_t)world->victim) != getpriority(PRIO_PROCESS, 0))
        return g_strdup("the victim's priority changed");
    if (sched_getaffinity(world->victim, sizeof cpus, &cpus) != 0 ||
        sched_getaffinity(0, sizeof ours, &ours) != 0 || !CPU_EQUAL(&cpus, &ours))
        return g_strdup("the victim's affinity changed");
    if (world->victim_page[0] != 'v')
        return g_strdup("the victim's memory changed");
    if (!status || !strstr(status, "TracerPid:\t0\n"))
        return g_strdup("the victim is traced");
    return NULL;
}

/* ---- Looking at listeners ---------------------------------------------------------------- */

static char *look_at_listeners(const World *world)
{
    struct pollfd fds[] = {{world->tcp, POLLIN, 0},
                           {world->udp, POLLIN, 0},
                           {world->unix_listener, POLLIN, 0},
                           {world->abstract, POLLIN, 0}};
    return poll(fds, G_N_ELEMENTS(fds), 0) > 0 ? g_strdup("a listener heard something") : NULL;
}

static int listen_on(int domain, int type, const void *address, socklen_t len)
{
    int fd = socket(domain, type | SOCK_CLOEXEC, 0);
    must(fd >= 0 && bind(fd, address, len) == 0, "bind");
    must(type != SOCK_STREAM || listen(fd, 4) == 0, "listen");
    return fd;
}

static int listen_on_port(int type, guint *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = listen_on(AF_INET, type, &address, len);
    must(getsockname(fd, (struct sockaddr *)&address, &len) == 0, "getsockname");
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static void open_listeners(World *world)
{
    struct sockaddr_un path = {.sun_family = AF_UNIX}, abstract = {.sun_family = AF_UNIX};
    snprintf(path.sun_path, sizeof path.sun_path, "%s/socket", world->root);
    strcpy(abstract.sun_path + 1, world->tag);
    world->tcp = listen_on_port(SOCK_STREAM, &world->tcp_port);
    world->udp = listen_on_port(SOCK_DGRAM, &world->udp_port);
    world->unix_listener = listen_on(AF_UNIX, SOCK_STREAM, &path, sizeof path);
    world->abstract =
        listen_on(AF_UNIX, SOCK_STREAM, &abstract,
                  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(world->tag)));
}

/* ---- Making a world ---------------------------------------------------------------------- */

static void start_victim(World *world)
{
    world->victim_page =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(world->victim_page != MAP_FAILED, "mmap");
    world->victim_page[0] = 'v';
    world->victim = fork();
    if (world->victim == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    struct rlimit limit = {100, 4096};
    must(world->victim > 0 && prlimit(world->victim, RLIMIT_NOFILE, &limit, NULL) == 0,
         "victim");
}

static void write_file(const World *world, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(world->root, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    must(g_mkdir_with_parents(parent, 0755) == 0 && g_file_set_contents(path, text, -1, NULL),
         path);
}

static void make_canaries(World *world)
{
    world->secret = g_strdup_printf("secret-%08x%08x", g_random_int(), g_random_int());
    write_file(world, "canary/file", "a canary\n");
    write_file(world, "canary/other", "another canary\n");
    write_file(world, "secret", world->secret);
    g_autofree char *empty = g_build_filename(world->root, "canary/empty", NULL);
    g_autofree char *file = g_build_filename(world->root, "canary/file", NULL);
    must(mkdir(empty, 0755) == 0, empty);
    setxattr(file, "user.canary", "x", 1, 0);
    g_autofree char *inherited = g_build_filename(world->root, "canary/inherited", NULL);
    int fd = open(inherited, O_WRONLY | O_CREAT, 0600);
    world->inherited = fcntl(fd, F_DUPFD, 100); /* survives an exec that does not close it */
    close(fd);
}

static void copy_plugin(const World *world, const char *from, const char *orders)
{
    static const char *const names[] = {"malice.so", "malice.okbplugin"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *source = g_build_filename(from, names[i], NULL);
        g_autofree char *target = g_build_filename(world->plugin_dir, names[i], NULL);
        g_autofree char *bytes = NULL;
        gsize len;
        must(g_file_get_contents(source, &bytes, &len, NULL) &&
                 g_file_set_contents_full(target, bytes, (gssize)len, G_FILE_SET_CONTENTS_NONE,
                                          0644, NULL),
             source);
    }
    g_autofree char *expanded = orders ? world_expand(world, orders) : NULL;
    write_file(world, "plugins/orders", expanded ? expanded : "");
}

void world_open(World *world, const char *plugin_dir, OkbSandboxPolicy policy,
                const char *orders)
{
    *world = (World){0};
    strcpy(world->root, "/tmp/openkb-world-XXXXXX");
    must(mkdtemp(world->root) != NULL, world->root);
    g_snprintf(world->plugin_dir, sizeof world->plugin_dir, "%s/plugins", world->root);
    g_snprintf(world->tag, sizeof world->tag, "%08x", g_random_int());
    must(mkdir(world->plugin_dir, 0755) == 0, world->plugin_dir);
    make_canaries(world);
    open_listeners(world);
    start_victim(world);
    g_snprintf(world->kit_root, sizeof world->kit_root, "%s/kit", world->root);
    copy_plugin(world, plugin_dir, orders);
    kit_open_at(&world->kit, world->kit_root, world->plugin_dir, policy, 2, NULL);
    /* Something of another slot. */
    must(mkdirat(world->kit.staging, "slot-1/9", 0700) == 0, "slot-1/9");
    write_file(world, "kit/staging/slot-1/9/body.md", "of another slot\n");
}

void world_close(World *world)
{
    kit_close(&world->kit);
    end_tagged(world);
    g_autofree char *mount_point = g_build_filename(world->root, "canary/empty", NULL);
    umount2(mount_point, MNT_DETACH);
    kill(world->victim, SIGKILL);
    waitpid(world->victim, NULL, 0);
    munmap(world->victim_page, 4096);
    const int fds[] = {world->tcp, world->udp, world->unix_listener, world->abstract,
                       world->inherited};
    for (guint i = 0; i < G_N_ELEMENTS(fds); i++)
        close(fds[i]);
    okb_tree_remove(AT_FDCWD, world->root, NULL);
    g_free(world->secret);
    g_free(world->before);
    g_free(world->seen);
}

static int shm_key(const World *world)
{
    return (int)(strtoul(world->tag, NULL, 16) & 0x3fffffff) | 1;
}

/* Kernel objects that outlive their maker. Found ones are removed. */
static char *look_at_kernel_objects(const World *world)
{
    int segment = shmget(shm_key(world), 0, 0);
    if (segment >= 0) {
        shmctl(segment, IPC_RMID, NULL);
        return g_strdup("a shared memory segment was made");
    }
    g_autofree char *shared = g_strdup_printf("/dev/shm/openkb-%s", world->tag);
    if (unlink(shared) == 0)
        return g_strdup("a file was made in /dev/shm");
    g_autofree char *keys = NULL;
    g_file_get_contents("/proc/keys", &keys, NULL, NULL);
    g_auto(GStrv) lines = g_strsplit(keys ? keys : "", "\n", -1);
    for (char **line = lines; *line; line++)
        if (strstr(*line, world->tag)) {
            syscall(SYS_keyctl, 9 /* unlink */, strtol(*line, NULL, 16), -4);
            return g_strdup("a key was made");
        }
    g_autofree char *mounts = NULL;
    g_file_get_contents("/proc/self/mountinfo", &mounts, NULL, NULL);
    return mounts && strstr(mounts, world->root) ? g_strdup("something was mounted") : NULL;
}

static void replace(GString *text, const char *from, const char *to)
{
    g_string_replace(text, from, to, 0);
}

char *world_expand(const World *world, const char *order)
{
    GString *text = g_string_new(order);
    char number[32];
    replace(text, "%R", world->root);
    replace(text, "%K", world->kit_root);
    replace(text, "%G", world->tag);
    g_snprintf(number, sizeof number, "%d", world->victim);
    replace(text, "%P", number);
    g_snprintf(number, sizeof number, "%lx", (gulong)world->victim_page);
    replace(text, "%A", number);
    g_snprintf(number, sizeof number, "%u", world->tcp_port);
    replace(text, "%T", number);
    g_snprintf(number, sizeof number, "%u", world->udp_port);
    replace(text, "%U", number);
    g_snprintf(number, sizeof number, "%d", shm_key(world));
    replace(text, "%S", number);
    return g_string_free(text, FALSE);
}

OkbOutcome world_convert(World *world, const char *order)
{
    g_autofree char *text = world_expand(world, order);
    kit_write_source(&world->kit, text);
    world->before = look_at_files(world);
    kit_submit_source(&world->kit, "malice", strlen(text), NULL);
    for (;;) {
        OkbOutcome outcome;
        g_autoptr(GError) error = NULL;
        OkbPoolStatus status = okb_pool_wait(world->kit.pool, 20, &outcome, &error);
        look_at_processes(world);
        if (status == OKB_POOL_OUTCOME)
            return outcome;
        must(status != OKB_POOL_ERROR, error ? error->message : "wait");
    }
}

static void describe_left(const char *slot, const OkbOutcome *outcome, GString *text)
{
    g_autoptr(GBytes) body = okb_io_read_file(outcome->left.body, 1 << 20, "body.md", NULL);
    gsize len = 0;
    const char *bytes = body ? g_bytes_get_data(body, &len) : NULL;
    describe_tree(slot, text);
    g_string_append_len(text, bytes ? bytes : "", (gssize)len);
}

/* Nothing may change in what was left once the outcome is there. */
static char *look_for_late_writes(const char *slot, const OkbOutcome *outcome)
{
    GString *now = g_string_new(NULL), *later = g_string_new(NULL);
    describe_left(slot, outcome, now);
    g_usleep(world_patience_us);
    describe_left(slot, outcome, later);
    char *harm = g_string_equal(now, later) ? NULL : g_strdup("written after the end");
    g_string_free(now, TRUE);
    g_string_free(later, TRUE);
    return harm;
}

bool world_has_process(const World *world, char prefix)
{
    bool found = false;
    g_autoptr(DIR) dir = opendir("/proc");
    for (struct dirent *entry; dir && !found && (entry = readdir(dir)) != NULL;)
        found = g_ascii_isdigit(entry->d_name[0]) &&
                has_tag(world, entry->d_name, entry->d_name, prefix);
    return found;
}

char *world_harm(World *world, const OkbOutcome *outcome)
{
    g_autofree char *body = kit_body(&world->kit, outcome, NULL);
    g_autofree char *slot = g_build_filename(world->kit.root, "staging/slot-0", NULL);
    char *harm = look_for_special_files(slot);
    harm = harm ? harm : look_at_listeners(world);
    harm = harm ? harm : look_at_victim(world);
    harm = harm ? harm : look_at_kernel_objects(world);
    look_at_processes(world);
    harm = harm ? harm : g_strdup(world->seen);
    if (!harm && body && strstr(body, world->secret))
        harm = g_strdup("a secret was read");
    g_autofree char *after = look_at_files(world);
    if (!harm)
        harm = look_for_late_writes(slot, outcome);
    if (!harm && !g_str_equal(world->before, after))
        harm = g_strdup("files changed");
    return harm;
}
