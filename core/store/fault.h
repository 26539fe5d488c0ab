/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Switches that leave out one barrier or one check, so that the crash tests can prove that they
 * would notice; those whose names begin with fs- only pretend another file system, where all
 * must hold. okb_pretend() makes something happen that a test waits for: a failure, a race.
 * OPENKB_FAULT names one or more, separated by commas. Compiled to nothing unless
 * OPENKB_TEST_FAULTS is on, which no release build has.
 */
#pragma once

#include <stdbool.h>

#ifdef OPENKB_TEST_FAULTS
bool okb_fault(const char *name);
bool okb_pretend(const char *name);
#else
static inline bool okb_fault(const char *name)
{
    (void)name;
    return false;
}
static inline bool okb_pretend(const char *name)
{
    return okb_fault(name);
}
#endif
