#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# The order of what openkb asks of the kernel, held against what a file system may do at worst:
# keep nothing that was not synced. Those on which the other suites cut the power are kinder than
# that (a sync of one file makes the renames before it durable), so a barrier that is missing would
# not be seen there.
#
#   O1  a file that comes into raw/ or wiki/ was synced since it was last written
#   O2  when a transaction's directory in staging/ is cleared away, the directories of raw/ and
#       wiki/ that files were moved into or out of have been synced since
#
#   order.py --build DIR [--workload NAME]... [--fault NAME]
import pathlib
import re
import sys
import tempfile

import driver
import stage as staging
from workloads import WORKLOADS

CALL = re.compile(r"(\w+)\((.*)\)\s+= (-?\d+)")
AT = r'\d+<([^>]*)>, "((?:[^"\\]|\\.)*)"'
WRITES = {"write", "pwrite64", "ftruncate", "fallocate", "ioctl", "sendfile"}
TRACED = WRITES | {"copy_file_range", "renameat", "renameat2", "linkat", "unlinkat", "fsync",
                   "fdatasync", "syncfs"}


class Order:
    def __init__(self, kb):
        self.targets = tuple(f"{kb}/{place}" for place in ("raw", "wiki"))
        self.commit = f"{kb}/.openkb/staging/commit"
        self.files, self.directories, self.found = set(), {}, []
        self.moves = self.syncs = self.drops = 0

    def is_target(self, directory):
        return any(directory == t or directory.startswith(t + "/") for t in self.targets)

    def follow(self, line):
        match = CALL.match(line)
        if not match or match[3].startswith("-"):
            return
        name, arguments = match[1], match[2]
        if name in WRITES or name == "copy_file_range":
            fds = re.findall(r"\d+<([^>]*)>", arguments)
            self.files.add(fds[1 if name == "copy_file_range" else 0]) if fds else None
        elif name in ("fsync", "fdatasync", "syncfs"):
            self.sync(name, re.match(r"\d+<([^>]*)>", arguments)[1])
        elif name == "unlinkat":
            self.drop(re.match(AT, arguments), line)
        else:
            self.move(re.findall(AT, arguments), "EXCHANGE" in arguments, line)

    def sync(self, name, path):
        self.syncs += 1
        if name == "syncfs":
            self.files.clear()
            self.directories.clear()
        self.files.discard(path)
        self.directories.pop(path, None)

    def move(self, places, exchange, line):
        (source, old), (target, new) = places
        before, after = f"{source}/{old}", f"{target}/{new}"
        if self.is_target(target) and self.commit in source:
            self.moves += 1
            self.directories[target] = line
            if before in self.files:
                self.found.append(f"O1: not synced before it is published: {line}")
        elif self.is_target(source) and self.commit in target:
            self.moves += 1
            self.directories[source] = line
        dirty = {path: path in self.files for path in (before, after)}
        self.files -= {before, after}
        self.files |= {after} if dirty[before] else set()
        self.files |= {before} if dirty[after] and exchange else set()

    def drop(self, place, line):
        if place and place[1].startswith(self.commit):
            self.drops += 1
            for directory, why in self.directories.items():
                self.found.append(f"O2: {directory} not synced since {why}, and then: {line}")
            self.directories.clear()


def watch(stage, workload):
    with tempfile.NamedTemporaryFile("r", errors="replace") as log:
        result = stage.run(*workload.arguments(stage), strace=[
            "strace", "-qq", "-y", "-s", "300", "-o", log.name, "-e",
            "trace=" + ",".join(sorted(TRACED))])
        order = Order(stage.kb)
        for line in log.read().splitlines():
            order.follow(line)
    if result.status != 0:
        order.found.append(f"gave {result.status}: {result.err[-300:]}")
    return order


def main():
    options = driver.parse(driver.parser("workload", "fault", workload=WORKLOADS))
    tally, moves = staging.Tally("order"), 0
    for name in options.workload or WORKLOADS:
        with staging.workspace("openkb-order-") as work:
            stage = staging.Stage(pathlib.Path(work) / "stage",
                                  staging.Program(options.build, options.fault))
            WORKLOADS[name].set_up(stage)
            order = watch(stage, WORKLOADS[name])
        for violation in order.found:
            print(f"{name}: {violation[:300]}")
        print(f"order {name}: {order.moves} moves into place, {order.syncs} syncs, {order.drops} "
              f"names cleared away, {len(order.found)} violations", flush=True)
        tally.add(1, bool(order.found))
        moves += order.moves
    tally.add(0, not moves)  # control: what never moved a file was not watched
    return tally.end()


if __name__ == "__main__":
    sys.exit(main())
