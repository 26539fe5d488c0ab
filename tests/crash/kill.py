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
# --limit N takes N of the cases of each workload, evenly. --case repeats one, and keeps its
# stage. The workload "recover" kills the recovery of an add that was itself killed.
import argparse
import collections
import pathlib
import signal
import sys
import tempfile

import stage as staging

Case = collections.namedtuple("Case", "workload call")


def kill(stage, arguments, call, name="SIGKILL"):
    return stage.run(*arguments, strace=staging.injection(call, f"signal={name}"))


def stop_case(stage, workload, call, name):
    stage.restore()
    workload.begin(stage)
    result = kill(stage, workload.arguments(stage), call, name)
    stage.note_acknowledged(result)
    found = stage.judge()
    if result.signal or result.status not in (0, 130, 128 + getattr(signal, name)):
        found.append(f"I13: {name} gave {result.signal or result.status}: {result.err[-300:]}")
    if result.status == 0:
        begun = {e["path"]: e for e in stage.history if e["event"] == "begin"}
        stage.history += [{**event, "event": "ack"} for event in begun.values()]
        found += stage.judge()
    return f"exit {result.status}", found + finish(stage, workload)


def finish(stage, workload):
    """The command that was interrupted, once more, to its end."""
    result = stage.run(*workload.arguments(stage))
    if result.status not in (0, 4 if workload.name == "remove" else 0):
        return [f"I11: the next {workload.name} gave {result.status}: {result.err[-300:]}"]
    begun = {e["path"]: e for e in stage.history if e["event"] == "begin"}
    stage.history += [{**event, "event": "ack"} for event in begun.values()]
    if result.status == 4:  # some are gone already, and then remove touches nothing
        return []
    return stage.judge()


def run_case(stage, workload, call):
    stage.restore()
    workload.begin(stage)
    result = kill(stage, workload.arguments(stage), call)
    stage.note_acknowledged(result)
    if result.signal is None and result.status != 0:
        return "broken", [f"gave {result.status} without being killed: {result.err[-300:]}"]
    found = stage.judge_after_recovery()
    return "killed" if result.signal else "not reached", found + finish(stage, workload)


# ---- Recovery under fire

def interrupt_after_commit(stage):
    """An add that died when it had committed and published half of its files."""
    staging.prepare_add(stage)
    stage.save()
    workload = staging.WORKLOADS["add"]
    calls, _ = staging.write_calls(stage, workload.arguments(stage))
    renames = [call for call in calls if call.name in ("renameat2", "renameat")
               and "commit/" in call.text and not call.text.rstrip().endswith("staging/commit")]
    stage.restore()
    workload.begin(stage)
    result = kill(stage, workload.arguments(stage), renames[len(renames) // 2])
    stage.note_acknowledged(result)


RECOVER = staging.Workload("recover", interrupt_after_commit, lambda s: ["recover"],
                           lambda s: None)


def finish_recovery(stage):
    workload = staging.WORKLOADS["add"]
    result = stage.run(*workload.arguments(stage))
    return [] if result.status == 0 else [f"I11: the next add gave {result.status}"]


def run_recovery_case(stage, call):
    stage.restore()
    result = kill(stage, ["recover"], call)
    found = stage.judge_after_recovery()
    return "killed" if result.signal else "not reached", found + finish_recovery(stage)


# ---- Driver

def one_workload(workload, options):
    stages = [staging.Stage(options.work / f"{workload.name}-{slot}",
                            staging.Program(options.build, options.fault))
              for slot in range(options.slots)]
    for stage in stages:
        workload.set_up(stage)
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
        if workload is RECOVER:
            return run_recovery_case(stages[slot], call)
        return run_case(stages[slot], workload, call)

    outcomes = staging.in_parallel(run, chosen, options.slots)
    return report(options.signal or "kill", workload.name, calls, chosen, outcomes)


def report(suite, name, calls, chosen, outcomes):
    """Prints the cases that broke something and the counts; returns how many."""
    bad = 0
    for call, (outcome, found) in zip(chosen, outcomes):
        if found:
            bad += 1
            print(f"{name} --case {call.name}:{call.index} ({outcome}): {call.text}")
            for violation in found:
                print(f"    {violation}")
    counts = collections.Counter(outcome for outcome, _ in outcomes)
    print(f"{suite} {name}: {len(calls)} calls that write, {len(chosen)} cases "
          f"({', '.join(f'{n} {what}' for what, n in sorted(counts.items()))}), "
          f"{bad} with violations", flush=True)
    # Control: when nothing was ever killed or stopped, nothing was tested.
    return bad + (set(counts) <= {"not reached", "exit 0"})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--work", type=pathlib.Path)
    parser.add_argument("--workload", action="append")
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--case")
    parser.add_argument("--signal", choices=["SIGINT", "SIGTERM", "SIGHUP"])
    parser.add_argument("--fault", help="OPENKB_FAULT for the program under test")
    options = parser.parse_args()
    workloads = dict(staging.WORKLOADS)
    if not options.signal:
        workloads["recover"] = RECOVER
    if options.case:
        options.slots = 1
    with tempfile.TemporaryDirectory(prefix="openkb-kill-") as work:
        options.work = options.work or pathlib.Path(work)
        bad = sum(one_workload(workloads[name], options)
                  for name in options.workload or workloads)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
