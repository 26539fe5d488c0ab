#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Things that stand where openkb is about to work: links that lead out of the knowledge base,
# dangling ones, loops, files where a directory should be and the reverse; planted before the
# command, and while it is stopped at a call. Nothing outside may be touched, no bystander may be
# harmed, the program must end by itself and tell; and when the plant is taken away the next
# command goes on.
#
#   plant.py --build DIR [--limit N] [--slots N]
import argparse
import collections
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import checker
import stage as staging
import workloads

PLACES = ["raw", "raw/alpha.md", "wiki", "wiki/sources", "wiki/sources/alpha.md",
          "wiki/sources/images", "wiki/sources/images/gamma", "wiki/summaries",
          "wiki/summaries/beta.md", "wiki/index.md", "wiki/log.md", ".openkb/staging",
          ".openkb/staging/commit", ".openkb/staging/.gate", ".openkb/conflicts",
          ".openkb/hashes.json", ".openkb/ingest.lock"]


def plant_link(path, stage):
    path.symlink_to(stage.canary)


def plant_link_to_file(path, stage):
    path.symlink_to(stage.canary / "untouched.md")


def plant_dangling(path, stage):
    path.symlink_to(stage.canary / "to-be-made")


def plant_loop(path, stage):
    path.symlink_to(path.name)


BYTES = "a file where nobody expects one\n"


def plant_file(path, stage):
    path.write_text(BYTES)


def plant_directory(path, stage):
    (path / "inner").mkdir(parents=True)


PLANTS = [plant_link, plant_link_to_file, plant_dangling, plant_loop, plant_file, plant_directory]


# What was planted may have been put into conflicts/; what was aside missed an update.
IGNORED = ("I7", "I4", "I5: .openkb/conflicts", "I6: .openkb/quarantine")


class Plant:
    """Something that stands at a place; what was there is put aside and comes back."""

    def __init__(self, stage, place, kind):
        self.stage, self.kind = stage, kind
        self.path = stage.kb / place
        self.aside = stage.directory / "aside"

    def set(self):
        if self.path.exists() or self.path.is_symlink():
            self.path.rename(self.aside)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.kind(self.path, self.stage)

    def still_stands(self):
        """Not when openkb put it into conflicts/ and its own file in its place."""
        if self.kind is plant_directory:
            return (self.path / "inner").is_dir()
        if self.kind is plant_file:
            return self.path.is_file() and "nobody expects" in self.path.read_text(errors="replace")
        return self.path.is_symlink()

    def survives(self):
        """A file that was planted is somewhere in the knowledge base still."""
        return self.kind is not plant_file or any(
            BYTES in path.read_text(errors="replace")
            for path in self.stage.kb.rglob("*") if path.is_file() and not path.is_symlink())

    def take_away(self):
        """Back to what was there, with what openkb made in a directory of ours meanwhile."""
        made = self.stage.directory / "made"
        if self.still_stands():
            self.path.rename(made)
        if self.aside.exists() or self.aside.is_symlink():
            if not self.path.exists():
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self.aside.rename(self.path)
        if made.is_dir() and not made.is_symlink():
            (made / "inner").rmdir()
            if self.path.is_dir():
                shutil.copytree(made, self.path, symlinks=True, dirs_exist_ok=True)
            elif not self.path.exists() and any(made.iterdir()):
                made.rename(self.path)


def judge_run(stage, result, plant):
    found = [] if plant.survives() else ["I5: what was planted is gone"]
    if result.signal or result.status in ("timeout", 134, 139):
        found.append(f"I13: died of {result.signal or result.status}: {result.err[-300:]}")
    elif result.status != 0 and not result.err.strip():
        found.append(f"I13: gave {result.status} and said nothing")
    if checker.tree_digest_plain(stage.canary) != stage.canary_digest:
        found.append("I10: something outside the knowledge base was touched")
    return found


def judge_aftermath(stage, workload):
    """When the plant is gone: the old documents are whole, and the new ones come in."""
    found = []
    recover = stage.run("recover")
    if recover.status != 0:
        found.append(f"I11: recover gave {recover.status}: {recover.err[-300:]}")
    again = stage.run(*workload.arguments(stage), "--retry-failed")
    if again.status != 0:
        found.append(f"I11: the next add gave {again.status}: {again.err[-300:]}")
    begun = [event for event in stage.history if event["event"] == "begin"]
    stage.history += [{**event, "event": "ack"} for event in begun]
    return found + [v for v in stage.judge() if not v.startswith(IGNORED)]


def before_case(stage, workload, place, kind):
    stage.restore()
    workload.begin(stage)
    plant = Plant(stage, place, kind)
    plant.set()
    result = stage.run(*workload.arguments(stage))
    found = judge_run(stage, result, plant)
    plant.take_away()
    return f"exit {result.status}", found + judge_aftermath(stage, workload)


def stopped_child(process):
    """The program that strace traces, once it stays stopped; None when it ended first."""
    seen = 0
    for _ in range(5000):
        if process.poll() is not None:
            return None
        stopped = [pid for pid in staging.session_members(process.pid)
                   if pid != process.pid and is_stopped(pid)]
        # A traced program stops for a moment at each call, too.
        seen = seen + 1 if stopped else 0
        if seen == 15:
            return stopped[0]
        time.sleep(0.002)
    return None


def is_stopped(pid):
    with contextlib.suppress(OSError):
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        return re.search(r"^State:\t[tT]", status, re.M) is not None
    return False


def between_case(stage, workload, place, kind, call):
    stage.restore()
    workload.begin(stage)
    plant = Plant(stage, place, kind)
    argv = [*staging.injection(call, "signal=SIGSTOP"), stage.program.openkb, "--kb-dir", stage.kb,
            *workload.arguments(stage)]
    process = subprocess.Popen([os.fspath(a) for a in argv], env=stage.program.environment,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True, errors="replace",
                               start_new_session=True)
    child = stopped_child(process)
    plant.set()
    for pid in staging.session_members(process.pid):
        if pid != process.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
    try:
        _, err = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        staging.kill_session(process.pid)
        _, err = process.communicate()
        process.returncode = "timeout"
    code = process.returncode
    signaled = -code if isinstance(code, int) and code < 0 else None
    found = judge_run(stage, staging.Result(code, signaled, "", err, [], 0), plant)
    plant.take_away()
    return ("planted" if child else "too late"), found + judge_aftermath(stage, workload)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--fault")
    options = parser.parse_args()
    workload = workloads.WORKLOADS["add"]
    with tempfile.TemporaryDirectory(prefix="openkb-plant-") as work:
        stages = [staging.Stage(pathlib.Path(work) / f"plant-{slot}",
                                staging.Program(options.build, options.fault))
                  for slot in range(options.slots)]
        for stage in stages:
            workload.set_up(stage)
        calls, _ = staging.write_calls(stages[0], workload.arguments(stages[0]))
        pairs = [(place, kind) for place in PLACES for kind in PLANTS]
        cases = [(place, kind, None) for place, kind in pairs]
        step = max(1, len(calls) // 8)
        cases += [(place, kind, calls[(i + offset) % len(calls)])
                  for i, (place, kind) in enumerate(pairs)
                  for offset in range(step // 2, len(calls), step)]
        # A person saves the index while it is being exchanged.
        exchange = [i for i, call in enumerate(calls) if call.name.startswith("rename")
                    and "index.md" in call.text]
        cases = staging.spread(cases, options.limit)
        cases += [("wiki/index.md", plant_file, calls[i - 1]) for i in exchange]

        def run(slot, case):
            place, kind, call = case
            if call is None:
                return before_case(stages[slot], workload, place, kind)
            return between_case(stages[slot], workload, place, kind, call)

        outcomes = staging.in_parallel(run, cases, options.slots)
    bad = 0
    for (place, kind, call), (outcome, found) in zip(cases, outcomes):
        bad += bool(found)
        for violation in found:
            print(f"{kind.__name__} at {place}, {'at ' + call.text[:60] if call else 'before'} "
                  f"({outcome}): {violation}")
    counts = collections.Counter(outcome for outcome, _ in outcomes)
    print(f"plant: {len(cases)} cases ({', '.join(f'{n} {w}' for w, n in sorted(counts.items()))})"
          f", {bad} with violations")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
