#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# SIGKILL at every system call of openkb that writes: the call is not executed, the process is
# gone. After each case the next command recovers, and the checker holds what is left against the
# invariants and against what had been acknowledged. Then the interrupted command is given again
# and has to bring everything in.
#
#   kill.py --build DIR [--work DIR] [--workload NAME]... [--limit N] [--slots N] [--case NAME:I]
#
# --limit N takes N of the cases of each workload, evenly. --case repeats one. --work DIR keeps the
# stages.
import collections
import functools
import pathlib
import sys

import driver
import stage as staging
import workloads

Case = collections.namedtuple("Case", "workload call")


def kill(stage, arguments, call, name="SIGKILL"):
    return stage.run(*arguments,
                     strace=staging.injection(stage.program, call, f"signal={name}"))


def stop_case(stage, workload, call, name):
    stage.restore()
    workload.begin(stage)
    result = kill(stage, workload.arguments(stage), call, name)
    stage.note_acknowledged(result)
    found = []
    if result.signal or result.status not in (0, 130 if name == "SIGINT" else 143):
        found.append(f"I13: {name} gave {result.signal or result.status}: {result.err[-300:]}")
    if result.status == 0:
        workloads.succeeded(stage, workload)
    if workload.recovers:
        found += stage.aftermath(lambda: workload.finish(stage))
    else:  # it stopped in order: nothing is left to be recovered
        found += stage.judge_once(lambda: stage.judge() + workload.finish(stage))
    return f"exit {result.status}", found, stage.left


def run_case(stage, workload, call):
    stage.restore()
    workload.begin(stage)
    result = kill(stage, workload.arguments(stage), call)
    stage.note_acknowledged(result)
    if result.signal is None and result.status != 0:
        return "broken", [f"gave {result.status} without being killed: {result.err[-300:]}"], None
    found = stage.aftermath(lambda: workload.finish(stage))
    return "killed" if result.signal else "not reached", found, stage.left


# ---- Driver

def one_workload(workload, work, options):
    stages = driver.stages(options.work or work, options, workload.set_up, workload.name)
    calls, result = staging.write_calls(stages[0], workload.arguments(stages[0]))
    if result.status != 0:
        sys.exit(f"{workload.name}: without a fault it gave {result.status}:\n{result.err}")
    chosen = staging.spread(calls, options.limit)
    if options.case:
        name, index = options.case.split(":")
        chosen = [c for c in calls if (c.name, c.index) == (name, int(index))]

    def run(slot, call):
        if options.signal:
            return stop_case(stages[slot], workload, call, options.signal)
        return run_case(stages[slot], workload, call)

    outcomes = staging.in_parallel(run, chosen, options.slots)
    report(options.tally, options.signal or "kill", workload.name, calls, chosen, outcomes)


def report(tally, suite, name, calls, chosen, outcomes):
    """Prints the cases that broke something and the counts, and adds them to the tally."""
    bad = 0
    for call, (outcome, found, _) in zip(chosen, outcomes):
        if found:
            bad += 1
            print(f"{name} --case {call.name}:{call.index} ({outcome}): {call.text}")
            for violation in found:
                print(f"    {violation}")
    counts = collections.Counter(outcome for outcome, _, _ in outcomes)
    states = len({left for _, _, left in outcomes})
    print(f"{suite} {name}: {len(calls)} calls that write, {len(chosen)} cases "
          f"({', '.join(f'{n} {what}' for what, n in sorted(counts.items()))}), "
          f"{states} states, {bad} with violations", flush=True)
    # Control: when nothing was ever killed or stopped, nothing was tested. But what finishes
    # something that was begun goes on to its end.
    goes_on = suite.startswith("SIG") and workloads.WORKLOADS[name].recovers
    untested = set(counts) <= {"not reached", "exit 0"} and not goes_on
    tally.add(len(chosen), bad + untested, states)


def main():
    parser = driver.parser("workload", "limit", "slots", "case", "fault",
                           workload=workloads.WORKLOADS)
    parser.add_argument("--work", type=pathlib.Path)
    parser.add_argument("--signal", choices=["SIGINT", "SIGTERM", "SIGHUP"])
    options = driver.parse(parser)
    return driver.run(options.signal or "kill", options,
                      [functools.partial(one_workload, workloads.WORKLOADS[name])
                       for name in options.workload or workloads.WORKLOADS])


if __name__ == "__main__":
    sys.exit(main())
