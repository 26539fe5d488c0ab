/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A plugin for the tests of openkb-plugin-check. It passes every check. Built with -DFAULT=n it
 * fails exactly one of them: the place where is marked by `fault == ...`.
 *
 * A source is "FIX1" and a newline, then lines of text.
 */
#include "faults.h"

#include <openkb/plugin.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const volatile int fault = FAULT;
static volatile unsigned long sink;

/* ---- Bad manners ------------------------------------------------------------------------- */

static void burn(double seconds)
{
    for (clock_t end = clock() + (clock_t)(seconds * CLOCKS_PER_SEC); clock() < end;)
        sink++;
}

static bool is_confined(void)
{
    return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != 0;
}

static void *idle(void *nothing)
{
    return nothing;
}

/* Scribbles into the first directory it finds open. */
static bool scribbles(void)
{
    struct stat st;
    for (int fd = 3; fd < 16; fd++)
        if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
            return close(openat(fd, "scribble", O_CREAT | O_WRONLY, 0600)) == 0 &&
                   unlinkat(fd, "scribble", 0) == 0;
    return false;
}

static void misbehave(void)
{
    pthread_t thread;
#if FAULT == FAULT_imports
    if (sink == 1)
        sink += (unsigned long)system("true");
#endif
    if (fault == FAULT_one_thread && !is_confined() &&
        pthread_create(&thread, NULL, idle, NULL) == 0)
        pthread_join(thread, NULL);
    if (fault == FAULT_denied_calls)
        syscall(SYS_socket, 1, 1, 0);
    if (fault == FAULT_no_writes && !is_confined())
        open("/dev/null/file", O_WRONLY | O_CREAT, 0600);
    if (fault == FAULT_valgrind) {
        volatile size_t size = 10; /* where the compiler does not see it */
        volatile char *bytes = malloc(size);
        sink += bytes ? (unsigned char)bytes[size + 1] : 0;
        free((void *)bytes);
    }
}

/* ---- The source -------------------------------------------------------------------------- */

static char *read_all(int fd, size_t size)
{
    char *bytes = malloc(size + 1);
    for (size_t done = 0; bytes && done < size;) {
        ssize_t n = read(fd, bytes + done, size - done);
        if (n < 0 && errno == EINTR && fault != FAULT_unmapped)
            continue;
        if (n <= 0)
            return bytes;
        done += (size_t)n;
        if (fault == FAULT_unmapped) {
            memset(bytes + done, 'u', size - done);
            break;
        }
    }
    return bytes;
}

/* A copy in which everything but printable ASCII and newlines is "?". NULL: no memory. */
static char *clean(const char *bytes, size_t size)
{
    char *copy = malloc(size + 1);
    for (size_t i = 0; copy && i < size; i++)
        copy[i] =
            (char)((bytes[i] >= ' ' && bytes[i] < 0x7f) || bytes[i] == '\n' ? bytes[i] : '?');
    return copy;
}

static bool is_png(const char *bytes, size_t size)
{
    return size > 4 && memcmp(bytes + 1, "PNG", 3) == 0;
}

static okb_status look_at(const char *bytes, size_t size)
{
    if (fault == FAULT_truncation && (size == 1 || size == 2))
        abort();
    if (fault == FAULT_foreign_answers && is_png(bytes, size))
        return 77;
    if (size < 5 || memcmp(bytes, "FIX1", 4) != 0)
        return OKB_DECLINED;
    if (fault == FAULT_bit_flips)
        for (size_t i = 0; i < size && i < 128; i++)
            if (bytes[i] & 0x80)
                abort();
    if (fault == FAULT_bounds)
        sink += ((const volatile unsigned char *)bytes)[size];
    if (fault == FAULT_converts && strncmp(bytes + 5, "Second", 6) == 0)
        return OKB_E_UNSUPPORTED;
    return OKB_OK;
}

/* ---- The text ---------------------------------------------------------------------------- */

typedef struct {
    okb_job *job;
    const okb_host *host;
} call;

static okb_status put(call c, const char *text)
{
    return c.host->body_write(c.job, text, strlen(text));
}

static okb_status facts(call c)
{
    okb_str date = fault == FAULT_metadata ? OKB_STR("yesterday") : OKB_STR("2024-05-01");
    okb_str code = fault == FAULT_warnings ? OKB_STR("oops") : OKB_STR(OKB_W_STRUCTURE);
    okb_status status = c.host->meta(c.job, OKB_STR(OKB_M_TITLE), OKB_STR("Fixture"));
    if (status == OKB_OK)
        status = c.host->meta(c.job, OKB_STR(OKB_M_CREATED), date);
    c.host->warn(c.job, code, 0, OKB_STR("lines are taken as they are"));
    if (status == OKB_OK)
        status = c.host->outline(c.job, 1, OKB_STR("Fixture"), 1);
    return status == OKB_OK || fault != FAULT_host_failures ? status : 1;
}

static okb_status head(call c)
{
    okb_status status = c.host->page_begin(c.job, 1, OKB_STR("i"));
    if (status == OKB_OK && fault == FAULT_heading_astray)
        status = put(c, "not here");
    if (status == OKB_OK)
        status = c.host->heading(c.job, fault == FAULT_parsed ? 2 : 1, OKB_STR("Fixture"),
                                 fault != FAULT_structure);
    return status == OKB_OK ? put(c, "# Fixture\n\n") : status;
}

static okb_status picture(call c)
{
    okb_asset_id id;
    okb_status status =
        c.host->asset_begin(c.job, OKB_STR("image/png"), OKB_STR("dot"), &id, NULL);
    if (status == OKB_OK)
        status = c.host->asset_write(c.job, id, "\x89PNG\r\n\x1a\n", 8);
    if (status == OKB_OK)
        status = c.host->asset_end(c.job, id);
    if (status == OKB_OK)
        status = put(c, "![dot](");
    if (status == OKB_OK && fault == FAULT_asset_refs)
        status = put(c, "okb-asset:00000001");
    if (status == OKB_OK)
        status = c.host->body_asset_ref(c.job, id, OKB_STR("dot"));
    return status == OKB_OK ? put(c, ")\n") : status;
}

/* A data set that makes a difference, and a warning when it is not there. */
static okb_status zone(call c)
{
    int fd = open("/usr/share/zoneinfo/UTC", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        c.host->warn(c.job, OKB_STR("x-no-zones"), 0, OKB_STR("there is no time zone"));
        return put(c, "\nNo zones.\n");
    }
    close(fd);
    return put(c, "\nZones.\n");
}

static okb_status surroundings(call c)
{
    static int documents;
    char text[64] = "";
    time_t now = time(NULL);
    if (fault == FAULT_deterministic)
        snprintf(text, sizeof text, "\nYear %d.\n", gmtime(&now)->tm_year);
    if (fault == FAULT_order)
        snprintf(text, sizeof text, "\nDocument %d.\n", ++documents);
    if (fault == FAULT_confined)
        snprintf(text, sizeof text, "\nConfined: %d.\n", is_confined());
    if (fault == FAULT_old_kernels && is_confined() && !scribbles())
        snprintf(text, sizeof text, "\nNo place to scribble.\n");
    if (fault == FAULT_golden)
        snprintf(text, sizeof text, "\nSomething new.\n");
    if (fault == FAULT_active_html)
        snprintf(text, sizeof text, "\nA <b title=\"`\" onclick=\"go()\">click</b>.\n");
    if (fault == FAULT_active_link)
        snprintf(text, sizeof text, "\nA [click](JavaScript:go\\(\\)).\n");
    if (fault == FAULT_control)
        snprintf(text, sizeof text, "\n```\nA \x1b[1mbold\x1b[0m line.\n```\n");
    if (fault == FAULT_dialect)
        snprintf(text, sizeof text, "\nA blank. \n");
    return *text ? put(c, text) : OKB_OK;
}

static okb_status lines(call c, const char *text, size_t size)
{
    okb_status status = put(c, "\n");
    for (const char *line = text, *end; line < text + size && status == OKB_OK; line = end) {
        end = memchr(line, '\n', (size_t)(text + size - line));
        end = end ? end + 1 : text + size;
        if (fault == FAULT_bombs && end - line > 1000000)
            abort();
        status = c.host->body_write(c.job, line, (size_t)(end - line));
        if (status == OKB_OK)
            status = c.host->progress(c.job, (uint64_t)(line - text), size);
    }
    if (status == OKB_E_CANCELLED && fault == FAULT_cancellation)
        burn(0.4);
    return status == OKB_OK && size && text[size - 1] != '\n' ? put(c, "\n") : status;
}

static okb_status write_text(call c, const char *text, size_t size)
{
    okb_status status = facts(c);
    if (status == 1)
        return OKB_OK;
    okb_status (*const steps[])(call) = {head, picture, zone, surroundings};
    for (size_t i = 0; i < sizeof steps / sizeof *steps && status == OKB_OK; i++)
        status = steps[i](c);
    return status == OKB_OK ? lines(c, text, size) : status;
}

/* ---- The conversion ---------------------------------------------------------------------- */

static bool is_low(call c)
{
    okb_limits limits = {.struct_size = sizeof limits};
    c.host->limits(c.job, &limits);
    return limits.max_body_bytes < 1 << 20;
}

static okb_status convert(call c, const char *bytes, size_t size)
{
    okb_status status = look_at(bytes, size);
    if (status != OKB_OK)
        return status;
    if (fault == FAULT_heartbeat && size >= 2 << 20 && size < (2 << 20) + 1000 &&
        memcmp(bytes + size - 4, "end\n", 4) == 0)
        burn(2.2);
    if (fault == FAULT_memory) {
        void *much = malloc((size_t)600 << 20);
        if (!much)
            return OKB_E_NOMEM;
        sink += (unsigned long)much;
        free(much);
    }
    char *text = clean(bytes, size);
    if (!text && fault == FAULT_memory_failures)
        return write_text(c, "", 0);
    if (!text)
        return OKB_E_NOMEM;
    status = write_text(c, text + 5, size - 5);
    free(text);
    return fault == FAULT_limits && is_low(c) ? OKB_OK : status;
}

static okb_status prepare(okb_job *job, const okb_host *host, const okb_source *source)
{
    char *owned = NULL;
    misbehave();
    if (fault == FAULT_host_sizes && host->struct_size > sizeof *host)
        (*(void (**)(void))(host + 1))();
    if (!source->data && source->size > 0 && !(owned = read_all(source->fd, source->size)))
        return OKB_E_NOMEM;
    okb_status status = convert((call){job, host},
                                owned          ? owned
                                : source->data ? source->data
                                               : "",
                                (size_t)source->size);
    free(owned);
    return status;
}

/* ---- Loading ----------------------------------------------------------------------------- */

/* Whether this process was not made for one conversion. */
static bool is_check(void)
{
    char text[4096];
    if (is_confined())
        return false;
    int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text) : -1;
    close(fd);
    return n > 0 && memmem(text, (size_t)n, "--run-one", 9) == NULL;
}

#if FAULT == FAULT_load_time
/* Slow only where it is measured. */
static void __attribute__((constructor)) load_slowly(void)
{
    if (is_check())
        burn(0.15);
}
#endif

static okb_status warm(const okb_host *host)
{
    (void)host;
    if (fault == FAULT_quiet_load)
        signal(SIGUSR1, SIG_IGN);
    if (fault == FAULT_leaves_warm || (fault == FAULT_leaves_check && is_check()))
        _exit(0);
    return OKB_OK;
}

static const okb_plugin plugin = {
    .magic = FAULT == FAULT_descriptor ? 1 : OKB_PLUGIN_MAGIC,
    .struct_size = sizeof(okb_plugin),
    .abi_major = OKB_ABI_MAJOR,
    .abi_minor = OKB_ABI_MINOR,
    .output_version = 1,
    .id = "fixture",
    .version = FAULT == FAULT_agrees ? "2.0" : "1.0",
    .warm = warm,
    .prepare = prepare,
};

#if FAULT == FAULT_loads
void okb_no_such_function(void);
#endif
#if FAULT == FAULT_one_export
OKB_EXPORT int fixture_helper(void);
OKB_EXPORT int fixture_helper(void)
{
    return 1;
}
#endif

OKB_EXPORT const okb_plugin *openkb_plugin_v1(uint32_t host_minor)
{
#if FAULT == FAULT_loads
    okb_no_such_function();
#endif
    return fault == FAULT_entry && host_minor > 1000 ? NULL : &plugin;
}
