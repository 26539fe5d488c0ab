/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "cli/signals.h"

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t stop;
static volatile sig_atomic_t first_signal;

static int code_of(int number)
{
    return number == SIGINT ? OKB_EXIT_INTERRUPTED : OKB_EXIT_TERMINATED;
}

static void note(int number)
{
    if (!first_signal)
        first_signal = number;
    if (stop == 2)
        _exit(code_of(number));
    stop = stop + 1;
}

/* No SA_RESTART: whoever waits is to look at the flag. */
static void handle(int number)
{
    struct sigaction action = {.sa_handler = note};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

static bool is_ignored(int number)
{
    struct sigaction now;
    return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

/* SQLite maps a file that can have holes, and a full disk has nothing to fill them with. What
 * was committed is committed, and the next command recovers: as after any other death. */
static void end_without_page(int number)
{
    static const char text[] =
        "openkb: a file that is mapped cannot be written or read: the disk is full, or fails; "
        "nothing that was committed is lost; make room, then run it again\n";
    (void)number;
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(OKB_EXIT_NO_SPACE);
}

void okb_signals_install(void)
{
    signal(SIGBUS, end_without_page);
    handle(SIGINT);
    handle(SIGTERM);
    if (!is_ignored(SIGHUP))
        handle(SIGHUP);
    signal(SIGPIPE, SIG_IGN);
}

volatile sig_atomic_t *okb_signals_flag(void)
{
    return &stop;
}

int okb_signals_exit_code(void)
{
    return first_signal ? code_of(first_signal) : OKB_EXIT_OK;
}
