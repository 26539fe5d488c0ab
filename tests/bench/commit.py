#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# What a commit costs, on a journalled ext4 image made for it (needs root and a loop device):
#
#   commit.py --build DIR [--documents 2000] [--runs 5]     groups of 1, 32, 64, 128 against a
#       plain durable commit for each document and against the same with all syncs off: medians
#       of interleaved runs, each in a new knowledge base
#   commit.py --build DIR --delays 0,0.4,2,10               the first of these with each call that
#       syncs so many milliseconds longer: an emulation of slower disks
#   commit.py --build DIR --growth 1000,10000,100000        knowledge bases of these sizes, then
#       a batch of 1,000, then one new file through the command, then that file changed, in turns
import argparse
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

PLAIN, PLAIN_OFF = "plain way", "plain way, no syncs"
MODES = [(PLAIN, 1, ["naive"]), ("group 1", 1, []), ("group 32", 32, []), ("group 64", 64, []),
         ("group 128", 128, []), ("group 128, no syncs", 128, ["nosync"]),
         (PLAIN_OFF, 1, ["naive", "nosync"])]


class Image:
    """A mounted ext4 image in a directory of its own."""

    def __enter__(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="openkb-bench-", dir="/var/tmp"))
        self.root = self.work / "mnt"
        self.root.mkdir()
        image = self.work / "image"
        with open(image, "wb") as file:
            file.truncate(12 << 30)
        subprocess.run(["mkfs.ext4", "-q", "-F", "-N", "1500000", image], check=True)
        subprocess.run(["mount", "-o", "loop", image, self.root], check=True)
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", self.root], check=True)
        shutil.rmtree(self.work)


def commit(build, kb, documents, group, words=()):
    """(documents a second committed and published, with all views too, syncs a document)"""
    out = subprocess.run([build / "tests/bench/bench-commit", kb, str(documents), str(group),
                          *words], check=True, capture_output=True, text=True)
    rates = [float(rate) for rate in re.findall(r"(\d+)(?: documents/s| with all)", out.stdout)]
    return rates[0], rates[-1], float(re.search(r"([\d.]+) syncs", out.stdout)[1])


def groups(build, root, documents, runs):
    rates = {name: [] for name, _, _ in MODES}
    syncs = {}
    for run in range(runs):
        for name, group, words in MODES:
            rate, _, syncs[name] = commit(build, root / f"{run}-{name}", documents, group, words)
            rates[name].append(rate)
    middle = {name: statistics.median(values) for name, values in rates.items()}
    print(f"{'':20} {'documents/s':>12} {'x group 1':>10} {'x plain':>8} {'calls':>6}   "
          f"of {runs} runs; calls that sync, a document")
    for name, values in rates.items():
        print(f"{name:20} {middle[name]:12.0f} {middle[name] / middle['group 1']:10.1f} "
              f"{middle[name] / middle[PLAIN]:8.1f} {syncs[name]:6.2f}   {min(values):.0f} to "
              f"{max(values):.0f}")


def delays(build, root, documents, runs, milliseconds):
    modes = [mode for mode in MODES if "nosync" not in mode[2]]
    print(f"{'ms added':>9}" + "".join(f"{name:>20}" for name, _, _ in modes) +
          "   documents/s (x group 1, x plain)")
    for delay in milliseconds:
        rates = {name: [] for name, _, _ in modes}
        for run in range(runs):
            for name, group, words in modes:
                count = documents if group > 1 else max(documents // 8, 100)
                rates[name].append(commit(build, root / f"{delay}-{run}-{name}", count, group,
                                          [*words, f"delay={delay * 1000:.0f}"])[0])
        middle = {name: statistics.median(values) for name, values in rates.items()}
        cells = [f"{rate:.0f} ({rate / middle['group 1']:.1f}, {rate / middle[PLAIN]:.0f})"
                 for rate in middle.values()]
        print(f"{delay:9}" + "".join(f"{cell:>20}" for cell in cells), flush=True)


def add_one(build, kb, source, text):
    source.write_text(f"# One more\n\n{kb.name} {source.name} {text}\n")
    environment = os.environ | {"OPENKB_PLUGIN_PATH": str(build / "plugins-1")}
    start = time.monotonic()
    subprocess.run([build / "core/cli/openkb", "add", "-q", "--kb-dir", kb, source], check=True,
                   env=environment)
    return (time.monotonic() - start) * 1000


def growth(build, root, sizes, runs):
    for size in sizes:
        commit(build, root / str(size), size, 128)
    batch, whole, one, again = ({size: [] for size in sizes} for _ in range(4))
    for run in range(runs):
        for size in sizes:
            alone, views, _ = commit(build, root / str(size), 1000, 128)
            batch[size].append(1e6 / alone)
            whole[size].append(1e6 / views)
            source = root / f"one-{run}.md"
            one[size].append(add_one(build, root / str(size), source, "new"))
            again[size].append(add_one(build, root / str(size), source, "changed"))
    print(f"{'documents':>10} {'us each of 1,000':>17} {'with all views':>15} "
          f"{'ms for one file':>16} {'changed':>8}")
    for size in sizes:
        print(f"{size:10} {statistics.median(batch[size]):17.0f} "
              f"{statistics.median(whole[size]):15.0f} {statistics.median(one[size]):16.0f} "
              f"{statistics.median(again[size]):8.0f}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--growth", type=lambda text: [int(n) for n in text.split(",")])
    parser.add_argument("--delays", type=lambda text: [float(n) for n in text.split(",")])
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("commit.py: needs root, for a loop device")
    with Image() as image:
        if arguments.growth:
            growth(arguments.build.resolve(), image.root, arguments.growth, arguments.runs)
        elif arguments.delays:
            delays(arguments.build.resolve(), image.root, arguments.documents, arguments.runs,
                   arguments.delays)
        else:
            groups(arguments.build.resolve(), image.root, arguments.documents, arguments.runs)


if __name__ == "__main__":
    main()
