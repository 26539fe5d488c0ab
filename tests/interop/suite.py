#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# One knowledge base, two programs: the items of the contract with OpenKB in Python that can be
# asserted from outside, each as a test with the built openkb and the stand-in for that program
# (python_openkb.py here; the real one is not needed).
#
#   suite.py --build DIR [--only ITEM|NAME]...
#   suite.py --list      item, test, one line
import argparse
import pathlib
import sys
import traceback

import elsewhere
import items_journal  # noqa: F401  (each import collects its tests)
import items_lock  # noqa: F401
import items_names  # noqa: F401
import items_pipeline  # noqa: F401
import items_publish  # noqa: F401
import world


NO_ITEM = 0  # what the contract has no number for


def line(function):
    return function.__doc__.strip().split("\n")[0]


def table():
    """(item, test, one line), in order of items."""
    rows = [(number, function.__name__, line(function))
            for numbers, function in world.TESTS for number in numbers or [NO_ITEM]]
    rows += [(number, f"{place}: {test}", text) for number, place, test, text in elsewhere.TESTS]
    return sorted(rows)


def run(function, build):
    """What came of it, and why."""
    w = world.World(build)
    try:
        function(w)
        return "ok", ""
    except world.Skipped as reason:
        return "skipped", str(reason)
    except Exception as error:  # reported with its place
        place = traceback.extract_tb(error.__traceback__)[1]
        return "FAILED", f"{pathlib.Path(place.filename).name}:{place.lineno}: {error}"
    finally:
        w.close()


def chosen(only):
    return [(numbers, function) for numbers, function in world.TESTS
            if not only or function.__name__ in only or set(map(str, numbers)) & set(only)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build")
    parser.add_argument("--only", action="append")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.list:
        for number, test, text in table():
            print(f"{number or '-'}\t{test}\t{text}")
        return 0
    counts = {"ok": 0, "skipped": 0, "FAILED": 0}
    for numbers, function in chosen(options.only):
        outcome, why = run(function, options.build)
        counts[outcome] += 1
        print(f"{outcome:8}{','.join(map(str, numbers)):8}{function.__name__}"
              + (f": {why}" if why else ""), flush=True)
    missing = elsewhere.missing()
    for text in missing:
        print(f"FAILED  {text}")
    items = {number for number, _, _ in table()} - {NO_ITEM}
    print(f"{counts['ok']} tests hold, {counts['FAILED']} fail, {counts['skipped']} skipped; "
          f"{len(items)} items, {len(elsewhere.TESTS)} of them asserted elsewhere")
    return 1 if counts["FAILED"] or missing else 0


if __name__ == "__main__":
    sys.exit(main())
