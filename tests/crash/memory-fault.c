/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Preloaded by memory.py: the n-th allocation of a program fails, or all from there on. In the
 * environment:
 *
 *     OKB_MEMORY_PROGRAM  the name of the program that it is about; others are left in peace
 *     OKB_MEMORY_NOTES    a file of 64-bit numbers, shared by all processes: how many there
 * were, then for each of them from where it was asked for (a hash of the stack) OKB_MEMORY_FAIL
 * N or N+; 0: none, and only then the stacks are looked at
 *
 * Everything goes through malloc: what GLib, SQLite and jansson ask for, too.
 */
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

enum { DEPTH = 24 };

static _Atomic uint64_t *counter;
static uint64_t room, target;
static bool for_ever;
static _Thread_local bool looking;

static _Atomic uint64_t *map(const char *file)
{
    struct stat st;
    int fd = open(file, O_RDWR | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        abort();
    void *notes = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (notes == MAP_FAILED)
        abort();
    room = (uint64_t)st.st_size / sizeof *counter - 1;
    return notes;
}

/* Where it went on with a NULL. Nothing here asks for memory. */
static void tell_place(int number)
{
    static const char text[] = "memory-fault: SIGSEGV at\n";
    void *frames[DEPTH];
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    backtrace_symbols_fd(frames, backtrace(frames, DEPTH), STDERR_FILENO);
    raise(number);
}

/* On a stack of its own: GLib, which asks for memory to tell that there is none, exhausts the
 * usual one. */
static void watch_for_null(void)
{
    static char stack[1 << 16];
    const stack_t place = {.ss_sp = stack, .ss_size = sizeof stack};
    const struct sigaction action = {.sa_handler = tell_place,
                                     .sa_flags = (int)(SA_ONSTACK | SA_RESETHAND)};
    sigaltstack(&place, NULL);
    sigaction(SIGSEGV, &action, NULL);
}

__attribute__((constructor)) static void begin(void)
{
    const char *program = getenv("OKB_MEMORY_PROGRAM");
    const char *notes = getenv("OKB_MEMORY_NOTES");
    const char *fail = getenv("OKB_MEMORY_FAIL");
    if (!program || !notes || !fail || strcmp(program, program_invocation_short_name) != 0)
        return;
    char *rest;
    void *first[1];
    target = strtoul(fail, &rest, 10);
    for_ever = *rest == '+';
    backtrace(first, 1); /* loads what it needs, now */
    watch_for_null();
    counter = map(notes);
}

static void note_place(uint64_t number)
{
    void *frames[DEPTH];
    uint64_t hash = 14695981039346656037u;
    looking = true;
    int depth = backtrace(frames, DEPTH);
    looking = false;
    for (int i = 0; i < depth; i++)
        hash = (hash ^ (uintptr_t)frames[i]) * 1099511628211u;
    if (number <= room)
        counter[number] = hash;
}

static bool fails(void)
{
    if (!counter || looking)
        return false;
    uint64_t number = atomic_fetch_add(counter, 1) + 1;
    if (target == 0)
        note_place(number);
    if (target == 0 || (for_ever ? number < target : number != target))
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    return fails() ? NULL : __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
    *block = aligned_alloc(alignment, size);
    return *block ? 0 : ENOMEM;
}
