#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# A disk that is really full, and one that turns read-only: a small ext4 image is filled up to a
# number of free blocks, openkb works on it until it has to stop; it says so with exit 13 (or that
# some failed), and once there is room again the next command finds everything in order.
#
#   disk.py --build DIR [--fs NAME]... [--workload NAME]... [--limit N]
#
# Needs root and loop devices: exit 77 (skipped) without.
import errno
import functools
import os
import subprocess
import sys

import driver
import stage as staging
import volume as volumes
import workloads

# Said when a disk is full or read-only: some failed, not all could be finished, or nothing was done.
TOLD = {3, 12, 13}


# With small blocks SQLite's shared memory has holes: a page that cannot be had gives SIGBUS.
KINDS = ["ext4", "ext4-1k"]
LEVELS = [4096 * n for n in (*range(29), 32, 48, 64, 96, 128, 256)]


def fill_up(volume, leave):
    """A file that leaves so many bytes free; taken away again by the case."""
    ballast = volume.point / "ballast"
    block = bytes(1024)
    with open(ballast, "wb", buffering=0) as file:
        try:
            while file.write(block) == len(block):
                pass
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
        os.fsync(file.fileno())
        file.truncate(max(0, file.tell() - leave))
        os.fsync(file.fileno())
    return ballast


def judge(stage, workload, result):
    found = []
    if result.signal or result.status not in TOLD | {0}:
        found.append(f"I13: gave {result.signal or result.status}: {result.err[-300:]}")
    if "no-result" in result.err:
        found.append(f"I13: the plugin is blamed for a full disk: {result.err[-300:]}")
    if result.status == 0:
        workloads.succeeded(stage, workload)
    return found


def full_case(volume, stage, workload, leave):
    volume.restore()
    volume.mount()
    try:
        stage.forget()
        workload.begin(stage)
        ballast = fill_up(volume, leave)
        result = stage.run(*workload.arguments(stage))
        stage.note_acknowledged(result)
        found = judge(stage, workload, result)
        ballast.unlink()
        found += stage.aftermath(lambda: with_room_again(stage, workload))
    finally:
        volume.unmount()
    return result.status, found


def with_room_again(stage, workload):
    again = stage.run(*workload.arguments(stage))
    return [f"I11: with room again it gave {again.status}: {again.err[-300:]}"] \
        if again.status not in (0, 4) else []


def read_only_case(volume, stage, workload):
    volume.restore()
    volume.mount()
    try:
        stage.forget()
        subprocess.run(["mount", "-o", "remount,ro", volume.point], check=True)
        result = stage.run(*workload.arguments(stage))
        found = judge(stage, workload, result)
        if result.status == 0:
            found.append("I13: exit 0 on a read-only file system")
        listed = stage.run("list")
        if listed.status != 0:
            found.append(f"I14: list gave {listed.status} on a read-only file system: {listed.err}")
        subprocess.run(["mount", "-o", "remount,rw", volume.point], check=True)
        found += stage.judge_after_recovery()
    finally:
        volume.unmount()
    return result.status, found


def one_workload(workload, kind, work, options):
    volume = volumes.Volume(work, kind, 24 << 20)
    cases, bad = [], 0
    try:
        volume.make()
        volume.mount()
        stage = staging.Stage(volume.point / "stage", staging.Program(options.build, options.fault))
        workload.set_up(stage)
        volume.unmount()
        volume.save()
        for leave in staging.spread(LEVELS, options.limit):
            cases.append((f"{leave} bytes free", *full_case(volume, stage, workload, leave)))
        cases.append(("read-only", *read_only_case(volume, stage, workload)))
    finally:
        volume.close()
    for name, status, found in cases:
        bad += bool(found)
        for violation in found:
            print(f"{workload.name}, {name} (exit {status}): {violation}")
    print(f"disk {kind} {workload.name}: {len(cases)} cases, exits "
          f"{[status for _, status, _ in cases]}, {bad} with violations", flush=True)
    # Control: a disk that never was too full for a conversion proves nothing.
    never = workload.converts and all(s == 0 for _, s, _ in cases[:-1])
    options.tally.add(len(cases), bad + never)


def main():
    parser = driver.parser("workload", "limit", "fault", workload=workloads.WORKLOADS)
    parser.add_argument("--fs", action="append", choices=KINDS)
    options = driver.parse(parser)
    volumes.need_root_and_loop()
    return driver.run("disk", options,
                      [functools.partial(one_workload, workloads.WORKLOADS[name], kind)
                       for name in options.workload or workloads.WORKLOADS
                       for kind in options.fs or KINDS])


if __name__ == "__main__":
    sys.exit(main())
