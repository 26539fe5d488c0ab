#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# What is cleared away, by whom, and what is not.
#
#   orphans    dead directories of every kind, with trees that grant no right to anybody (0000),
#              links, names of 255 bytes and a thousand levels, cleared away by an ordinary user
#   alive      batches of adds that are at work, or stopped, while others recover
#   immutable  a file that nobody can unlink (chattr +i): told, kept, and nothing else suffers
#   race       reap-race: batches begin and end while another process reaps
#
#   reap.py --build DIR [--suite NAME]... [--batches N]
#
# `orphans` as root becomes the user `nobody`; `immutable` needs root and loop devices.
import argparse
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import stage as staging
import volume as volumes
import workloads

STAGING = ".openkb/staging"
KINDS_OF_ORPHANS = 15


def as_nobody():
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] \
        if os.geteuid() == 0 else []


# ---- Orphans

def tree(path):
    """One that an `rm -r` of its owner stumbles over."""
    (path / "shut/inner").mkdir(parents=True)
    (path / "shut/inner/file").write_text("x")
    (path / "read-only").mkdir()
    (path / "read-only/file").write_text("x")
    (path / ("n" * 255)).write_text("x")
    (path / "link").symlink_to("/etc")
    (path / "dangling").symlink_to("nowhere")
    deep = path
    for _ in range(1000):
        deep = deep / "d"
        if len(os.fspath(deep)) < 3000:
            deep.mkdir()
    os.chmod(path / "read-only", 0o500)
    os.chmod(path / "shut/inner", 0)
    os.chmod(path / "shut", 0)


def orphans_of(kb):
    """name -> whether it has to go"""
    root = kb / STAGING
    old = time.time() - 100_000
    kinds = {"batch-dead": True, "batch-shut": True, "dead-0000-batch-x": True,
             "commit/77-dead": True, "prepare/000001-x-1": True, "add-old-1": True,
             "bundle-old-1": True, "rollback-old-1": True, "add-young-1": False,
             "somebody/else": False}
    for name in kinds:
        tree(root / name)
    (root / "batch-dead/alive").write_text("")
    os.chmod(root / "batch-shut", 0)
    for name in kinds:
        if "-old-" in name:
            os.utime(root / name, (old, old))
    for name in ("batch-link", "dead-link"):
        (root / name).symlink_to("/etc")
        kinds[name] = True
    (root / "prepare/link").symlink_to("/etc")
    kinds["prepare/link"] = False
    for name in (".openkb/.openkb-1.tmp", ".openkb/journal/.openkb-1.tmp"):
        (kb / name).parent.mkdir(exist_ok=True)
        (kb / name).write_text("half")
        kinds[os.path.relpath(kb / name, root)] = True
    return kinds


def orphans(work, options):
    """In a process that has no rights but its own: root meets no 0000."""
    if os.geteuid() == 0:
        os.chmod(work, 0o777)
        result = subprocess.run(
            [*as_nobody(), sys.executable, "-B", __file__, "--build", options.build, "--suite",
             "orphans", "--work", work / "nobody"], check=False, stdout=subprocess.PIPE, text=True)
        print(result.stdout.split("reap: ")[0], end="")
        return KINDS_OF_ORPHANS, result.returncode != 0
    stage = staging.Stage(work / "stage", staging.Program(options.build))
    stage.make()
    workloads.old_documents(stage)
    stage.save()
    kinds = orphans_of(stage.kb)
    result = stage.run("recover")
    found = [] if result.status == 0 else [f"gave {result.status}: {result.err}"]
    if len(kinds) != KINDS_OF_ORPHANS:
        found.append(f"{len(kinds)} kinds, not {KINDS_OF_ORPHANS}")
    for name, goes in kinds.items():
        there = os.path.lexists(stage.kb / STAGING / name)
        if there == goes:
            found.append(f"{name} is {'there still' if there else 'gone'}")
    for violation in found:
        print(f"orphans: {violation}")
    print(f"orphans: {len(kinds)} kinds as user {os.getuid()}, {len(found)} violations",
          flush=True)
    return len(kinds), len(found)


# ---- Batches that live

def alive(work, options):
    """An add that converts for ever, stopped or not: others recover, and it is whole still."""
    stage = staging.Stage(work / "stage", staging.Program(options.build))
    stage.make()
    workloads.text(stage, "slow/slow.actor", 1, "actor: sleep\n")
    stage.save()
    found, rounds = [], 0
    for stops in (False, True):
        process = subprocess.Popen(
            [stage.program.openkb, "--kb-dir", stage.kb, "add", stage.src / "slow"],
            env=stage.program.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        before = wait_for_batch(stage.kb)
        if stops:
            process.send_signal(signal.SIGSTOP)
        for _ in range(10):
            rounds += 1
            result = stage.run("recover")
            if result.status != 0 or names_of_batches(stage.kb) != before:
                found.append(f"{names_of_batches(stage.kb)} of {before}: {result.err}")
        staging.kill_session(process.pid)
        process.wait()
        stage.openkb("recover")
        if names_of_batches(stage.kb):  # control: with its process it goes
            found.append("a batch whose process was killed is there still")
    for violation in found:
        print(f"alive: {violation}")
    print(f"alive: {rounds} recoveries beside a batch, {len(found)} violations", flush=True)
    return rounds, len(found)


def names_of_batches(kb):
    """Its directories and files, but for what the conversion itself makes and takes away."""
    return sorted(p.name for p in (kb / STAGING).glob("batch-*"))


def wait_for_batch(kb):
    for _ in range(1000):
        if names := names_of_batches(kb):
            time.sleep(0.2)
            return names
        time.sleep(0.01)
    raise AssertionError("the add made no batch")


# ---- What cannot be unlinked

def immutable(work, options):
    volumes.need_root_and_loop()
    volume = volumes.Volume(work, "ext4")
    found = []
    volume.make()
    volume.mount()
    stage = staging.Stage(volume.point / "stage", staging.Program(options.build))
    stage.make()
    workloads.prepare_add(stage)
    dead = stage.kb / STAGING / "batch-dead"
    (dead / "inner").mkdir(parents=True)
    (dead / "inner/fixed").write_text("x")
    (dead / "inner/loose").write_text("x")
    subprocess.run(["chattr", "+i", dead / "inner/fixed"], check=True)
    try:
        result = stage.run("add", stage.src / "new")
        left = list((stage.kb / STAGING).rglob("fixed"))
        if result.status != 0 or "cannot be removed" not in result.err:
            found.append(f"gave {result.status}: {result.err}")
        if len(left) != 1 or list((stage.kb / STAGING).rglob("loose")):
            found.append(f"left: {left}")
        for path in left:
            subprocess.run(["chattr", "-i", path], check=True)
        stage.openkb("recover")
        if list((stage.kb / STAGING).rglob("fixed")):
            found.append("is there still when it can be unlinked")
    finally:
        subprocess.run(["chattr", "-R", "-i", stage.kb / STAGING], check=False)
        volume.unmount()
    for violation in found:
        print(f"immutable: {violation}")
    print(f"immutable: 1 case, {len(found)} violations", flush=True)
    return 1, len(found)


# ---- The race

def race(work, options):
    program = pathlib.Path(options.build) / "tests/crash/reap-race"
    environment = dict(os.environ)

    def run(name, batches):
        return subprocess.run([program, work / name, str(batches)], capture_output=True,
                              text=True, env=environment, check=False)

    result = run("kb", options.batches)
    environment["OPENKB_FAULT"] = "no-alive"
    control = run("control", 300)
    print(f"race: {result.stdout.strip()}; without the sign of life: {control.stdout.strip()}"
          f"{result.stderr}", flush=True)
    return options.batches, (result.returncode != 0) + (control.returncode == 0)


SUITES = {"orphans": orphans, "alive": alive, "immutable": immutable, "race": race}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--suite", action="append", choices=SUITES)
    parser.add_argument("--batches", type=int, default=1000)
    parser.add_argument("--work", type=pathlib.Path)
    options = parser.parse_args()
    options.build = os.path.realpath(options.build)
    tally = staging.Tally("reap")
    for name in options.suite or [n for n in SUITES if n != "immutable" or os.geteuid() == 0]:
        work = options.work or pathlib.Path(tempfile.mkdtemp(prefix="openkb-reap-"))
        work.mkdir(exist_ok=True)
        try:
            tally.add(*SUITES[name](work, options))
        finally:
            subprocess.run(["chmod", "-R", "u+rwx", work], check=False,
                           stderr=subprocess.DEVNULL)
            subprocess.run(["rm", "-rf", work], check=False)
    return tally.end()


if __name__ == "__main__":
    sys.exit(main())
