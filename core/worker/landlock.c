/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The kernel's own header may be older than the kernel, so that the rights are spelled out
 * here.
 */
#include "worker/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CREATE_VERSION = 1, RULE_PATH_BENEATH = 1 };

#define FS_EXECUTE     (1ull << 0)
#define FS_WRITE_FILE  (1ull << 1)
#define FS_READ_FILE   (1ull << 2)
#define FS_READ_DIR    (1ull << 3)
#define FS_REMOVE_DIR  (1ull << 4)
#define FS_REMOVE_FILE (1ull << 5)
#define FS_MAKE_CHAR   (1ull << 6)
#define FS_MAKE_DIR    (1ull << 7)
#define FS_MAKE_REG    (1ull << 8)
#define FS_MAKE_SOCK   (1ull << 9)
#define FS_MAKE_FIFO   (1ull << 10)
#define FS_MAKE_BLOCK  (1ull << 11)
#define FS_MAKE_SYM    (1ull << 12)
#define FS_REFER       (1ull << 13) /* ABI 2 */
#define FS_TRUNCATE    (1ull << 14) /* ABI 3 */
#define FS_IOCTL_DEV   (1ull << 15) /* ABI 5 */

#define NET_ALL   3ull /* bind and connect TCP; ABI 4 */
#define SCOPE_ALL 3ull /* abstract sockets and signals; ABI 6 */

#define FS_READ (FS_READ_FILE | FS_READ_DIR)
/* What a conversion needs in its out directory: its files are regular, its directories exist.
 */
#define FS_OUT         (FS_WRITE_FILE | FS_TRUNCATE | FS_MAKE_REG | FS_REMOVE_FILE)
#define FS_OF_FILES    (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)
#define FS_ABI_1       ((1ull << 13) - 1)
#define FS_NOT_WRITING (FS_EXECUTE | FS_READ_FILE | FS_READ_DIR | FS_IOCTL_DEV)

typedef struct {
    uint64_t fs, net, scoped;
} Ruleset;

typedef struct __attribute__((packed)) {
    uint64_t allowed;
    int32_t parent;
} PathBeneath;

/* Every program needs these: shared libraries, and what the C library reads by itself. */
static const char *const system_paths[] = {
    "/usr/lib",     "/lib",           "/lib64",
    "/usr/lib64",   "/usr/local/lib", "/etc/ld.so.cache",
    "/dev/null",    "/dev/zero",      "/dev/random",
    "/dev/urandom",
#ifdef OPENKB_SANITIZE
    "/proc", /* the leak checker looks at its own tasks and mappings */
#endif
};

static uint64_t rights_of_abi(int abi)
{
    return FS_ABI_1 | (abi >= 2 ? FS_REFER : 0) | (abi >= 3 ? FS_TRUNCATE : 0) |
           (abi >= 5 ? FS_IOCTL_DEV : 0);
}

static long create_ruleset(const Ruleset *ruleset, size_t size, unsigned flags)
{
    return syscall(SYS_landlock_create_ruleset, ruleset, size, flags);
}

int okb_landlock_abi(void)
{
    long abi = create_ruleset(NULL, 0, CREATE_VERSION);
    return abi > 0 ? (int)abi : 0;
}

/* A kernel refuses a structure with bytes that it does not know, unless they are 0. */
static int make_ruleset(int abi, uint64_t fs, bool everything)
{
    Ruleset ruleset = {
        .fs = fs,
        .net = everything && abi >= 4 ? NET_ALL : 0,
        .scoped = everything && abi >= 6 ? SCOPE_ALL : 0,
    };
    size_t size = abi >= 6   ? sizeof ruleset
                  : abi >= 4 ? offsetof(Ruleset, scoped)
                             : offsetof(Ruleset, net);
    return (int)create_ruleset(&ruleset, size, 0);
}

static bool allow(int ruleset, int fd, uint64_t rights)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return false;
    PathBeneath rule = {S_ISDIR(st.st_mode) ? rights : rights & FS_OF_FILES, fd};
    return syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) == 0;
}

static bool allow_path(int ruleset, const char *path, uint64_t rights)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == EACCES;
    bool done = allow(ruleset, fd, rights);
    close(fd);
    return done;
}

static bool allow_paths(int ruleset, const char *data)
{
    for (size_t i = 0; i < sizeof system_paths / sizeof *system_paths; i++)
        if (!allow_path(ruleset, system_paths[i], FS_READ))
            return false;
    while (*data) {
        size_t len = strcspn(data, "\n");
        char path[PATH_MAX];
        if (len >= sizeof path) {
            errno = ENAMETOOLONG;
            return false;
        }
        memcpy(path, data, len);
        path[len] = '\0';
        if (len > 0 && !allow_path(ruleset, path, FS_READ))
            return false;
        data += len + (data[len] == '\n');
    }
    return true;
}

static bool enforce(int ruleset)
{
    return syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
}

bool okb_landlock_confine_worker(int abi, int slot, int module_dir, const char *data)
{
    uint64_t handled = rights_of_abi(abi);
    int ruleset = make_ruleset(abi, handled, true);
    if (ruleset < 0)
        return false;
    bool done = allow_paths(ruleset, data) && allow(ruleset, module_dir, FS_READ) &&
                allow(ruleset, slot, FS_OUT & handled) && enforce(ruleset);
    close(ruleset);
    return done;
}

bool okb_landlock_confine_document(int abi, int out)
{
    uint64_t handled = rights_of_abi(abi) & ~FS_NOT_WRITING;
    int ruleset = make_ruleset(abi, handled, false);
    if (ruleset < 0)
        return false;
    bool done = allow(ruleset, out, FS_OUT & handled) && enforce(ruleset);
    close(ruleset);
    return done;
}
