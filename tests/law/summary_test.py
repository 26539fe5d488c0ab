#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# tests/summary.py on what ctest writes of tests that pass, fail, are skipped, and are not there.
#
#   summary_test.py CTEST SUMMARY
import pathlib
import subprocess
import sys
import tempfile

TESTS = {"good": ["true"], "bad": ["false"], "gone": ["/nonexistent/program"],
         "skips": ["sh", "-c", "exit 77"],
         "parts": ["echo", "ok 1 one\\nok 2 two # skip strace is not installed"]}
CASES = [(["good"], 0, "1 passed, 0 failed, 0 skipped"),
         (["good", "bad"], 1, "1 passed, 1 failed, 0 skipped"),
         (["good", "gone"], 1, "1 passed, 1 failed, 0 skipped"),
         (["good", "skips"], 0, "1 passed, 0 failed, 1 skipped"),
         (["skips"], 1, "0 passed, 0 failed, 1 skipped"),
         (["parts"], 0, "1 passed, 0 failed, 1 skipped"),
         ([], 1, "0 passed, 1 failed, 0 skipped")]


def summed_up(ctest, summary, names):
    """(exit status, last line) for these tests."""
    quoted = {name: " ".join(f'"{word}"' for word in TESTS[name]) for name in names}
    with tempfile.TemporaryDirectory(prefix="openkb-summary-") as directory:
        pathlib.Path(directory, "CTestTestfile.cmake").write_text("".join(
            f"add_test({name} {command})\n"
            f"set_tests_properties({name} PROPERTIES SKIP_RETURN_CODE 77)\n"
            for name, command in quoted.items()))
        subprocess.run([ctest, "--output-junit", "results.xml"], cwd=directory,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        run = subprocess.run([sys.executable, summary, f"{directory}/results.xml"],
                             stdout=subprocess.PIPE, text=True)
    return run.returncode, run.stdout.splitlines()[-1]


def main(ctest, summary):
    bad = 0
    for names, status, line in CASES:
        got = summed_up(ctest, summary, names)
        if got != (status, line):
            bad += 1
            print(f"{names}: {got}, not {(status, line)}")
    print(f"{len(CASES)} cases, {bad} wrong")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
