#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Counts the instructions (callgrind) that the HTML plugin needs for each family of hostile pages
# at one size and at twice that: more than LIMIT times as many is not linear. What an empty page
# needs is taken off. Control: a page four times as long must be caught.
#
#   growth.py FLOOD-PAGE RUN-PLUGIN html.so [--bytes N] [--option NAME=VALUE]
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

LIMIT = 2.3


class Counter:
    def __init__(self, arguments, work):
        self.arguments = arguments
        self.page = pathlib.Path(work) / "page.html"
        self.page.write_bytes(b"")
        self.idle = self.count()

    def count(self):
        options = ["-o", self.arguments.option] if self.arguments.option else []
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
             self.arguments.run_plugin, "-q", *options, self.arguments.plugin, self.page],
            stderr=subprocess.PIPE, text=True, check=True)
        return int(re.search(r"Collected : (\d+)", done.stderr).group(1))

    def cost(self, family, size):
        self.page.write_bytes(subprocess.run(
            [self.arguments.flood_page, str(family), str(size)], check=True,
            stdout=subprocess.PIPE).stdout)
        return self.count() - self.idle

    def growth(self, family, factor):
        size = self.arguments.bytes
        return self.cost(family, size * factor) / self.cost(family, size)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("flood_page")
    parser.add_argument("run_plugin")
    parser.add_argument("plugin")
    parser.add_argument("--bytes", type=int, default=40000)
    parser.add_argument("--option")
    arguments = parser.parse_args()
    if not shutil.which("valgrind"):
        print("skipped: valgrind is not installed")
        return 77
    families = subprocess.run([arguments.flood_page], check=True, text=True,
                              stdout=subprocess.PIPE).stdout.splitlines()
    with tempfile.TemporaryDirectory(prefix="openkb-growth-") as work:
        counter = Counter(arguments, work)
        if counter.growth(0, 4) <= LIMIT:
            sys.exit("the control was not caught: four times the page")
        bad = 0
        for i, family in enumerate(families):
            growth = counter.growth(i, 2)
            bad += growth > LIMIT
            print(f"{growth:.2f}  {family}" + ("  <-- NOT LINEAR" if growth > LIMIT else ""),
                  flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
