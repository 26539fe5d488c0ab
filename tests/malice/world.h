/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What a malicious plugin may aim at, made by the test and looked at from outside: a canary
 * tree, listeners on 127.0.0.1 and in the throwaway root, a process to be killed. And what it
 * may leave: processes, special files, kernel objects.
 */
#pragma once

#include "malice/kit.h"

typedef struct {
    char root[64]; /* of its own, beside the kit's */
    char plugin_dir[96];
    char tag[12]; /* names processes and keys of this world */
    char *secret;
    int tcp, udp, unix_listener, abstract, inherited;
    guint tcp_port, udp_port;
    pid_t victim;
    char *victim_page; /* shared with the victim */
    char kit_root[96];
    Kit kit;
    char *before; /* what the world looked like */
    char *seen;   /* what was seen during the run */
} World;

/* `orders` are written beside a copy of the plugin; NULL for none. */
void world_open(World *world, const char *plugin_dir, OkbSandboxPolicy policy,
                const char *orders);
void world_close(World *world);

/* "%R" the root, "%K" the kit's root, "%P" the victim's pid, "%A" the address of its page,
 * "%T",
 * "%U" the ports, "%G" the
 * tag, "%S" a number for a shared memory segment. Free with g_free(). */
char *world_expand(const World *world, const char *text);

/* Runs one document while looking at the processes; the outcome is the caller's. */
OkbOutcome world_convert(World *world, const char *text);

/* How long world_harm() waits for writes that come after the end. */
extern gulong world_patience_us;

/* What harm was done, or NULL. */
char *world_harm(World *world, const OkbOutcome *outcome);

/* Whether a process with our tag and this prefix lives. */
bool world_has_process(const World *world, char prefix);
