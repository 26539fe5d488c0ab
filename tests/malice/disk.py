#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# A plugin that writes as fast as it can into a file system of 64 MB that holds the knowledge base.
# Control: with no sandbox and room to write, the disk is full while it runs. Confined, and limited to
# 8 MiB: it ends for a reason, all its space is free again when the command ends, and its neighbours
# are in, at the latest by the next add.
#
#   disk.py --build DIR
import argparse
import os
import pathlib
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "crash"))
import checker  # noqa: E402
import stage as staging  # noqa: E402
import volume as volumes  # noqa: E402

SLACK = 4 << 20  # what the registry, the log of SQLite and the neighbours take
ORDERS = {"many files": "fill 4 40\n", "one file": "fill 200 1\n", "empty files": "fill 0 100000\n"}


class Gauge:
    """The least that was free while it ran."""

    def __init__(self, directory):
        self.directory, self.over = directory, threading.Event()
        self.least = self.free()
        self.thread = threading.Thread(target=self.watch)

    def free(self):
        state = os.statvfs(self.directory)
        return state.f_bavail * state.f_bsize

    def watch(self):
        while not self.over.is_set():
            self.least = min(self.least, self.free())
            time.sleep(0.002)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def sources(directory, order):
    directory.mkdir()
    (directory / "before.md").write_text("# Before\n\nA sound neighbour.\n")
    (directory / "greedy.malice").write_text(order)
    (directory / "later.md").write_text("# Later\n\nA sound neighbour.\n")


def run(program, point, name, order, options):
    """One add on the volume: what was free before, at the least, and after; and what it said."""
    kb, source = point / name, point.parent / f"{name}-src"
    sources(source, order)
    program.run(["init", kb])
    before = Gauge(point).free()
    with Gauge(point) as gauge:
        result = program.run(["--kb-dir", kb, "add", "--jobs", "2", *options, source])
    return kb, source, before, gauge.least, gauge.free(), result


def judge(program, kb, source, before, after, result):
    if result.status not in (1, 3) or result.signal:
        yield f"gave {result.signal or result.status}: {result.err[-300:]}"
    if not any(f"greedy.malice: {reason}" in result.err
               for reason in ("limit", "no-space", "io", "no-result")):
        yield f"no reason for greedy.malice: {result.err[-300:]}"
    if before - after > SLACK:
        yield f"{(before - after) >> 10} KiB are not free again"
    again = program.run(["--kb-dir", kb, "add", "--jobs", "1", "--max-output=8M", source])
    names = {row["name"] for row in checker.Registry(kb).documents}
    if names != {"before", "later"}:
        yield f"the neighbours are not in: {names}; {again.err[-300:]}"
    yield from (f"{v.invariant}: {v.subject}: {v.text}" for v in checker.Checker(kb).check())


def control(program, point):
    order = ORDERS["many files"]
    *_, least, after, _ = run(program, point, "control", order,
                              ["--sandbox=off", "--max-output=1G"])
    if least > 1 << 20:
        yield f"control: {least >> 10} KiB stayed free: the disk was never full"
    if after < 32 << 20:
        yield "control: the disk stayed full"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    options = parser.parse_args()
    volumes.need_root_and_loop()
    program = staging.Program(options.build)
    plugins = pathlib.Path(options.build).resolve() / "tests/malice/plugins"
    program.environment["OPENKB_PLUGIN_PATH"] += f":{plugins}"
    found = []
    with tempfile.TemporaryDirectory(prefix="openkb-malice-disk-") as work:
        disk = volumes.Volume(work, "ext4", 64 << 20)
        disk.make()
        disk.mount()
        try:
            found += control(program, disk.point)
            for i, (what, order) in enumerate(ORDERS.items()):
                kb, source, before, least, after, result = run(
                    program, disk.point, f"case{i}", order, ["--max-output=8M", "--max-files=50"])
                print(f"{what}: {(before - least) >> 10} KiB at the most, "
                      f"{(before - after) >> 10} KiB afterwards")
                found += [f"{what}: {text}"
                          for text in judge(program, kb, source, before, after, result)]
        finally:
            disk.close()
    for text in found:
        print(text)
    print(f"malice disk: {len(ORDERS)} cases, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
