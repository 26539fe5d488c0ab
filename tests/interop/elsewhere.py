# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Items of the contract that other suites assert: item, file, name of the test in it, one line.
# A test that is no more there under that name is reported as missing.
import pathlib

TESTS = [
    (49, "tests/crash/kill.py", "def run_case",
     "SIGKILL at every system call that writes: the state before or after, whole"),
    (50, "tests/crash/power.py", "def run_case",
     "power loss at such calls on ext4 and xfs: nothing committed refers to what is gone"),
]


def missing():
    root = pathlib.Path(__file__).resolve().parents[2]
    return [f"{number}: {place} has no “{test}” any more"
            for number, place, test, _ in TESTS
            if not (root / place).is_file() or test not in (root / place).read_text()]
