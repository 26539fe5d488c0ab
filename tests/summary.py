#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Adds up the JUnit files of ctest: a line for each, the names of what failed, and last
# "N passed, N failed, N skipped". A file that is not there is a build that failed: it counts
# as one failure. Exit 1 when anything failed or nothing ran.
#
#   summary.py FILE.xml...
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def count(path):
    """(passed, names of failed, skipped) of one file."""
    try:
        cases = list(ElementTree.parse(path).getroot().iter("testcase"))
    except (OSError, ElementTree.ParseError) as error:
        return 0, [f"no results: {error}"], 0
    failed = [case.get("name") for case in cases if case.get("status") == "fail"]
    skipped = sum(case.get("status") in ("notrun", "disabled") for case in cases)
    if not cases:
        failed = ["no tests were found"]
    return len(cases) - len(failed) - skipped if cases else 0, failed, skipped


def main(paths):
    totals = [0, 0, 0]
    for path in paths:
        passed, failed, skipped = count(path)
        name = pathlib.Path(path).stem
        print(f"{name}: {passed} passed, {len(failed)} failed, {skipped} skipped")
        for test in failed:
            print(f"    failed: {test}")
        totals = [a + b for a, b in zip(totals, (passed, len(failed), skipped))]
    print("{} passed, {} failed, {} skipped".format(*totals))
    return 1 if totals[1] or not totals[0] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
