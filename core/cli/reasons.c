/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "cli/reasons.h"

#include <glib.h>
#include <string.h>

const OkbReason okb_reasons[] = {
    {"malformed", "open it in the program that made it, save it anew, add it again"},
    {"encrypted", "save a copy without a password and add that"},
    {"unsupported", "convert it to a format that “openkb plugins list” names"},
    {"empty", "the file has no bytes; look at where it came from"},
    {"no-plugin", "“openkb plugins list” shows what can be read; install a plugin"},
    {"declined", "no plugin wants it; “openkb plugins explain FILE” says who was asked"},
    {"missing", "check the path"},
    {"not-a-file", "name a regular file or a directory"},
    {"unreadable", "check its permissions"},
    {"changing", "add it again when nothing writes to it"},
    {"timeout", "give it more time with --wall=SECONDS"},
    {"limit", "allow more with --memory=SIZE or --cpu=SECONDS"},
    {"memory", "allow more with --memory=SIZE, or use fewer --jobs"},
    {"io", "look at the disk and at the system's log, then add it again"},
    {"crashed", "report it to the plugin's authors with the file; --retry-failed tries again"},
    {"violation",
     "the plugin tried something forbidden: report it; do not turn the sandbox off"},
    {"refused", "“openkb plugins list” says why the plugin was not used"},
    {"no-result", "report it to the plugin's authors with the file"},
    {"bundle", "the plugin's result was not acceptable: report it to the plugin's authors"},
    {"misuse", "an error in the plugin: report it to the plugin's authors with the file"},
    {"internal", "report it to the plugin's authors with the file"},
    {"cancelled", "add it again"},
    {"commit", "see the message; add it again"},
    {NULL},
};

const char *okb_reason_advice(const char *name)
{
    for (const OkbReason *reason = okb_reasons; name && reason->name; reason++)
        if (strcmp(reason->name, name) == 0)
            return reason->advice;
    return NULL;
}
