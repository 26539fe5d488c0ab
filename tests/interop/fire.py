#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Two programs on one knowledge base while one of them dies. The other one here is the stand-in
# for OpenKB in Python. tests/crash/checker.py judges, and structure.py reads as Python would.
#
#   openkb   openkb is killed at a system call that writes, of add, update and remove; then the
#            stand-in takes the lock and adds, updates or removes, the same document or another;
#            then openkb recovers and merges three ways
#   python   the stand-in is killed at a step of add, update or remove; then openkb adds
#   crowd    both at the same time, many of each
#   storm    the same, and every now and then one of either is killed
#
#   fire.py --build DIR [--suite NAME]... [--limit N] [--slots N] [--rounds N]
#           [--pair OPENKB/PYTHON --case NAME:I | --pair PYTHON --case N]
#
# --limit takes that many deaths of each pair of operations, evenly.
import collections
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "crash"))

import checker  # noqa: E402
import crowd  # noqa: E402
import driver  # noqa: E402
import stage as staging  # noqa: E402
import structure  # noqa: E402
import workloads  # noqa: E402

STANDIN = HERE / "python_openkb.py"
LITTER = re.compile(r"/\.[^/]+\.tmp\b")  # a temporary file of the stand-in when it died
# What the other program wrote and we took out of the way is kept; the checker knows only people.
KEPT = re.compile(r"I5: .* is nobody's, but kept as somebody's")
# A reader does not see what the other program took out before we merge that.
TAKEN_OUT = re.compile(r"show gave 1: .*cannot open .*/doc[135]x\d.*No such file", re.S)
YOUNG = re.compile(r"I6: .openkb/staging/(add|rollback)-")  # reaped when it is a day old


def standin(stage, *arguments, die=None):
    environment = dict(os.environ, **({"STANDIN_DIE": str(die)} if die else {}))
    return subprocess.run([sys.executable, "-B", STANDIN, stage.kb, *arguments], timeout=120,
                          env=environment, capture_output=True, text=True)


# ---- What is in, and what the two do

def set_up(stage):
    """Documents of both, one of them with an image."""
    stage.make()
    workloads.text(stage, "old/one.md", 1)
    workloads.text(stage, f"old/two.{stage.program.page}", 1)
    workloads.text(stage, "old/three.actor", 1, "actor: image three\n")
    stage.openkb("add", stage.src / "old")
    for name in ("theirs", "other"):
        workloads.text(stage, f"py/{name}.md", 1)
        standin(stage, "add", stage.src / f"py/{name}.md").check_returncode()
    stage.openkb("recover")
    stage.note_documents()
    stage.save()


def openkb_add(stage):
    for name in ("alpha.md", "gamma.actor"):
        workloads.text(stage, f"new/{name}", 1, "actor: image g\n" if "actor" in name else "")
    stage.note_begin(path for path in stage.sources() if path.parent.name == "new")
    return [*workloads.ADD, stage.src / "new"]


def openkb_update(stage):
    stage.note_begin([workloads.text(stage, "old/one.md", 2),
                      workloads.text(stage, "old/three.actor", 2, "actor: image four\n")])
    return [*workloads.ADD, stage.src / "old"]


def openkb_remove(stage):
    stage.note_begin([stage.src / "old/one.md", stage.src / "old/three.actor"], removing=True)
    return ["remove", "-y", "one", "three"]


OPENKB = {"add": openkb_add, "update": openkb_update, "remove": openkb_remove}
SAME = {"add": "new/alpha.md", "update": "old/one.md", "remove": "old/one.md"}


def python_operation(stage, name, openkb):
    """(path of the source, arguments of the stand-in)."""
    same = stage.src / SAME[openkb]
    if name == "add":
        path = workloads.text(stage, "py/new.md", 1)
    elif name == "collide":
        path = workloads.text(stage, f"py/{same.name}", 1)
    elif name == "same":
        path = same
    elif name == "copy":
        path = stage.write("py/copy.md", same.read_text())
    elif name == "edit":
        path = workloads.text(stage, SAME[openkb], 3)
    elif name == "update":
        path = workloads.text(stage, "py/theirs.md", 2)
    else:
        path = stage.src / "py/theirs.md" if name == "remove" else stage.src / "old/one.md"
        return path, ["remove", path.stem]
    return path, ["add", path]


PYTHON = ["add", "collide", "same", "copy", "edit", "update", "remove", "remove-same"]


# ---- openkb dies

def is_pending(stage, path):
    """Whether openkb committed something about a source that hashes.json does not say yet."""
    listed = {entry["path"]: key for key, entry in
              structure.json.loads((stage.kb / ".openkb/hashes.json").read_text()).items()}
    rows = {row["path"]: row["hash"] for row in checker.Registry(stage.kb).documents}
    return rows.get(str(path)) != listed.get(str(path))


def python_acts(stage, name, openkb):
    """What the stand-in says it did holds, unless it could not know what openkb had committed."""
    path, arguments = python_operation(stage, name, openkb)
    pending = is_pending(stage, path)
    result = standin(stage, *arguments)
    if result.returncode:
        return [f"I13: the stand-in gave {result.returncode}: {result.stderr[-300:]}"]
    verb = result.stdout.split("\t")[0]
    if verb in ("added", "removed"):
        stage.note_begin([path], removing=verb == "removed")
        if not pending:
            stage.history.append({**stage.history[-1], "event": "ack"})
    return []


def damaged(stage):
    """Patterns of what may be found of a document whose name Python took, with its bytes: it is
    said to be damaged, and repaired by adding its source again."""
    rows = checker.Registry(stage.kb).damaged
    names = {pathlib.PurePath(row["path"]).stem for row in rows}
    return [rf"\b{re.escape(name)}\b" for name in names]


EVIDENCE = re.compile(r"I6: .openkb/quarantine/retarget-")


def judge(stage, but=()):
    """What both judges find after a recovery; `but` are patterns of what may be."""
    found = stage.judge_after_recovery() if not but else recover(stage) + stage.judge()
    found += [f"structure: {text}" for text in structure.Structure(stage.kb).check()]
    return [text for text in found if not any(re.search(p, text) for p in (KEPT, *but))]


def recover(stage):
    result = stage.run("recover")
    return [f"I11: recover gave {result.status}: {result.err[-300:]}"] if result.status else []


def again(stage, openkb, arguments, but):
    """The command that died once more; what stands in its directory is in then."""
    if openkb == "remove":
        return []
    result = stage.run(*arguments)
    if result.status != 0:
        return [f"I11: the next {openkb} gave {result.status}: {result.err[-300:]}"]
    for path in sorted(pathlib.Path(arguments[-1]).iterdir()):
        stage.note_begin([path])
        stage.history.append({**stage.history[-1], "event": "ack"})
    return judge(stage, but)


def openkb_dies(stage, pair, call):
    openkb, python = pair
    stage.restore()
    arguments = OPENKB[openkb](stage)
    result = stage.run(*arguments,
                       strace=staging.injection(stage.program, call, "signal=SIGKILL"))
    stage.note_acknowledged(result)
    found = python_acts(stage, python, openkb) + recover(stage)
    lost = damaged(stage) if python == "collide" else []
    but = [EVIDENCE] if lost else []
    if python == "copy":  # of two documents with the same bytes hashes.json lists one
        but += ["structure: .*[ /]copy", "structure: .*[ /]alpha", "does not tell of alpha"]
    found += judge(stage, but + lost) + again(stage, openkb, arguments, but)
    outcome = "killed" if result.signal else "not reached"
    return f"{outcome}, damaged" if lost else outcome, found


# ---- The stand-in dies

PYTHON_ALONE = ["add", "update", "edit", "remove", "remove-same"]


def steps_of(stage, name):
    stage.restore()
    _, arguments = python_operation(stage, name, "update")
    return int(standin(stage, "steps", *arguments).stdout.split("\n")[-2])


def age(stage):
    """What Python left in staging becomes old enough to be reaped."""
    for path in (stage.kb / ".openkb/staging").glob("[ar]*-*"):
        os.utime(path, (1, 1))
    for path in (stage.kb / "wiki").rglob(".*.tmp"):
        path.unlink()


def python_dies(stage, name, die):
    stage.restore()
    path, arguments = python_operation(stage, name, "update")
    stage.note_begin([path], removing=arguments[0] == "remove")
    died = standin(stage, *arguments, die=die).returncode == -9
    arguments_of_ours = openkb_add(stage)
    result = stage.run(*arguments_of_ours)
    stage.note_acknowledged(result)
    found = [f"I13: add gave {result.status}: {result.err[-300:]}"] if result.status else []
    # Removing is not journaled there: half of it is left until it is given again.
    half = [rf"[ /]{path.stem}\b"] if arguments[0] == "remove" else []
    # The line of log.md comes after its commit.
    unlogged = rf"log.*{path.name}"
    found += judge(stage, [LITTER, YOUNG, unlogged, *half])
    last = standin(stage, *arguments)
    found += [f"I13: the stand-in gave {last.returncode}: {last.stderr[-300:]}"] \
        if last.returncode else []
    stage.note_begin([path], removing=arguments[0] == "remove")
    stage.history.append({**stage.history[-1], "event": "ack"})
    age(stage)
    # It forgets the original when it dies between its registry and that.
    but = [rf"raw/{path.name}: (belongs to nobody|is of no document)"] if half else []
    but += [unlogged]
    return ("killed" if died else "not reached"), found + judge(stage, but)


# ---- Both at the same time

class PythonActor(crowd.Actor):
    """A process's script whose changes the stand-in makes; openkb reads."""

    def name(self):
        return f"p{self.number}/doc{self.number}x{self.random.randrange(6)}.md"

    def change(self, *arguments):
        """Given again until it ends: killed, or finding what it was killed in."""
        for _ in range(20):
            result = standin(self.stage, *arguments)
            if result.returncode == 0:
                return result.stdout.split("\t")[0]
            if result.returncode != -9:
                self.problems.append(f"I13: the stand-in gave {result.returncode}: "
                                     f"{result.stderr[-300:]}")
                return "failed"
        return "failed"

    def add(self):
        name = self.name()
        version = self.versions[name] = self.versions.get(name, 0) + 1
        path = workloads.text(self.stage, name, (self.number, version))
        self.note("begin", path, checker.digest(path))
        if self.change("add", path) in ("added", "skipped"):
            self.note("ack", path, checker.digest(path))

    def remove(self):
        path = self.stage.src / self.name()
        name = self.document_name(path)
        if name is None:
            return
        self.note("begin", path, None)
        if self.change("remove", name) in ("removed", "nothing"):
            self.note("ack", path, None)


def is_ours(process, needle, stage):
    """Whether a process is openkb or the stand-in, at work on this knowledge base."""
    try:
        words = (process / "cmdline").read_bytes().split(b"\0")
        exe = os.readlink(process / "exe")
    except OSError:
        return False
    return needle in words and (exe == os.fspath(stage.program.openkb)
                                or os.fsencode(STANDIN) in words)


def play(stage, options, seed, storm):
    def one(slot, number):
        if number == options.processes:
            return [[], [], crowd.killer(stage, options.operations * 0.25, seed)]
        actor = (PythonActor if number % 2 else crowd.Actor)(stage, number, seed)
        actor.play(options.operations)
        return [actor.history, actor.problems, 0]

    # The killer of tests/crash knows only openkb; here it knows both.
    crowd.is_openkb = lambda process, stage, needle: is_ours(process, needle, stage)
    players = options.processes + (1 if storm else 0)
    results = staging.in_parallel(one, range(players), players)
    for history, _, _ in results:
        stage.history += history
    return [p for _, problems, _ in results for p in problems], results[-1][2]


def at_once(work, options, storm):
    bad = operations = kills = 0
    for number in range(options.rounds):
        stage = crowd.new_stage(work, options)
        found, killed = play(stage, options, options.seed + number, storm)
        found = [text for text in found if not TAKEN_OUT.search(text)]
        kills += killed
        operations += sum(event["event"] == "begin" for event in stage.history)
        found += recover(stage)
        age(stage)
        found += judge(stage)
        bad += bool(found)
        for text in found:
            print(f"{'storm' if storm else 'crowd'}, seed {options.seed + number}: {text}")
    print(f"{'storm' if storm else 'crowd'} of both: {options.rounds} rounds of "
          f"{options.processes} processes, {operations} changes, {kills} kills, "
          f"{bad} with violations", flush=True)
    options.tally.add(options.rounds, bad + (storm and kills == 0))


# ---- Driver

def report(tally, name, deaths, chosen, outcomes):
    bad = 0
    for death, (outcome, found) in zip(chosen, outcomes):
        case = death if isinstance(death, int) else f"{death[0]}:{death[1]}"
        bad += bool(found)
        if found:
            print(f"--pair {name} --case {case} ({outcome}):", *found, sep="\n    ")
    counts = collections.Counter(outcome for outcome, _ in outcomes)
    print(f"{name}: {len(deaths)} deaths, {len(chosen)} cases "
          f"({', '.join(f'{n} {what}' for what, n in sorted(counts.items()))}), "
          f"{bad} with violations", flush=True)
    # Control: when nothing was ever killed, nothing was tested.
    tally.add(len(chosen), bad + (all(what.startswith("not reached") for what in counts)))


def is_wanted(options, name):
    return not options.pair or options.pair == name


def share(deaths, limit, number, pairs):
    """The deaths that are the `number`th pair's: all, or its own of an even choice for all."""
    if not limit:
        return deaths
    places = limit * pairs
    return [deaths[(2 * (k * pairs + number) + 1) * len(deaths) // (2 * places)]
            for k in range(limit)]


def openkb_suite(work, options):
    on = driver.stages(work, options, set_up)
    for openkb in OPENKB:
        on[0].restore()
        calls, _ = staging.write_calls(on[0], OPENKB[openkb](on[0]))
        for number, python in enumerate(PYTHON):
            if not is_wanted(options, f"{openkb}/{python}"):
                continue
            chosen = share(calls, options.limit, number, len(PYTHON))
            if options.case:
                chosen = [c for c in calls if f"{c.name}:{c.index}" == options.case]
            run = lambda slot, call: openkb_dies(on[slot], (openkb, python), call)
            report(options.tally, f"{openkb}/{python}", calls, chosen,
                   staging.in_parallel(run, chosen, options.slots))


def python_suite(work, options):
    on = driver.stages(work, options, set_up)
    for name in filter(lambda name: is_wanted(options, name), PYTHON_ALONE):
        deaths = list(range(1, steps_of(on[0], name) + 1))
        chosen = staging.spread(deaths, options.limit and 2 * options.limit)
        if options.case:
            chosen = [int(options.case)]
        run = lambda slot, die: python_dies(on[slot], name, die)
        report(options.tally, name, deaths, chosen,
               staging.in_parallel(run, chosen, options.slots))


SUITES = {"openkb": openkb_suite, "python": python_suite,
          "crowd": lambda w, o: at_once(w, o, False), "storm": lambda w, o: at_once(w, o, True)}


def main():
    parser = driver.parser("suite", "limit", "slots", "seed", "case", "fault", suite=SUITES)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--processes", type=int, default=6)
    parser.add_argument("--operations", type=int, default=8)
    parser.add_argument("--pair")
    options = driver.parse(parser)
    return driver.run("fire", options, [SUITES[name] for name in options.suite or SUITES])


if __name__ == "__main__":
    sys.exit(main())
