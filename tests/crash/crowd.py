#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Many processes on one knowledge base.
#
#   twice   two adds of one directory at the same moment: each document once, both exit 0
#   crowd   processes that add, update, remove and read at random; all they acknowledged is held
#           against what is there; a reader never sees half a document
#   storm   the same, and every now and then one is killed with SIGKILL
#
#   crowd.py --build DIR [--suite NAME]... [--rounds N] [--processes N] [--seed N]
import contextlib
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

import checker
import driver
import stage as staging
import workloads


def new_stage(work, options):
    stage = staging.Stage(work / "stage", staging.Program(options.build, options.fault))
    stage.make()
    stage.save()
    return stage


# ---- twice

def start(stage, *arguments):
    return subprocess.Popen(
        [stage.program.openkb, "--kb-dir", stage.kb, *arguments], env=stage.program.environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        errors="surrogateescape", start_new_session=True)


def twice(work, options):
    bad = 0
    for number in range(options.rounds):
        stage = new_stage(work, options)
        for i in range(12):
            workloads.text(stage, f"both/doc{i}.{('md', stage.program.page, 'actor')[i % 3]}", number)
        both = [start(stage, "add", "--jobs", "2", stage.src / "both") for _ in range(2)]
        ends = [(p.communicate(timeout=120), p.returncode) for p in both]
        for path in stage.sources():
            stage.history += [{"event": event, "path": f"{path}", "hash": checker.digest(path)}
                              for event in ("begin", "ack")]
        found = stage.judge()
        found += [f"I13: gave {code}: {err}" for (_, err), code in ends if code != 0]
        documents = len(checker.Registry(stage.kb).documents)
        if documents != 12:
            found.append(f"I8: {documents} documents of 12 sources")
        bad += bool(found)
        for violation in found:
            print(f"twice, round {number}: {violation}")
    print(f"two adds at once: {options.rounds} rounds, {bad} with violations", flush=True)
    options.tally.add(options.rounds, bad)


# ---- crowd and storm

class Actor:
    """One of the processes' scripts: only it touches its own sources, so its history is a
    sequence."""

    def __init__(self, stage, number, seed):
        self.stage, self.number = stage, number
        self.random = random.Random(seed * 1000 + number)
        self.history, self.versions, self.problems = [], {}, []

    def note(self, event, path, value):
        self.history.append({"event": event, "path": f"{path}", "hash": value})

    def name(self):
        kind = ("md", self.stage.program.page, "actor")[self.random.randrange(3)]
        return f"p{self.number}/doc{self.number}x{self.random.randrange(6)}.{kind}"

    def add(self):
        name = self.name()
        version = self.versions[name] = self.versions.get(name, 0) + 1
        path = workloads.text(self.stage, name, (self.number, version))
        value = checker.digest(path)
        self.note("begin", path, value)
        result = self.run("add", "--jobs", "1", path)
        if result.status == 0:
            self.note("ack", path, value)
        return result

    def remove(self):
        name = self.name()
        path = self.stage.src / name
        stem = self.document_name(path)
        if stem is None:
            return None
        self.note("begin", path, None)
        result = self.run("remove", "-y", stem)
        if result.status == 0:
            self.note("ack", path, None)
        return result

    def document_name(self, path):
        result = self.run("list", "--json")
        if result.status != 0:
            return None
        for row in documents_of(result.out):
            if row["source"] == f"{path}":
                return row["name"]
        return None

    def read(self):
        """What list names can be shown whole: its mark is there."""
        result = self.run("list", "--json")
        rows = documents_of(result.out) if result.status == 0 else []
        if rows:
            row = self.random.choice(rows)
            shown = self.run("show", row["name"])
            if shown.status == 0 and "mark-" not in shown.out:
                self.problems.append(f"I14: {row['name']} was shown without its text")
            elif shown.status not in (0, 4, None) and shown.signal is None:
                self.problems.append(f"I14: show gave {shown.status}: {shown.err[-200:]}")
        return result

    def run(self, *arguments):
        result = self.stage.run(*arguments)
        # The killer may meet the child that is about to become a worker, too.
        killed = result.signal or "signal 9 (Killed)" in result.err
        if not killed and result.status not in (0, 4):
            self.problems.append(f"I13: {arguments[0]} gave {result.status}: {result.err[-200:]}")
        return result

    def play(self, operations):
        for _ in range(operations):
            self.random.choices((self.add, self.remove, self.read), (5, 2, 2))[0]()


def documents_of(out):
    return json.loads(out)["documents"]


def killer(stage, seconds, seed):
    """Kills a random openkb of this stage every now and then; returns how many."""
    chance, killed, needle = random.Random(seed), 0, os.fsencode(stage.kb)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(chance.uniform(0.02, 0.3))
        victims = [int(p.name) for p in pathlib.Path("/proc").glob("[0-9]*")
                   if is_openkb(p, stage, needle)]
        if victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(victims), signal.SIGKILL)
                killed += 1
    return killed


def is_openkb(process, stage, needle):
    with contextlib.suppress(OSError):
        return (os.readlink(process / "exe") == os.fspath(stage.program.openkb)
                and needle in (process / "cmdline").read_bytes())
    return False


def play_round(stage, options, seed, storm):
    def one(slot, number):
        if number == options.processes:
            return [[], [], killer(stage, options.operations * 0.12, seed)]
        actor = Actor(stage, number, seed)
        actor.play(options.operations)
        return [actor.history, actor.problems, 0]

    players = options.processes + (1 if storm else 0)
    results = staging.in_parallel(one, range(players), players)
    for history, _, _ in results:
        stage.history += history
    return [p for _, problems, _ in results for p in problems], results[-1][2]


def crowd(work, options, storm=False):
    bad = operations = kills = 0
    for number in range(options.rounds):
        stage = new_stage(work, options)
        found, killed = play_round(stage, options, options.seed + number, storm)
        kills += killed
        operations += sum(event["event"] == "begin" for event in stage.history)
        found += stage.judge_after_recovery()
        bad += bool(found)
        for violation in found:
            print(f"{'storm' if storm else 'crowd'}, seed {options.seed + number}: {violation}")
    print(f"{'kill storm' if storm else 'crowd'}: {options.rounds} rounds of {options.processes} "
          f"processes, {operations} changes, {kills} kills, {bad} with violations", flush=True)
    options.tally.add(options.rounds, bad + (storm and kills == 0))


SUITES = {"twice": twice, "crowd": crowd, "storm": lambda w, o: crowd(w, o, storm=True)}


def main():
    parser = driver.parser("suite", "seed", "fault", suite=SUITES)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--operations", type=int, default=12)
    options = driver.parse(parser)
    return driver.run("crowd", options, [SUITES[name] for name in options.suite or SUITES])


if __name__ == "__main__":
    sys.exit(main())
