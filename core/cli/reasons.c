/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "cli/reasons.h"

#include <glib.h>
#include <string.h>

const OkbReason okb_reasons[] = {
    {"malformed", "open it in the program that made it, save it anew, add it again"},
    {"encrypted", "save a copy without a password and add that"},
    {"unsupported", "convert it to a format that `openkb plugins list` names"},
    {"empty", "the file has no bytes; look at where it came from"},
    {"no-plugin", "`openkb plugins list` shows what can be read; install a plugin"},
    {"missing", "check the path"},
    {"not-a-file", "name a regular file or a directory"},
    {"unreadable", "check its permissions"},
    {"empty-directory", "mount what belongs there, or delete the directory if nothing does"},
    {"changing", "add it again when nothing writes to it"},
    {"no-space", "free some space and add it again"},
    {"timeout", "give it more time with --wall=SECONDS"},
    {"limit", "allow more with --memory=SIZE, --cpu=SECONDS or --wall=SECONDS"},
    {"no-memory", "allow more with --memory=SIZE, or use fewer --jobs"},
    {"io", "look at the disk and at the system's log, then add it again"},
    {"crashed", "report it to the plugin's authors with the file; --retry-failed tries again"},
    {"violation", "do not trust the file or the plugin; report it, and leave the sandbox on"},
    {"refused", "`openkb plugins list` says why the plugin was not used"},
    {"no-result", "report it to the plugin's authors with the file"},
    {"invalid-result", "report it to the plugin's authors with the file"},
    {"misuse", "an error in the plugin: report it to its authors with the file"},
    {"internal", "an error in the plugin: report it to its authors with the file"},
    {"cancelled", "add it again"},
    {"not-committed", "read the message, then `openkb doctor`; add it again"},
    {"not-written", "read the message; --force replaces a file that exists"},
    {NULL},
};

const char *okb_reason_advice(const char *name)
{
    for (const OkbReason *reason = okb_reasons; name && reason->name; reason++)
        if (strcmp(reason->name, name) == 0)
            return reason->advice;
    return NULL;
}
