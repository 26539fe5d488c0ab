#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# An error at every system call of openkb that writes, once and from there on. The program must
# neither crash nor hang, must not acknowledge what is not in, must not exit 0 when something is
# missing; and the next command finds everything in order.
#
#   faults.py --build DIR [--errno NAME]... [--workload NAME]... [--limit N] [--slots N]
#             [--case NAME:I:ERRNO[+]] [--looks]
#
# --looks: not at the calls that write but at those that only look, errors that say nothing of the
# file that is looked at: the program must not take it for gone, for another's or for damaged.
import collections
import functools
import sys

import driver
import stage as staging
import workloads

ERRNOS = ["ENOSPC", "EIO", "EROFS", "EDQUOT", "EMFILE", "EACCES", "EINTR"]
PASSING = ["ENOMEM", "EMFILE", "EINTR"]
# An error that the call cannot give, or that the program cannot tell from the truth.
IMPOSSIBLE = {("flock", "ENOSPC"), ("flock", "EIO"), ("flock", "EROFS"), ("flock", "EDQUOT"),
              ("flock", "EMFILE"), ("flock", "EACCES")}
IMPOSSIBLE |= {(name, errno) for name in ("stat", "lstat", "newfstatat", "statx", "getdents64")
               for errno in ("EMFILE", "EINTR")}
# What came out of an exchange and cannot be opened is taken for a person's: kept, and told.
UNREADABLE = "is nobody's, but kept as somebody's"


def judge_run(stage, workload, result, mute):
    """What the command said about itself against what it did; `mute`: it could say nothing."""
    if result.signal or result.status == "timeout":
        return [f"I13: died of {result.signal or result.status}: {result.err[-300:]}"]
    if result.status in (134, 139):
        return [f"I13: gave {result.status}: {result.err[-300:]}"]
    if result.status == 0:
        workloads.succeeded(stage, workload)
    elif not mute and not result.err.strip():
        return [f"I13: gave {result.status} and said nothing"]
    return []


def run_case(stage, workload, call, errno, sticky):
    stage.restore()
    workload.begin(stage)
    what = f"error={errno}" + ("+" if sticky else "")
    result = stage.run(*workload.arguments(stage),
                       strace=staging.injection(stage.program, call, what))
    stage.note_acknowledged(result)
    found = judge_run(stage, workload, result, mute=sticky and call.name == "write")
    found += stage.aftermath(lambda: finish(stage, workload))
    if "wiki/log.md could not be written" in result.err:  # said, and best effort it is
        found = [v for v in found if not v.startswith("I7: wiki/log.md")]
    if sticky and call.name.startswith("open") and "is kept as .openkb/conflicts/" in result.err:
        found = [v for v in found if not v.endswith(UNREADABLE)]
    return f"exit {result.status}", found, stage.left


def finish(stage, workload):
    """What was not done is done when nothing fails any more."""
    if workload.recovers:
        return workload.finish(stage)
    if workload.name == "remove":
        return []
    again = stage.run(*workload.arguments(stage), "--retry-failed")
    return [f"I11: the next {workload.name} gave {again.status}: {again.err[-300:]}"] \
        if again.status != 0 else []


def cases_of(calls, options):
    for call in staging.spread(calls, options.limit):
        for errno in options.errno or (PASSING if options.looks else ERRNOS):
            for sticky in (False, True):
                if (call.name, errno) not in IMPOSSIBLE and not (sticky and errno == "EINTR"):
                    yield call, errno, sticky


def one_workload(workload, work, options):
    stages = driver.stages(work, options, workload.set_up, workload.name)
    find = staging.look_calls if options.looks else staging.write_calls
    calls, _ = find(stages[0], workload.arguments(stages[0]))
    cases = list(cases_of(calls, options))
    if options.case:
        name, index, errno = options.case.split(":")
        cases = [(c, errno.rstrip("+"), errno.endswith("+")) for c in calls
                 if (c.name, c.index) == (name, int(index))]
    outcomes = staging.in_parallel(
        lambda slot, case: run_case(stages[slot], workload, *case), cases, options.slots)
    bad = 0
    for (call, errno, sticky), (outcome, found, _) in zip(cases, outcomes):
        if found:
            bad += 1
            print(f"{workload.name} --case {call.name}:{call.index}:{errno}{'+' * sticky} "
                  f"({outcome}): {call.text}")
            for violation in found:
                print(f"    {violation}")
    counts = collections.Counter(outcome for outcome, _, _ in outcomes)
    states = len({left for _, _, left in outcomes})
    print(f"errno {workload.name}: {len(calls)} calls, {len(cases)} cases "
          f"({', '.join(f'{n} {what}' for what, n in sorted(counts.items()))}), "
          f"{states} states, {bad} with violations", flush=True)
    # Control: a fault that never made a command fail was never injected.
    never = set(counts) == {"exit 0"} and not options.case
    options.tally.add(len(cases), bad + never, states)


def main():
    parser = driver.parser("workload", "limit", "slots", "case", "fault",
                           workload=workloads.WORKLOADS)
    parser.add_argument("--errno", action="append")
    parser.add_argument("--looks", action="store_true")
    options = driver.parse(parser)
    return driver.run("errno", options,
                      [functools.partial(one_workload, workloads.WORKLOADS[name])
                       for name in options.workload or workloads.WORKLOADS])


if __name__ == "__main__":
    sys.exit(main())
