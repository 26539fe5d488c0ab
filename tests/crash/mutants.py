#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Would the suites notice? openkb is built with switches that each leave out one barrier or one
# check (core/store/fault.h); with each of them some suite has to find a violation. Without any,
# the same suites have to find none. Switches whose name begins with "fs-" only pretend another
# file system: with them everything must still hold.
#
#   mutants.py --source DIR --build DIR [--only NAME]... [--quick]
#
# DIR of --build is made if need be. Needs root and loop devices: exit 77 (skipped) without.
import argparse
import os
import pathlib
import re
import subprocess
import sys
import time

import stage as staging
import volume as volumes

HERE = pathlib.Path(__file__).parent
ORDER = ["order.py"]
BLOCKS = ["blocks.py", "--fs", "ext4", "--workload", "add", "--seeds", "2"]


def kill(workload, limit):
    return ["kill.py", "--workload", workload, "--limit", str(limit)]


def faults(workload, limit, *errnos):
    return ["faults.py", "--workload", workload, "--limit", str(limit),
            *(word for errno in errnos for word in ("--errno", errno))]


# The suite that is known to see what each switch leaves out.
CATCHES = {
    "delete-intents-early": kill("recover", 60),
    "drop-early": faults("update", 12, "EIO"),
    "index-no-judge": ["plant.py", "--limit", "6"],
    "no-alive": ["crowd.py", "--rounds", "2", "--operations", "8"],
    "no-barrier": ORDER,
    "no-commit-check": faults("add", 40, "EIO"),
    "no-dir-sync": ORDER,
    "no-dirty": kill("add", 6),
    "no-end-barrier": ORDER,
    "no-file-sync": ORDER,
    "no-judge": kill("conflict", 6),
    "no-lock": ["crowd.py", "--rounds", "2", "--operations", "8"],
    "no-log-replay": BLOCKS,
    "no-merge": kill("retarget", 4),
    "no-old-hash": kill("conflict", 6),
    "no-python-recovery": kill("python-journal", 4),
    "no-recovery-barrier": ORDER,
    "no-removal-mark": kill("recover-merge", 4),
    "no-replay": kill("recover", 6),
    "no-savepoint": ["ctest", "unit/transaction$"],
    "no-view-sync": BLOCKS,
    "no-wal-full": BLOCKS,
    "overwrite": kill("conflict", 6),
    "publish-before-commit": kill("add", 60),
    "reap-before-recover": kill("recover", 6),
    "skip-remove": kill("remove", 6),
}
# What is tried for a switch that is not in the table, or that its suite missed; and without any
# switch, all of it has to find nothing.
SUITES = [
    ORDER,
    ["kill.py", "--limit", "12"],
    ["ctest", "unit/"],
    ["crowd.py", "--rounds", "2", "--operations", "8"],
    ["blocks.py", "--fs", "ext4", "--limit", "60"],
    faults("add", 40, "EIO", "ENOSPC"),
    ["power.py", "--fs", "xfs", "--limit", "40", "--workload", "add", "--workload", "recover"],
]


def switches(source):
    """The names in the sources, but for the files that define the mechanism."""
    names = set()
    for path in (source / "core").rglob("*.c"):
        if path.stem != "fault":
            names |= set(re.findall(r'okb_fault\("([^"]+)"\)', path.read_text()))
    return sorted(names)


def build(source, directory):
    subprocess.run(["cmake", "-G", "Ninja", "-S", source, "-B", directory,
                    "-DCMAKE_BUILD_TYPE=Release", "-DOPENKB_TEST_FAULTS=ON"],
                   check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", directory, "--quiet"], check=True)


def run_suite(suite, directory, name):
    """(whether it found something, its last words)"""
    environment = dict(os.environ)
    if suite[0] == "ctest":
        command = ["ctest", "--test-dir", directory, "-R", suite[1]]
        if name:
            environment["OPENKB_FAULT"] = name
    else:
        command = [sys.executable, HERE / suite[0], "--build", directory, *suite[1:]]
        if name:
            command += ["--fault", name]
    result = subprocess.run(command, capture_output=True, text=True, errors="replace",
                            env=environment)
    if result.returncode == volumes.SKIPPED:
        return False, "skipped"
    lines = (result.stdout + result.stderr).strip().splitlines()
    evidence = [line.strip() for line in lines if re.search(r"\b[IO]\d+: |\(Failed\)$", line)]
    return result.returncode != 0, (evidence or lines or [""])[0][:160]


def hunt(directory, name, quick):
    """The suite that caught it and what it saw, or None."""
    known = [CATCHES[name]] if name in CATCHES else []
    if not name:  # the control: whatever catches something finds nothing in a whole program
        known = [list(suite) for suite in sorted({tuple(suite) for suite in CATCHES.values()})]
    for suite in known + (SUITES if not quick else []):
        caught, words = run_suite(suite, directory, name)
        if caught:
            return " ".join(suite), words
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--only", action="append")
    parser.add_argument("--quick", action="store_true", help="only the suite known to catch it")
    options = parser.parse_args()
    volumes.need_root_and_loop()
    build(options.source, options.build)
    names = options.only or switches(options.source)
    if options.quick:
        names = [name for name in names if name in CATCHES]
    clean = hunt(options.build, None, options.quick) if not options.only else None
    if clean:
        print("control: without any switch {} found: {}".format(*clean))
        return 1
    tally, wrong, caught = staging.Tally("mutants"), 0, 0
    for name in names:
        started = time.monotonic()
        catch = hunt(options.build, name, options.quick)
        pretends = name.startswith("fs-")
        wrong += bool(catch) == pretends
        caught += bool(catch) and not pretends
        verdict = "NOT CAUGHT" if not catch else f"{catch[0]}: {catch[1]}"
        if pretends:
            verdict = "holds" if not catch else f"DOES NOT HOLD: {verdict}"
        print(f"{name}: {verdict} ({time.monotonic() - started:.0f} s)", flush=True)
    mutants = sum(not name.startswith("fs-") for name in names)
    print(f"{caught} of {mutants} mutants caught, {len(names) - mutants} other file systems "
          f"pretended, {wrong} wrong")
    tally.add(len(names), wrong + (not mutants))
    return tally.end()


if __name__ == "__main__":
    sys.exit(main())
