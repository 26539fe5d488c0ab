/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "store/fault.h"

#include <glib.h>

#ifdef OPENKB_TEST_FAULTS
bool okb_fault(const char *name)
{
    const char *wanted = g_getenv("OPENKB_FAULT");
    if (!wanted)
        return false;
    g_auto(GStrv) names = g_strsplit(wanted, ",", -1);
    return g_strv_contains((const char *const *)names, name);
}

bool okb_pretend(const char *name)
{
    return okb_fault(name);
}
#endif
