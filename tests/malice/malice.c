/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The malice kit's driver. Each attempt is made twice in a fresh world: with the sandbox off,
 * where it must do harm (else it proves nothing), and confined, where it must not. From
 * prepare(), from the module's constructor and from warm().
 *
 *     malice PLUGIN-DIR
 *
 * Prints a line for each surprise and a summary; exits 1 when there was one.
 */
#include "malice/plugin/attempts.h"
#include "malice/world.h"

#include "util/cleanup.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

typedef enum {
    ROOT_ONLY = 1u << 0,    /* its control needs root */
    READS = 1u << 1,        /* possible at level reduced: what the user can read is readable */
    PREPARE_ONLY = 1u << 2, /* means the job's out directory */
    LOAD_ONLY = 1u << 3,
    LATE = 1u << 4,      /* its harm comes after the end */
    MAY_LACK = 1u << 5,  /* this kernel may not have it: no control is no surprise */
    INHERITED = 1u << 7, /* closed at every level: its control runs in a fork of this program */
    THREADS = 1u << 6,   /* a sanitizer's filter lets it through */
} Flags;

static const struct {
    const char *order;
    unsigned flags;
} attempts[] = {
    {"create %R/canary/new", 0},
    {"create /dev/shm/openkb-%G", MAY_LACK},
    {"overwrite %R/canary/file", 0},
    {"append %R/canary/file", 0},
    {"map %R/canary/file", 0},
    {"truncating-open %R/canary/file", 0},
    {"truncate %R/canary/file", 0},
    {"unlink %R/canary/file", 0},
    {"rmdir %R/canary/empty", 0},
    {"rename %R/canary/file %R/canary/moved", 0},
    {"exchange %R/canary/file %R/canary/other", 0},
    {"mkdir %R/canary/made", 0},
    {"symlink %R/canary/symlink", 0},
    {"link %R/canary/file %R/canary/linked", 0},
    {"chmod %R/canary/file", 0},
    {"fchmod %R/canary/file", 0},
    {"chown %R/canary/file", ROOT_ONLY},
    {"utime %R/canary/file", 0},
    {"setxattr %R/canary/file", 0},
    {"removexattr %R/canary/file", 0},
    {"tmpfile %R/canary", MAY_LACK},
    {"overwrite %K/copy-0", 0},
    {"truncate %K/copy-0", 0},
    {"rename %K/copy-0 %K/copy-x", 0},
    {"exchange %K/copy-0 %R/canary/file", 0},
    {"reopen-source", PREPARE_ONLY},
    {"overwrite %K/staging/slot-1/9/body.md", 0},
    {"create %K/staging/slot-1/9/new", 0},
    {"create %K/staging/new", 0},
    {"dotdot ../../../../canary/dotdot", PREPARE_ONLY},
    {"dotdot ../../../canary/dotdot", LOAD_ONLY},
    {"link-in %R/canary/file", PREPARE_ONLY},
    {"symlink-in", PREPARE_ONLY},
    {"fifo-in", PREPARE_ONLY},
    {"socket-in", PREPARE_ONLY},
    {"device-in", PREPARE_ONLY | ROOT_ONLY},
    {"read %R/secret", READS | PREPARE_ONLY},
    {"inherited", INHERITED},
    {"tcp %T", 0},
    {"udp %U", 0},
    {"unix %R/socket", 0},
    {"abstract %G", 0},
    {"kill %P", 0},
    {"tgkill %P", 0},
    {"sigqueue %P", 0},
    {"pidfd-kill %P", 0},
    {"prlimit %P", 0},
    {"renice %P", 0},
    {"affinity %P", 0},
    {"ptrace %P", MAY_LACK},
    {"vm-write %P %A", MAY_LACK},
    {"fork f%G", 0},
    {"raw-fork f%G", 0},
    {"vfork %R/canary/spawned", 0},
    {"fork-bomb f%G", 0},
    {"escape-group f%G", 0},
    {"exec %R/canary/executed", 0},
    {"thread f%G", PREPARE_ONLY | THREADS},
    {"late-write %K/staging/slot-0/0/body.md", PREPARE_ONLY | LATE},
    {"late-text", PREPARE_ONLY | LATE},
    {"io-uring k%G", MAY_LACK},
    {"userfaultfd k%G", MAY_LACK},
    {"bpf k%G", MAY_LACK},
    {"perf k%G", MAY_LACK},
    {"unshare k%G", MAY_LACK},
    {"keyctl k%G", MAY_LACK},
    {"mount %R/canary/empty", ROOT_ONLY | MAY_LACK},
    {"shm %S", MAY_LACK},
};

static const char *const stages[] = {"prepare", "constructor", "warm"};

static struct {
    unsigned attempts, harms, useless, unproven;
} counts;

/* Signals take a moment. A control is waited for; the confined run gets a moment too. */
static char *wait_for_harm(World *world, const OkbOutcome *outcome, bool expected)
{
    char *harm = NULL;
    for (int i = 0; i < (expected ? 50 : 2) && !harm; i++) {
        if (i > 0)
            g_usleep(10000);
        harm = world_harm(world, outcome);
    }
    return harm;
}

static char *attempt(const char *plugin_dir, OkbSandboxPolicy policy, guint stage, guint i)
{
    World world;
    g_autofree char *orders =
        stage > 0 ? g_strdup_printf("%s %s\n", stages[stage], attempts[i].order) : NULL;
    world_patience_us = attempts[i].flags & LATE ? 1500000 : 0;
    world_open(&world, plugin_dir, policy, orders);
    OkbOutcome outcome = world_convert(&world, stage == 0 ? attempts[i].order : "sleep 0");
    char *harm = wait_for_harm(&world, &outcome, policy == OKB_SANDBOX_OFF);
    okb_outcome_clear(&outcome);
    world_close(&world);
    return harm;
}

static bool applies(guint stage, unsigned flags)
{
#ifdef OPENKB_SANITIZE
    if (flags & THREADS)
        return false;
#endif
    return !(flags & (stage == 0 ? LOAD_ONLY : PREPARE_ONLY)) &&
           !((flags & ROOT_ONLY) && geteuid() != 0);
}

/* The attempt in a process that got our descriptors and did not close them. */
static char *attempt_in_fork(const char *plugin_dir, guint i)
{
    World world;
    world_open(&world, plugin_dir, OKB_SANDBOX_OFF, NULL);
    OkbOutcome outcome = world_convert(&world, "sleep 0");
    pid_t child = fork();
    if (child == 0) {
        char nothing[] = "";
        malice_try(attempts[i].order, nothing);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    char *harm = world_harm(&world, &outcome);
    okb_outcome_clear(&outcome);
    world_close(&world);
    return harm;
}

static void control(const char *plugin_dir, guint stage, guint i)
{
    g_autofree char *harm = attempts[i].flags & INHERITED
                                ? attempt_in_fork(plugin_dir, i)
                                : attempt(plugin_dir, OKB_SANDBOX_OFF, stage, i);
    if (harm)
        return;
    if (attempts[i].flags & MAY_LACK) {
        counts.unproven++;
        printf("unproven: %s: %s: does nothing here without a sandbox either\n", stages[stage],
               attempts[i].order);
    } else {
        counts.useless++;
        printf("USELESS: %s: %s: did no harm without a sandbox\n", stages[stage],
               attempts[i].order);
    }
}

static void confined(const char *plugin_dir, const char *level, guint stage, guint i)
{
    if ((attempts[i].flags & READS) && !g_str_equal(level, "full"))
        return;
    counts.attempts++;
    g_autofree char *harm = attempt(plugin_dir, OKB_SANDBOX_AUTO, stage, i);
    if (!harm)
        return;
    counts.harms++;
    printf("HARM: %s: %s: %s\n", stages[stage], attempts[i].order, harm);
}

/* ---- The owner's death ------------------------------------------------------------------- */

/* A conversion, and a plugin that has taken over its worker before the first document. */
static const struct {
    const char *what, *orders, *text;
} survivors[] = {
    {"a conversion", NULL, "outlive f%G"},
    {"a process of a worker taken over", "constructor hijack f%G\n", "sleep 0"},
};

static void be_owner(World *world, const char *text)
{
    OkbOutcome outcome = world_convert(world, text);
    okb_outcome_clear(&outcome);
    _exit(0);
}

static bool wait_for_process(const World *world, bool there)
{
    for (int i = 0; i < 300 && world_has_process(world, 'f') != there; i++)
        g_usleep(10000);
    return world_has_process(world, 'f') == there;
}

/* Whether it survives the process that owns it being killed. */
static bool survives_owner(const char *plugin_dir, OkbSandboxPolicy policy, guint i)
{
    World world;
    world_open(&world, plugin_dir, policy, survivors[i].orders);
    pid_t owner = fork();
    if (owner == 0) {
        world.kit.pool = okb_pool_new(
            &(OkbPoolConfig){.staging = world.kit.staging, .slots = 1, .sandbox = policy},
            NULL);
        be_owner(&world, survivors[i].text);
    }
    if (owner < 0)
        abort(); /* and never kill(-1) */
    bool began = wait_for_process(&world, true);
    kill(owner, SIGKILL);
    waitpid(owner, NULL, 0);
    bool survived = !began || !wait_for_process(&world, false);
    world_close(&world);
    return survived;
}

static void owner_death(const char *plugin_dir, guint i)
{
    if (!survives_owner(plugin_dir, OKB_SANDBOX_OFF, i)) {
        counts.useless++;
        printf("USELESS: outliving the owner: %s did not without a sandbox\n",
               survivors[i].what);
    }
    counts.attempts++;
    if (survives_owner(plugin_dir, OKB_SANDBOX_AUTO, i)) {
        counts.harms++;
        printf("HARM: %s outlived its owner\n", survivors[i].what);
    }
}

int main(int argc, char **argv)
{
    const char *plugin_dir = argc > 1 ? argv[1] : MALICE_DIR;
    if (*plugin_dir == '-') {
        fprintf(stderr, "usage: openkb-malice [DIRECTORY]\n");
        return 2;
    }
    int abi;
    World world;
    world_open(&world, plugin_dir, OKB_SANDBOX_AUTO, NULL);
    g_autofree char *level = g_strdup(okb_pool_sandbox(world.kit.pool, &abi));
    world_close(&world);
    for (guint stage = 0; stage < G_N_ELEMENTS(stages); stage++)
        for (guint i = 0; i < G_N_ELEMENTS(attempts); i++) {
            if (!applies(stage, attempts[i].flags))
                continue;
            control(plugin_dir, stage, i);
            confined(plugin_dir, level, stage, i);
        }
    for (guint i = 0; i < G_N_ELEMENTS(survivors); i++)
        owner_death(plugin_dir, i);
    printf("malice: level %s, Landlock ABI %d, user %u: %u attempts, %u harms, %u useless, "
           "%u unproven\n",
           level, abi, geteuid(), counts.attempts, counts.harms, counts.useless,
           counts.unproven);
    return counts.harms || counts.useless ? 1 : 0;
}
