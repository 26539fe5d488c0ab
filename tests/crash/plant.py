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
#   plant.py --build DIR [--limit N] [--slots N] [--case PLACE:KIND[:NAME:I]]
import collections
import os
import pathlib
import shutil
import sys
import threading

import checker
import driver
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
        self.is_set = self.is_during = False

    def set(self):
        self.is_set = True
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
        """A file that was planted is somewhere in the knowledge base still. But hashes.json is
        its writer's who holds the lock: nobody else may write there meanwhile."""
        if self.path.name == "hashes.json" and self.is_during:
            return True
        return not self.is_set or self.kind is not plant_file or any(
            BYTES in path.read_text(errors="replace")
            for path in self.stage.kb.rglob("*") if path.is_file() and not path.is_symlink())

    def take_away(self):
        """Back to what was there, with what openkb made in a directory of ours meanwhile."""
        if not self.is_set:
            return
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


def between_case(stage, workload, place, kind, call):
    """The program waits before the call while something is planted."""
    stage.restore()
    workload.begin(stage)
    plant = Plant(stage, place, kind)
    reached, tell = os.pipe()
    wait, go = os.pipe()

    def set_plant():
        if os.read(reached, 1):
            plant.is_during = True
            plant.set()
            os.write(go, b"x")

    thread = threading.Thread(target=set_plant)
    thread.start()
    try:
        result = stage.run(*workload.arguments(stage), pass_fds=(tell, wait),
                           strace=staging.holding(stage.program, call, tell, wait))
    finally:
        os.close(tell)
        thread.join()
        for descriptor in (reached, wait, go):
            os.close(descriptor)
    found = judge_run(stage, result, plant)
    was_set = plant.is_set
    plant.take_away()
    return ("planted" if was_set else "too late"), found + judge_aftermath(stage, workload)


def cases_of(calls):
    """(place, kind, None or the call before which it is planted)"""
    pairs = [(place, kind) for place in PLACES for kind in PLANTS]
    yield from ((place, kind, None) for place, kind in pairs)
    step = max(1, len(calls) // 8)
    for i, (place, kind) in enumerate(pairs):
        for offset in range(step // 2, len(calls), step):
            yield place, kind, calls[(i + offset) % len(calls)]


def exchanges(calls):
    """A person saves the index while it is being exchanged."""
    return [("wiki/index.md", plant_file, call) for call in calls
            if call.name.startswith("rename") and "index.md" in call.text]


def name_of(case):
    place, kind, call = case
    return ":".join([place, kind.__name__.removeprefix("plant_"),
                     *([call.name, f"{call.index}"] if call else [])])


def run_case(stage, workload, case):
    place, kind, call = case
    if call is None:
        return before_case(stage, workload, place, kind)
    return between_case(stage, workload, place, kind, call)


def chosen_cases(calls, options):
    everything = list(cases_of(calls))
    if options.case:
        return [case for case in everything + exchanges(calls) if name_of(case) == options.case]
    return staging.spread(everything, options.limit) + exchanges(calls)


def main():
    options = driver.parse(driver.parser("limit", "slots", "case", "fault"))
    if not staging.injector(pathlib.Path(options.build).resolve()):
        print("skipped: the kernel cannot hold a program at a call (Linux 5.19, seccomp)")
        return 77
    workload, tally = workloads.WORKLOADS["add"], staging.Tally("plant")
    with staging.workspace("openkb-plant-") as work:
        stages = driver.stages(pathlib.Path(work), options, workload.set_up)
        calls, _ = staging.write_calls(stages[0], workload.arguments(stages[0]))
        cases = chosen_cases(calls, options)
        outcomes = staging.in_parallel(
            lambda slot, case: run_case(stages[slot], workload, case), cases, len(stages))
    for case, (outcome, found) in zip(cases, outcomes):
        tally.add(1, bool(found))
        for violation in found:
            print(f"--case {name_of(case)} ({outcome}"
                  f"{', ' + case[2].text[:60] if case[2] else ''}): {violation}")
    counts = collections.Counter(outcome for outcome, _ in outcomes)
    print(", ".join(f"{n} {what}" for what, n in sorted(counts.items())))
    return tally.end()


if __name__ == "__main__":
    sys.exit(main())
