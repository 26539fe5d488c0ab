#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# A recovery that dies, and the recovery of what it left that dies too, each at every system call
# that writes; a third one finds everything in order. Then as kill.py.
#
#   nested.py --build DIR [--workload NAME]... [--first N] [--limit N] [--slots N]
#             [--case NAME:I/NAME:I]
#
# Workloads are those that recover. --first takes N of the places where the first one dies, --limit
# N of those where the second does, both evenly.
import collections
import functools
import sys

import driver
import kill
import stage as staging
import workloads

RECOVERIES = [w.name for w in workloads.WORKLOADS.values() if w.recovers]


def name_of(call):
    return f"{call.name}:{call.index}"


def after_first(stage, workload, first):
    """What each case below begins with: a recovery died at that call."""
    stage.restore()
    workload.begin(stage)
    stage.note_acknowledged(kill.kill(stage, workload.arguments(stage), first))
    inner = staging.Stage(stage.directory, stage.program)
    inner.saved = stage.saved.with_name(stage.saved.name + ".first")
    inner.history, inner.judged = list(stage.history), stage.judged
    inner.save()
    return inner


def run_first(stage, workload, first, options):
    """(first, second, outcome, violations, state) of each place where the second dies."""
    inner = after_first(stage, workload, first)
    seconds, _ = staging.write_calls(inner, workload.arguments(inner))
    chosen = staging.spread(seconds, options.limit)
    if options.case:
        chosen = [c for c in seconds if name_of(c) == options.case.split("/")[1]]
    return [(name_of(first), name_of(second), *kill.run_case(inner, workload, second))
            for second in chosen]


def one_workload(workload, work, options):
    stages = driver.stages(work, options, workload.set_up, workload.name)
    calls, _ = staging.write_calls(stages[0], workload.arguments(stages[0]))
    firsts = staging.spread(calls, options.first)
    if options.case:
        firsts = [c for c in calls if name_of(c) == options.case.split("/")[0]]
    rows = sum(staging.in_parallel(
        lambda slot, first: run_first(stages[slot], workload, first, options), firsts,
        options.slots), [])
    report(options.tally, workload, firsts, rows)


def report(tally, workload, firsts, rows):
    bad = 0
    for first, second, outcome, found, _ in rows:
        bad += bool(found)
        for violation in found:
            print(f"{workload.name} --case {first}/{second} ({outcome}): {violation}")
    counts = collections.Counter(outcome for _, _, outcome, _, _ in rows)
    states = len({left for *_, left in rows})
    print(f"nested {workload.name}: the first dies at {len(firsts)} calls, {len(rows)} cases "
          f"({', '.join(f'{n} {what}' for what, n in sorted(counts.items()))}), {states} states, "
          f"{bad} with violations", flush=True)
    # Control: when no second recovery was killed, nothing was tested.
    tally.add(len(rows), bad + (counts["killed"] == 0), states)


def main():
    parser = driver.parser("workload", "limit", "slots", "case", "fault", workload=RECOVERIES)
    parser.add_argument("--first", type=int, default=0)
    options = driver.parse(parser)
    return driver.run("nested", options,
                      [functools.partial(one_workload, workloads.WORKLOADS[name])
                       for name in options.workload or RECOVERIES])


if __name__ == "__main__":
    sys.exit(main())
