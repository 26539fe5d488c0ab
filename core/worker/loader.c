/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "worker/loader.h"

#include "worker/services.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* The smallest descriptor there ever was. */
enum { MIN_DESCRIPTOR = 56 };

static bool __attribute__((format(printf, 2, 3)))
refuse(const char **ret_reason, const char *format, ...)
{
    static char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    *ret_reason = text;
    return false;
}

bool okb_loader_open_eyes(OkbLoaderEyes *ret_eyes)
{
    ret_eyes->maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    ret_eyes->tasks = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return ret_eyes->maps >= 0 && ret_eyes->tasks >= 0;
}

unsigned okb_loader_count_tasks(const OkbLoaderEyes *eyes)
{
    char buffer[2048];
    unsigned n = 0;
    lseek(eyes->tasks, 0, SEEK_SET);
    for (ssize_t len; (len = getdents64(eyes->tasks, buffer, sizeof buffer)) > 0;)
        for (ssize_t at = 0; at < len;) {
            const struct dirent64 *entry = (const struct dirent64 *)(buffer + at);
            n += entry->d_name[0] != '.';
            at += entry->d_reclen;
        }
    return n;
}

/* ---- Which file is mapped ---------------------------------------------------------------- */

static bool line_is_file(const char *line, uintptr_t address, const struct stat *st)
{
    unsigned long begin, end, inode;
    unsigned major_number, minor_number;
    if (sscanf(line, "%lx-%lx %*s %*x %x:%x %lu", &begin, &end, &major_number, &minor_number,
               &inode) != 5 ||
        address < begin || address >= end)
        return false;
    /* Some file systems show another device in maps than in stat: the inode must agree. */
    return inode == st->st_ino;
}

static bool is_mapped_from(int maps, const void *code, const struct stat *st)
{
    lseek(maps, 0, SEEK_SET);
    FILE *file = fdopen(dup(maps), "r");
    bool found = false;
    char line[512];
    while (file && !found && fgets(line, sizeof line, file))
        found = line_is_file(line, (uintptr_t)code, st);
    if (file)
        fclose(file);
    return found;
}

/* ---- The descriptor ---------------------------------------------------------------------- */

static bool check_shape(const okb_plugin *from, const char **ret_reason)
{
    if (!from || from->magic != OKB_PLUGIN_MAGIC || from->struct_size < MIN_DESCRIPTOR)
        return refuse(ret_reason, "its descriptor is not one of an openkb plugin");
    if (from->abi_major != OKB_ABI_MAJOR || from->min_host_minor > OKB_ABI_MINOR)
        return refuse(ret_reason, "it needs plugin ABI %u.%u, this openkb has %u.%u: update it",
                      from->abi_major, from->min_host_minor, OKB_ABI_MAJOR, OKB_ABI_MINOR);
    if (from->flags & 0xffff0000u || from->reserved0 != 0)
        return refuse(ret_reason, "it needs features this openkb does not have: update it");
    return true;
}

static bool check_content(const okb_plugin *plugin, const OkbMessage *start,
                          const char **ret_reason)
{
    const char *id = start->strings[0], *version = start->strings[1];
    if (!plugin->prepare || !plugin->id || !plugin->version)
        return refuse(ret_reason, "its descriptor lacks prepare, id or version");
    if (strcmp(plugin->id, id) != 0)
        return refuse(ret_reason, "it says its id is %.64s, its manifest says %s", plugin->id,
                      id);
    if (strcmp(plugin->version, version) != 0)
        return refuse(ret_reason, "it says its version is %.64s, its manifest says %s",
                      plugin->version, version);
    if (plugin->output_version != start->start.output_version)
        return refuse(ret_reason, "it says its output version is %u, its manifest says %u",
                      plugin->output_version, start->start.output_version);
    return true;
}

static bool copy_descriptor(okb_entry_v1 entry, const OkbMessage *start, okb_plugin *ret_plugin,
                            const char **ret_reason)
{
    const okb_plugin *from = entry(OKB_ABI_MINOR);
    if (!check_shape(from, ret_reason))
        return false;
    memset(ret_plugin, 0, sizeof *ret_plugin);
    memcpy(ret_plugin, from,
           from->struct_size < sizeof *ret_plugin ? from->struct_size : sizeof *ret_plugin);
    return check_content(ret_plugin, start, ret_reason);
}

/* ---- Loading ----------------------------------------------------------------------------- */

static okb_entry_v1 open_module(const char *path, const OkbLoaderEyes *eyes,
                                const char **ret_reason)
{
    struct stat st;
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!module) {
        refuse(ret_reason, "cannot load it: %s", dlerror());
        return NULL;
    }
    void *symbol = dlsym(module, "openkb_plugin_v1");
    if (!symbol)
        refuse(ret_reason, "it does not export openkb_plugin_v1");
    else if (fstat(OKB_FD_MODULE, &st) != 0 || !is_mapped_from(eyes->maps, symbol, &st))
        refuse(ret_reason, "the module that was loaded is not the one that was checked");
    else
        return (okb_entry_v1)symbol;
    return NULL;
}

bool okb_loader_load(const OkbMessage *start, const OkbLoaderEyes *eyes, okb_plugin *ret_plugin,
                     const char **ret_reason)
{
    okb_entry_v1 entry = open_module(start->strings[2], eyes, ret_reason);
    if (!entry || !copy_descriptor(entry, start, ret_plugin, ret_reason))
        return false;
    okb_services_set_defaults(start->strings[3]);
    okb_status status = ret_plugin->warm ? ret_plugin->warm(okb_services_host()) : OKB_OK;
    return status == OKB_OK || refuse(ret_reason, "its warm() failed with status %d", status);
}
