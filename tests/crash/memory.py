#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# No memory: an allocation fails, once or for ever after, in the program that owns the knowledge
# base or in the workers. GLib ends the program then, which is allowed, and so is an error that is
# told; to run on with a NULL is not (SIGSEGV), nor is a success that is none. A worker may die as it
# likes, and costs its document. Afterwards as kill.py.
#
#   memory.py --build DIR [--workload NAME]... [--program openkb|openkb-worker]... [--limit N]
#             [--all] [--slots N] [--case N[+]]
#
# A case is the n-th allocation. Without --all one of each place in the code is taken (each stack
# that asks for memory, the first time it does).
import collections
import functools
import pathlib
import shutil
import signal
import struct
import sys

import driver
import stage as staging
import workloads

PROGRAMS = ["openkb", "openkb-worker"]
ROOM = 1 << 19
# How GLib and the C library end a program that has no memory, and how a parent is told of it.
ENDS = {signal.SIGTRAP, signal.SIGABRT}


class Memory:
    """Runs commands of a stage with the library that lets allocations fail."""

    def __init__(self, stage, options, program):
        self.stage, self.program = stage, program
        self.notes = stage.directory.with_name(stage.directory.name + ".notes")
        self.library = pathlib.Path(options.build).resolve() / "tests/crash/memory-fault.so"

    def run(self, arguments, fail):
        with open(self.notes, "wb") as file:
            file.truncate(8 * (ROOM + 1))
        switches = {"LD_PRELOAD": f"{self.library}", "OKB_MEMORY_PROGRAM": self.program,
                    "OKB_MEMORY_NOTES": f"{self.notes}", "OKB_MEMORY_FAIL": fail,
                    "G_SLICE": "always-malloc"}
        usual = self.stage.program.environment
        self.stage.program.environment = {**usual, **self.environment(switches)}
        try:
            return self.stage.run(*arguments)
        finally:
            self.stage.program.environment = usual

    def forget_plugins(self):
        """Plugins that died while loading, for want of memory: three in a row are set aside, and
        cases are no runs in a row."""
        home = pathlib.Path(self.stage.program.home.name)
        shutil.rmtree(home / ".local/state", ignore_errors=True)

    def environment(self, switches):
        """Workers are given an environment of their own: a script puts the switches into it."""
        if self.program == "openkb":
            return switches
        worker = self.stage.program.find_worker()
        script = self.notes.with_suffix(".bin") / "openkb-worker"
        script.parent.mkdir(exist_ok=True)
        words = " ".join(f"{key}={value}" for key, value in switches.items())
        script.write_text(f'#!/bin/sh\nexec env {words} {worker} "$@"\n')
        script.chmod(0o755)
        return {"OPENKB_LIBEXEC": f"{script.parent}"}

    def places(self):
        """(how many allocations there were, the first one of each place)"""
        with open(self.notes, "rb") as file:
            count = struct.unpack("<Q", file.read(8))[0]
            hashes = struct.unpack(f"<{min(count, ROOM)}Q", file.read(8 * min(count, ROOM)))
        first = {}
        for number, place in enumerate(hashes, 1):
            first.setdefault(place, number)
        return count, sorted(first.values())


def name_of_end(result):
    """GLib asks for memory to tell that there is none, without end: that is its stack's end."""
    if result.signal == signal.SIGSEGV and result.err.count("g_logv") > 1:
        return "SIGSEGV of g_log"
    return signal.Signals(result.signal).name if result.signal else f"exit {result.status}"


def judge_run(result, program):
    if result.status == "timeout":
        return ["I13: does not end"]
    if result.signal and result.signal not in ENDS and "g_log" not in name_of_end(result):
        return [f"I13: died of {name_of_end(result)}: {result.err[-1000:]}"]
    if result.status != 0 and not result.signal and not result.err.strip():
        return [f"I13: gave {result.status} and said nothing"]
    if program == "openkb" and result.status not in (0, None) and "memory" not in result.err:
        return [f"I13: gave {result.status} and named another cause: {result.err[-1000:]}"]
    return []


def run_case(memory, workload, fail):
    stage = memory.stage
    stage.restore()
    memory.forget_plugins()
    workload.begin(stage)
    result = memory.run(workload.arguments(stage), fail)
    stage.note_acknowledged(result)
    if result.status == 0:
        workloads.succeeded(stage, workload)
    found = judge_run(result, memory.program) + stage.aftermath(lambda: finish(memory, workload))
    return name_of_end(result), found, stage.left


def finish(memory, workload):
    if memory.program == "openkb-worker":  # a document may have been given up for good
        memory.stage.run(*workload.arguments(memory.stage), "--retry-failed")
    return workload.finish(memory.stage)


def cases_of(memory, workload, options):
    memory.stage.restore()
    result = memory.run(workload.arguments(memory.stage), "0")
    if result.status != 0:
        sys.exit(f"{workload.name}: without a fault it gave {result.status}: {result.err}")
    count, places = memory.places()
    numbers = range(1, count + 1) if options.all else places
    cases = [f"{n}{when}" for n in numbers for when in ("", "+")]
    return count, len(places), staging.spread(cases, options.limit)


def one_workload(workload, program, work, options):
    memories = [Memory(stage, options, program)
                for stage in driver.stages(work, options, workload.set_up, workload.name)]
    count, places, cases = cases_of(memories[0], workload, options)
    if options.case:
        cases = [options.case]
    outcomes = staging.in_parallel(
        lambda slot, case: run_case(memories[slot], workload, case), cases, options.slots)
    bad = 0
    for case, (end, found, _) in zip(cases, outcomes):
        bad += bool(found)
        for violation in found:
            print(f"{program} {workload.name} --case {case} ({end}): {violation}")
    ends = collections.Counter(end for end, _, _ in outcomes)
    states = len({left for _, _, left in outcomes})
    print(f"memory {program} {workload.name}: {count} allocations at {places} places, "
          f"{len(cases)} cases ({', '.join(f'{n} {end}' for end, n in sorted(ends.items()))}), "
          f"{states} states, {bad} with violations", flush=True)
    # Control: when every command ended well, no allocation failed.
    options.tally.add(len(cases), bad + (set(ends) <= {"exit 0"}), states)


def main():
    parser = driver.parser("workload", "limit", "slots", "case", "fault",
                           workload=workloads.WORKLOADS)
    parser.add_argument("--program", action="append", choices=PROGRAMS)
    parser.add_argument("--all", action="store_true")
    options = driver.parse(parser)
    if not (pathlib.Path(options.build) / "tests/crash/memory-fault.so").exists():
        print("skipped: this build has no memory-fault.so (sanitizers have their own malloc)")
        return 77
    asked = [workloads.WORKLOADS[name] for name in options.workload or workloads.WORKLOADS]
    return driver.run("memory", options,
                      [functools.partial(one_workload, workload, program)
                       for program in options.program or PROGRAMS for workload in asked
                       if program == "openkb" or workload.converts])


if __name__ == "__main__":
    sys.exit(main())
