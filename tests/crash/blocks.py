#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# What a disk may hold after the power failed: openkb runs once on a disk that records each write
# and each flush (recorder.py). Then disks are made that hold everything up to a flush, and of the
# writes after it only some, torn apart into pieces of 4 KiB: a disk may write what it was not told
# to flush in any order, and in part. Each is mounted (ext4, xfs, btrfs), recovered and judged, with
# what had been acknowledged at that moment as its history.
#
#   blocks.py --build DIR [--fs NAME]... [--workload NAME]... [--limit N] [--seeds N] [--case I:S]
#
# Cases: each flush of the run, and at each of --seeds moments between it and the next a random
# half of what was written since. --case repeats cut I (the number of records that are on their
# way) with seed S; seed -1 is all of them. Needs root, /dev/fuse and loop devices: exit 77
# (skipped) without.
import collections
import functools
import os
import random
import shutil
import sys

import driver
import recorder
import stage as staging
import volume as volumes
from workloads import WORKLOADS

KINDS = ["ext4", "xfs", "btrfs"]
PIECE = 4096
ALL = -1

Case = collections.namedtuple("Case", "cut seed")
# What one run left: its records, and which of them came while the program ran.
Tape = collections.namedtuple("Tape", "records first last")


# ---- Recording

def record(volume, work, act):
    """act(recorder) on the mounted volume, every write of which is recorded; a Tape."""
    image = volume.image
    with recorder.Recorder(work, image) as recording:
        volume.image = recording.disk
        try:
            volume.mount()
            os.sync()
            first = recording.count()
            act(recording)
            last = recording.count()
            volume.unmount()
        finally:
            volume.image = image
        return Tape(recording.records(), first, last)


def cases_of(tape, seeds):
    """The state at the beginning and at each flush, and random ones of what lies between."""
    flushes = [i + 1 for i in range(tape.first, tape.last)
               if tape.records[i].kind == recorder.FLUSH]
    bounds = sorted({tape.first, *flushes, tape.last})
    for begin, end in zip(bounds, bounds[1:] + [None]):
        yield Case(begin, ALL)
        for seed in range(seeds if end and end - begin > 1 else 0):
            yield Case(random.Random(begin * 1000 + seed).randint(begin + 1, end), seed)


# ---- Replaying

def pieces(record):
    for at in range(0, len(record.data), PIECE):
        yield record.offset + at, record.data[at:at + PIECE]


def write_image(tape, case, volume):
    """The disk as it may be when the records before case.cut were on their way."""
    volume.restore()
    chance = random.Random(case.cut * 1000 + case.seed)
    flushed = max([i for i in range(case.cut) if tape.records[i].kind == recorder.FLUSH],
                  default=0)
    fd = os.open(volume.image, os.O_WRONLY)
    try:
        for i, record in enumerate(tape.records[:case.cut]):
            for offset, data in pieces(record) if record.kind == recorder.WRITE else ():
                if i < flushed or case.seed == ALL or chance.random() < 0.5:
                    os.pwrite(fd, data, offset)
    finally:
        os.close(fd)


def said_before(tape, cut):
    """What the program had acknowledged by then."""
    texts = [b"".join(r.data for r in tape.records[:cut] if r.kind == kind).decode(errors="replace")
             for kind in (recorder.OUT, recorder.ERR)]
    return staging.acknowledged(*texts)


Said = collections.namedtuple("Said", "acked")


def replay_case(volume, stage, workload, tape, case):
    write_image(tape, case, volume)
    volume.mount()
    try:
        stage.forget()
        workload.begin(stage)
        stage.note_acknowledged(Said(said_before(tape, case.cut)))
        found = stage.aftermath(lambda: workload.finish(stage))
    finally:
        volume.unmount()
    return "all" if case.seed == ALL else "some", found, stage.left


# ---- Control

def control_tells(volume, work):
    """A file that was synced is on every disk from then on, one that was not is missing on some:
    else this tells nothing."""
    def act(recording):
        (volume.point / "lost").write_text("x" * 10000)
        with open(volume.point / "kept", "w") as file:
            file.write("y" * 10000)
            file.flush()
            os.fsync(file.fileno())
        recording.out.write(b"kept\n")
        with open(volume.point / "later", "w") as file:
            file.write("z" * 10000)
            file.flush()
            os.fsync(file.fileno())

    volume.save()
    tape = record(volume, work, act)
    missing = 0
    for case in cases_of(tape, 4):
        write_image(tape, case, volume)
        volume.mount()
        try:
            promised = any(r.kind == recorder.OUT for r in tape.records[:case.cut])
            kept = volume.point / "kept"
            if promised and not (kept.exists() and kept.read_text() == "y" * 10000):
                sys.exit(f"control: a synced file was lost ({volume.kind}, case {case})")
            missing += not (volume.point / "later").exists()
        finally:
            volume.unmount()
    return missing > 0


# ---- Driver

def one_workload(workload, kind, work, options):
    volume = volumes.Volume(work, kind)
    try:
        volume.make()
        if not control_tells(volume, work):
            sys.exit(f"{kind}: control not caught: no disk lacked what was never flushed")
        volume.make()
        volume.mount()
        stage = staging.Stage(volume.point / "stage",
                              staging.Program(options.build, options.fault))
        workload.set_up(stage)
        volume.unmount()
        volume.save()
        run = lambda recording: check(stage.run(*workload.arguments(stage), streams=(
            recording.out, recording.err)), workload)
        tape = record(volume, work, run)
        chosen = staging.spread(list(cases_of(tape, options.seeds)), options.limit)
        if options.case:
            chosen = [Case(*map(int, options.case.split(":")))]
        outcomes = [replay_case(volume, stage, workload, tape, case) for case in chosen]
    finally:
        volume.close()
    report(options.tally, kind, workload, tape, chosen, outcomes)


def check(result, workload):
    if result.status != 0:
        sys.exit(f"{workload.name}: while it was recorded it gave {result.status}: {result.err}")


def report(tally, kind, workload, tape, chosen, outcomes):
    bad = 0
    for case, (_, found, _) in zip(chosen, outcomes):
        bad += bool(found)
        for violation in found:
            print(f"{kind} {workload.name} --case {case.cut}:{case.seed}: {violation}")
    during = tape.records[tape.first:tape.last]
    counts = collections.Counter(record.kind for record in during)
    kinds = collections.Counter(outcome for outcome, _, _ in outcomes)
    states = len({left for _, _, left in outcomes})
    print(f"blocks {kind} {workload.name}: {counts[recorder.WRITE]} writes, "
          f"{counts[recorder.FLUSH]} flushes, {len(chosen)} disks ({kinds['all']} with all, "
          f"{kinds['some']} with some of what was not flushed), {states} states, {bad} with violations",
          flush=True)
    # Control: a run that wrote nothing was not recorded.
    nothing = counts[recorder.WRITE] == 0 or counts[recorder.FLUSH] == 0
    tally.add(len(chosen), bad + nothing, states)


def need_fuse():
    missing = [] if os.access("/dev/fuse", os.R_OK | os.W_OK) else ["/dev/fuse"]
    if missing:
        print(f"skipped: needs {', '.join(missing)}")
        sys.exit(volumes.SKIPPED)


def main():
    parser = driver.parser("workload", "limit", "case", "fault", workload=WORKLOADS)
    parser.add_argument("--fs", action="append", choices=KINDS)
    parser.add_argument("--seeds", type=int, default=5)
    options = driver.parse(parser)
    kinds = options.fs or [k for k in KINDS if shutil.which(volumes.MAKE[k][0])]
    volumes.need_root_and_loop(kinds)
    need_fuse()
    return driver.run("blocks", options,
                      [functools.partial(one_workload, WORKLOADS[name], kind)
                       for kind in kinds for name in options.workload or WORKLOADS])


if __name__ == "__main__":
    sys.exit(main())
