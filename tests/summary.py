#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Adds up the JUnit files of ctest: a line for each, the names of what failed and of what was
# skipped and why, and last "N passed, N failed, N skipped". A file that is not there is a build
# that failed: it counts as one failure; so does a test whose program is not there. Parts of a bats
# file that were skipped are counted too. Exit 1 when anything failed or nothing ran.
#
#   summary.py FILE.xml...
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

SKIPPED_PART = re.compile(r"^ok \d+ (.*) # skip ?(.*)$", re.MULTILINE)


def why_not_run(case):
    return case.find("skipped").get("message", "") if case.find("skipped") is not None else ""


def is_skipped(case):
    """Told to be: whatever else kept ctest from running a test is a failure."""
    return case.get("status") == "disabled" or (
        case.get("status") == "notrun" and why_not_run(case).startswith("SKIP_"))


def count(path):
    """(passed, names of failed, names of skipped) of one file."""
    try:
        cases = list(ElementTree.parse(path).getroot().iter("testcase"))
    except (OSError, ElementTree.ParseError) as error:
        return 0, [f"no results: {error}"], []
    if not cases:
        return 0, ["no tests were found"], []
    skipped = [case.get("name") for case in cases if is_skipped(case)]
    failed = [f"{case.get('name')} {why_not_run(case)}".strip() for case in cases
              if case.get("status") != "run" and not is_skipped(case)]
    passed = len(cases) - len(failed) - len(skipped)
    parts = [f"{case.get('name')}: {name} ({why})" for case in cases
             for name, why in SKIPPED_PART.findall(case.findtext("system-out") or "")]
    return passed, failed, skipped + parts


def main(paths):
    totals = [0, 0, 0]
    for path in paths:
        passed, failed, skipped = count(path)
        name = pathlib.Path(path).stem
        print(f"{name}: {passed} passed, {len(failed)} failed, {len(skipped)} skipped")
        for what, tests in (("failed", failed), ("skipped", skipped)):
            for test in tests:
                print(f"    {what}: {test}")
        totals = [a + b for a, b in zip(totals, (passed, len(failed), len(skipped)))]
    print("{} passed, {} failed, {} skipped".format(*totals))
    return 1 if totals[1] or not totals[0] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
