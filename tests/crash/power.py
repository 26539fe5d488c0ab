#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Power loss at every system call of openkb that writes: the process is killed there, then the
# file system (ext4 or xfs in an image) is shut down without flushing anything (FS_IOC_SHUTDOWN)
# and mounted anew. What openkb had not made durable is gone. Then as kill.py.
#
#   power.py --build DIR [--fs ext4|xfs]... [--workload NAME]... [--limit N] [--slots N]
#            [--case NAME:I]
#
# Needs root and loop devices: exit 77 (skipped) without.
import functools
import sys

import driver
import kill
import stage as staging
import volume as volumes
from workloads import WORKLOADS

# When the program has ended well, nothing may depend on what the kernel has not written yet.
AT_THE_END = staging.Call("exit", 1, "the program had ended")


def control_notices_loss(volume):
    """A file that nobody synced is gone after the loss, and one that was is there: else this
    machine cannot tell."""
    volume.restore()
    volume.mount()
    try:
        (volume.point / "lost").write_text("x")
        volume.lose_power()
        lost = not (volume.point / "lost").exists()
    finally:
        volume.unmount()
    return lost


def run_case(volume, stage, workload, call):
    volume.restore()
    volume.mount()
    try:
        stage.forget()
        workload.begin(stage)
        if call == AT_THE_END:
            result = stage.run(*workload.arguments(stage))
        else:
            result = kill.kill(stage, workload.arguments(stage), call)
        stage.note_acknowledged(result)
        volume.lose_power()
        found = stage.aftermath(lambda: workload.finish(stage))
    finally:
        volume.unmount()
    return "killed" if result.signal else "not reached", found, stage.left


def set_up(workload, kind, options, work):
    """A volume with the stage of a workload saved in it, unmounted."""
    work.mkdir()
    volume = volumes.Volume(work, kind)
    volume.make()
    volume.save()
    if not control_notices_loss(volume):
        sys.exit(f"{kind}: control not caught: an unsynced file survived the power loss")
    volume.mount()
    try:
        stage = staging.Stage(volume.point / "stage",
                              staging.Program(options.build, options.fault))
        workload.set_up(stage)
    finally:
        volume.unmount()
    volume.save()
    return volume, stage


def enumerate_calls(volume, stage, workload):
    volume.mount()
    try:
        calls, _ = staging.write_calls(stage, workload.arguments(stage))
    finally:
        volume.unmount()
    return [*calls, AT_THE_END]


def one_workload(workload, kind, work, options):
    places = [set_up(workload, kind, options, work / f"{slot}") for slot in range(options.slots)]
    try:
        calls = enumerate_calls(*places[0], workload)
        chosen = staging.spread(calls, options.limit)
        if options.case:
            name, index = options.case.split(":")
            chosen = [c for c in calls if (c.name, c.index) == (name, int(index))]
        outcomes = staging.in_parallel(
            lambda slot, call: run_case(*places[slot], workload, call), chosen, options.slots)
    finally:
        for volume, _ in places:
            volume.close()
    kill.report(options.tally, f"power {kind}", workload.name, calls, chosen, outcomes)


def main():
    parser = driver.parser("workload", "limit", "slots", "case", "fault", workload=WORKLOADS)
    parser.add_argument("--fs", action="append", choices=["ext4", "xfs"])
    options = driver.parse(parser)
    kinds = options.fs or ["ext4", "xfs"]
    volumes.need_root_and_loop(kinds)
    return driver.run("power", options,
                      [functools.partial(one_workload, WORKLOADS[name], kind)
                       for kind in kinds for name in options.workload or WORKLOADS])


if __name__ == "__main__":
    sys.exit(main())
