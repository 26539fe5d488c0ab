#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Power loss at every system call of openkb that writes: the process is killed there, then the
# file system (ext4 or xfs in an image) is shut down without flushing anything (FS_IOC_SHUTDOWN)
# and mounted anew. What openkb had not made durable is gone. Then as kill.py.
#
#   power.py --build DIR [--fs ext4|xfs]... [--workload NAME]... [--limit N] [--case NAME:I]
#
# Needs root and loop devices: exit 77 (skipped) without.
import argparse
import pathlib
import sys
import tempfile

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
        del stage.history[stage.begun:]
        workload.begin(stage)
        if call == AT_THE_END:
            result = stage.run(*workload.arguments(stage))
        else:
            result = kill.kill(stage, workload.arguments(stage), call)
        stage.note_acknowledged(result)
        volume.lose_power()
        found = stage.judge_after_recovery()
        found += workload.finish(stage)
    finally:
        volume.unmount()
    return "killed" if result.signal else "not reached", found


def one_workload(workload, kind, options, work):
    volume = volumes.Volume(work, kind)
    try:
        volume.make()
        volume.save()
        if not control_notices_loss(volume):
            sys.exit(f"{kind}: control not caught: an unsynced file survived the power loss")
        volume.mount()
        stage = staging.Stage(volume.point / "stage",
                              staging.Program(options.build, options.fault))
        workload.set_up(stage)
        volume.unmount()
        volume.save()
        volume.mount()
        calls, _ = staging.write_calls(stage, workload.arguments(stage))
        volume.unmount()
        calls.append(AT_THE_END)
        chosen = staging.spread(calls, options.limit)
        if options.case:
            name, index = options.case.split(":")
            chosen = [c for c in calls if (c.name, c.index) == (name, int(index))]
        outcomes = [run_case(volume, stage, workload, call) for call in chosen]
    finally:
        volume.close()
    return kill.report(f"power {kind}", workload.name, calls, chosen, outcomes)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--fs", action="append", choices=["ext4", "xfs"])
    parser.add_argument("--workload", action="append")
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--case")
    parser.add_argument("--fault")
    options = parser.parse_args()
    kinds = options.fs or ["ext4", "xfs"]
    volumes.need_root_and_loop(kinds)
    bad = 0
    for kind in kinds:
        for name in options.workload or WORKLOADS:
            with tempfile.TemporaryDirectory(prefix="openkb-power-") as work:
                bad += one_workload(WORKLOADS[name], kind, options, pathlib.Path(work))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
