#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# All suites, all cases, by one command; at its end a table of what was run and what was found.
#
#   whole.py --build DIR [--for MINUTES] [--jobs N] [--only SUITE]... [--log FILE] [--nice N]
#            [--mutants DIR] [--table]
#
# The whole is cut into units (a suite, a workload, a file system), of which --jobs run at once. With
# --for, what has not ended by then is broken off; the table says what is missing. Units that --log
# has already are not run again, so that the whole can be had in pieces; --table only prints. Needs
# root and loop devices for some; what is skipped is said. Exit 1: violations; 3: not all was run.
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import threading
import time

import memory
import mutants
import nested
import volume
from workloads import WORKLOADS

HERE = pathlib.Path(__file__).resolve().parent
INTEROP = HERE.parent / "interop"
SOURCE = HERE.parents[1]
# Other file systems, as a build with switches pretends them.
PRETENDED = ["fs-unknown", "fs-network", "fs-split", "fs-no-rename-flags"]
FIRE_PAIRS = [f"{o}/{p}" for o in ("add", "update", "remove") for p in (
    "add", "collide", "same", "copy", "edit", "update", "remove", "remove-same")]
TOTAL = re.compile(r"^[\w-]+: (\d+) cases in \d+ s.* (\d+) with violations$", re.M)
NO_TIME = 124

Unit = collections.namedtuple("Unit", "suite name script arguments")
Outcome = collections.namedtuple("Outcome", "suite name status cases bad seconds")


def unit(suite, name, script, *arguments):
    return Unit(suite, name, f"{script}", arguments)


def per_workload(suite, script, *arguments, names=WORKLOADS, slots=("--slots", "1")):
    return [unit(suite, name, HERE / script, "--workload", name, *slots, *arguments)
            for name in names]


def units(options):
    """What costs least for what it shows comes first, in case time ends."""
    slotted = ("--slots", "1")
    found = [unit("plant", "add", HERE / "plant.py", *slotted)]
    found += per_workload("nested", "nested.py", "--first", "50", "--limit", "20",
                          names=nested.RECOVERIES)
    for kind in ("ext4", "xfs"):
        found += per_workload(f"power {kind}", "power.py", "--fs", kind)
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        found += per_workload(name, "kill.py", "--signal", name)
    found += per_workload("kill", "kill.py")
    found += [unit("order", "all", HERE / "order.py")]
    if options.mutants:
        found += [unit("mutants", "all", HERE / "mutants.py", "--source", SOURCE, "--quick")]
        for name in PRETENDED:
            found += per_workload(f"kill {name}", "kill.py", "--fault", name)
    found += [unit("reap", "all", HERE / "reap.py", "--batches", "10000"),
              unit("crowd", "all", HERE / "crowd.py", "--rounds", "10", "--operations", "25"),
              unit("crowd of both", "all", INTEROP / "fire.py", "--suite", "crowd", "--suite",
                   "storm", "--rounds", "10", "--operations", "25"),
              unit("rebuild", "1000", INTEROP / "rebuild.py"),
              unit("big", "all", INTEROP / "big.py")]
    for kind in ("ext4", "ext4-1k"):
        found += per_workload(f"disk {kind}", "disk.py", "--fs", kind, slots=())
    for kind in ("btrfs", "xfs", "ext4"):
        found += per_workload(f"blocks {kind}", "blocks.py", "--fs", kind, slots=())
    found += per_workload("errno", "faults.py")
    found += per_workload("looks", "faults.py", "--looks")
    found += [unit("fire of Python", "all", INTEROP / "fire.py", "--suite", "python", *slotted)]
    found += [unit("fire", pair, INTEROP / "fire.py", "--suite", "openkb", "--pair", pair, *slotted)
              for pair in FIRE_PAIRS]
    for program in memory.PROGRAMS:
        found += per_workload(f"memory {program}", "memory.py", "--program", program, "--limit",
                              "400", names=[w.name for w in WORKLOADS.values()
                                            if program == "openkb" or w.converts])
    return [u for u in found if not options.only or u.suite.split()[0] in options.only]


# ---- Running

def begin(niceness):
    """In the unit's process: signals mean what they mean, also when a shell or nohup(1) had us
    ignore them."""
    os.nice(niceness)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


class Runner:
    def __init__(self, options):
        self.options = options
        self.end = time.monotonic() + 60 * options.minutes if options.minutes else None
        self.lock = threading.Lock()
        self.running, self.broken_off = set(), set()
        self.done = self.read_log()

    def read_log(self):
        if not self.options.log or not self.options.log.exists():
            return {}
        rows = [Outcome(**json.loads(line)) for line in self.options.log.read_text().splitlines()]
        return {(row.suite, row.name): row for row in rows}

    def note(self, row, output):
        with self.lock:
            self.done[row.suite, row.name] = row
            if self.options.log:
                with open(self.options.log, "a") as file:
                    file.write(json.dumps(row._asdict()) + "\n")
            verdict = {0: "", volume.SKIPPED: "skipped", NO_TIME: "broken off"}.get(
                row.status, "VIOLATIONS")
            print(f"{row.suite} {row.name}: {row.cases} cases, {row.bad} with violations, "
                  f"{row.seconds:.0f} s {verdict}", flush=True)
            if row.status not in (0, NO_TIME):
                print(output.rstrip(), flush=True)

    def run(self, one):
        if (one.suite, one.name) in self.done:
            return
        left = self.end - time.monotonic() if self.end is not None else None
        if left is not None and left < 0:
            return
        switched = one.suite == "mutants" or "--fault" in one.arguments
        build = self.options.mutants if switched else self.options.build
        argv = [sys.executable, "-B", one.script, "--build", build, *one.arguments]
        started, status = time.monotonic(), NO_TIME
        process = subprocess.Popen([os.fspath(word) for word in argv], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   errors="replace", start_new_session=True,
                                   preexec_fn=lambda: begin(self.options.nice))
        self.running.add(process)
        try:
            output, _ = process.communicate(timeout=left)
            status = NO_TIME if process in self.broken_off else process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGINT)
            output, _ = process.communicate()
        self.running.discard(process)
        total = TOTAL.findall(output)
        cases, bad = map(int, total[-1]) if total else (status == 0, status not in (
            0, volume.SKIPPED, NO_TIME))
        if status != NO_TIME:
            self.note(Outcome(one.suite, one.name, status, int(cases), int(bad),
                              time.monotonic() - started), output)

    def break_off(self, *_):
        """What runs is told to end, and nothing new begins."""
        self.end = 0
        self.broken_off |= self.running
        for process in list(self.running):
            os.killpg(process.pid, signal.SIGINT)

    def run_all(self, everything):
        signal.signal(signal.SIGINT, self.break_off)
        signal.signal(signal.SIGTERM, self.break_off)
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            list(pool.map(self.run, everything))


# ---- The table

def table(everything, done):
    """Prints it; whether all was run, and how many violations there were."""
    suites = collections.defaultdict(list)
    for one in everything:
        suites[one.suite].append(done.get((one.suite, one.name)))
    print("\n| suite | units | cases | violations | seconds |\n|---|---|---|---|---|")
    missing = bad = cases = 0
    for suite, rows in suites.items():
        ran = [row for row in rows if row and row.status != volume.SKIPPED]
        skipped = sum(row is not None and row.status == volume.SKIPPED for row in rows)
        missing += len(rows) - len(ran)
        bad += sum(row.bad for row in ran)
        cases += sum(row.cases for row in ran)
        of = f"{len(ran)} of {len(rows)}" + (f", {skipped} skipped" if skipped else "")
        print(f"| {suite} | {of} | {sum(row.cases for row in ran)} | "
              f"{sum(row.bad for row in ran)} | {sum(row.seconds for row in ran):.0f} |")
    print(f"\n{cases} cases, {bad} with violations, {missing} units not run")
    return missing == 0, bad


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--mutants", help="a directory for a build with switches, made if need be")
    parser.add_argument("--for", dest="minutes", type=float)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--nice", type=int, default=0)
    parser.add_argument("--only", action="append")
    parser.add_argument("--log", type=pathlib.Path)
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    everything, runner, started = units(options), Runner(options), time.monotonic()
    if not options.table:
        if options.mutants:
            mutants.build(SOURCE, options.mutants)
        runner.run_all(everything)
    complete, bad = table(everything, runner.done)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"wall {time.monotonic() - started:.0f} s, "
          f"processor {used.ru_utime + used.ru_stime:.0f} s")
    return 1 if bad else 0 if complete else 3


if __name__ == "__main__":
    sys.exit(main())
