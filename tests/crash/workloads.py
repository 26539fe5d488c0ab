# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# What openkb is doing while something happens to it: a workload for each thing that changes a
# knowledge base, recovery among them.
import json
import shutil

import checker
import stage as staging


class Workload:
    """`prepare` makes what each case begins with; `arguments` is the command under fire; `begin`
    notes in the history what it is about to do; `again` brings all of it in afterwards."""

    def __init__(self, name, prepare, arguments, begin, again=None):
        self.name, self.prepare, self.arguments, self.begin = name, prepare, arguments, begin
        self.recovers = again is not None  # what is to be done was begun by another command
        self.again = again or same_again
        self.converts = not self.recovers and name not in ("remove", "prune")

    def set_up(self, stage):
        stage.make()
        self.prepare(stage)
        stage.save()

    def finish(self, stage):
        """Violations found when what was interrupted is done once more, to its end."""
        return self.again(stage, self)


def same_again(stage, workload):
    result = stage.run(*workload.arguments(stage))
    if result.status not in (0, 4 if workload.name == "remove" else 0):
        return [f"I11: the next {workload.name} gave {result.status}: {result.err[-300:]}"]
    all_is_in(stage)
    if result.status == 4:  # some are gone already, and then remove touches nothing
        return []
    return stage.judge()


def all_is_in(stage):
    """What was begun is done: the command said so by its exit status."""
    begun = {e["path"]: e for e in stage.history if e["event"] == "begin"}
    stage.history += [{**event, "event": "ack"} for event in begun.values()]


def succeeded(stage, workload):
    """It gave 0. A recovery that does so has not done what another command had only begun."""
    if not workload.recovers:
        all_is_in(stage)


def sources_again(stage, workload):
    """After a recovery all that is among the sources can be brought in."""
    stage.note_begin(stage.sources())
    result = stage.run(*ADD, stage.src)
    if result.status != 0:
        return [f"I11: the next add gave {result.status}: {result.err[-300:]}"]
    all_is_in(stage)
    return stage.judge()


# ---- Sources

def text(stage, name, version, extra=""):
    """Markdown, HTML or actor by the name's suffix."""
    words = staging.mark(name, version)
    body = f"# {name} {version}\n\nThe text of {name}: {words}.\n\n{extra}\n"
    if name.endswith(".html"):
        body = (f"<!DOCTYPE html><html><head><title>{name}</title></head><body>"
                f"<h1>{name} {version}</h1><p>The text: {words}.</p>{extra}</body></html>\n")
    return stage.write(name, body)


def images(*names):
    return "".join(f"actor: image {name}\n" for name in names)


def pages(count, name, version):
    words = staging.mark(name, version)
    return "".join(f"actor: page {n}\nPage {n}: {words}\n" for n in range(1, count + 1))


def old_documents(stage):
    text(stage, "old/one.md", 1)
    text(stage, f"old/two.{stage.program.page}", 1)
    text(stage, "old/three.actor", 1, images("three"))
    stage.openkb("add", stage.src / "old")
    stage.note_documents()
    stage.note_user_file("wiki/concepts/mine.md", "# A page of my own\n")
    stage.note_user_file("raw/dropped-by-hand.bin", "bytes that no document owns\n")


# ---- What is done to them

def prepare_add(stage):
    old_documents(stage)
    text(stage, "new/alpha.md", 1)
    text(stage, f"new/beta.{stage.program.page}", 1)
    text(stage, "new/gamma.actor", 1, images("gamma", "more"))
    text(stage, "new/one.md", 1, "The same stem as a document that is in.")


def prepare_update(stage):
    old_documents(stage)
    text(stage, "old/one.md", 2)
    text(stage, "old/three.actor", 2, images("three", "four"))


def prepare_conflict(stage):
    """As update, and a person has edited what is to be replaced."""
    prepare_update(stage)
    stage.note_user_file("wiki/sources/one.md", "# What I made of one\n")
    stage.note_user_file("wiki/summaries/three.md", "# My own summary of three\n")


def prepare_images(stage):
    """An update that keeps a picture, changes one under its name, drops one and brings one."""
    old_documents(stage)
    text(stage, "old/three.actor", 2, images("three", "left", "gone"))
    stage.openkb("add", stage.src / "old")
    stage.history[:] = [e for e in stage.history if e["event"] != "document"]
    stage.note_documents()
    text(stage, "old/three.actor", 3, images("left", "three", "come"))


def prepare_collision(stage):
    """Three new documents want one name, and a document that is in has it, too."""
    old_documents(stage)
    for place in "abc":
        text(stage, f"new/{place}/one.md", place)
    text(stage, "new/c/One.md", "d")


def prepare_long(stage):
    old_documents(stage)
    text(stage, "old/three.actor", 2, pages(30, "old/three.actor", 2) + images("in-page"))
    text(stage, "new/long.actor", 1, pages(40, "new/long.actor", 1) + images("one", "two"))


def prepare_prune(stage):
    """Sources that vanish: two documents, one that has an heir, and an alias."""
    old_documents(stage)
    text(stage, "gone/stays.md", 1)
    text(stage, "gone/six.md", 1)
    text(stage, "gone/seven.actor", 1, images("seven"))
    text(stage, "gone/eight.md", 1)
    stage.openkb("add", stage.src / "gone")
    (stage.src / "copy").mkdir()
    shutil.copy(stage.src / "gone/eight.md", stage.src / "copy/heir.md")
    shutil.copy(stage.src / "gone/stays.md", stage.src / "gone/nine.md")
    stage.openkb("add", stage.src)
    stage.history = [e for e in stage.history if e["event"] != "document"]
    stage.note_documents()
    stage.note_user_file("wiki/summaries/six.md", "# My own summary of six\n")
    for name in GONE:
        (stage.src / "gone" / name).unlink()


def prepare_exchange(stage):
    """One source changed, one vanished, one is new."""
    old_documents(stage)
    text(stage, "old/one.md", 2)
    text(stage, "old/four.md", 1)
    (stage.src / "old/three.actor").unlink()


def prepare_adopt(stage):
    """A knowledge base as OpenKB in Python leaves it."""
    (stage.kb / ".openkb/config.yaml").unlink()
    for name in (stage.kb / ".openkb").glob("openkb.db*"):
        name.unlink()
    entries = {}
    for name in ("eins", "zwei"):
        entries.update(python_document(stage, name, 1))
    (stage.kb / ".openkb/hashes.json").write_text(json.dumps(entries, indent=2))
    stage.note_user_file("wiki/concepts/mine.md", "# A page of my own\n")


def python_document(stage, name, version):
    """The files of a document that Python added, and its entry in hashes.json."""
    source = text(stage, f"python/{name}.md", version)
    for place in ("raw", "wiki/sources"):
        (stage.kb / place / f"{name}.md").write_bytes(source.read_bytes())
    (stage.kb / f"wiki/summaries/{name}.md").write_text(f"# {name}, as Python has it\n")
    index = stage.kb / "wiki/index.md"
    index.write_text(index.read_text().replace(
        "## Documents\n", f"## Documents\n- [[summaries/{name}]] (short)\n", 1))
    value = checker.digest(source)
    stage.history.append({"event": "document", "path": f"{source}", "hash": value})
    return {value: {"name": f"{name}.md", "doc_name": name, "type": "md", "path": f"{source}",
                    "raw_path": f"raw/{name}.md", "source_path": f"wiki/sources/{name}.md"}}


# ---- Recovery under fire

def interrupt(stage, name, progress=0.5):
    """The command of a workload, dead when it had committed and published a part of its files; of
    1: all of them, and said so, and was about to make that durable."""
    workload = WORKLOADS[name]
    workload.prepare(stage)
    stage.save()
    calls, _ = staging.write_calls(stage, workload.arguments(stage))
    moves = [i for i, call in enumerate(calls) if is_move(call)]
    after = [i for i in range(moves[-1], len(calls)) if calls[i].name in ("syncfs", "fsync")]
    victim = calls[after[0] if progress == 1 else moves[int(len(moves) * progress)]]
    stage.restore()
    workload.begin(stage)
    result = stage.run(*workload.arguments(stage), strace=staging.injection(
        stage.program, victim, "signal=SIGKILL"))
    stage.note_acknowledged(result)
    if not result.signal or not checker.Registry(stage.kb).intents:
        raise AssertionError(f"{name} was not interrupted between commit and publication")


def is_move(call):
    """Does it put a file in its place? Where renames have no flags, links do."""
    return call.name in ("renameat2", "linkat") and "index.md" not in call.text


def interrupted(name):
    return lambda stage: interrupt(stage, name)


def prepare_retarget(stage):
    """An add died after its commit, and Python took the name of one of its documents."""
    interrupt(stage, "add", 0)
    path = stage.kb / ".openkb/hashes.json"
    entries = json.loads(path.read_text())
    entries.update(python_document(stage, "alpha", "of Python"))
    path.write_text(json.dumps(entries, indent=2))


def prepare_merge(stage):
    """A removal died after its commit, and Python, which does not know of it, added a document:
    hashes.json lists what we removed."""
    interrupt(stage, "remove", 1)
    path = stage.kb / ".openkb/hashes.json"
    entries = json.loads(path.read_text())
    entries.update(python_document(stage, "eins", 1))
    path.write_text(json.dumps(entries, indent=2))


def prepare_journal(stage):
    """An add of Python died with its journal open: a file of its half made, one half changed."""
    old_documents(stage)
    entries = json.loads((stage.kb / ".openkb/hashes.json").read_text())
    entries.update(python_document(stage, "eins", 1))
    (stage.kb / ".openkb/hashes.json").write_text(json.dumps(entries, indent=2))
    stage.openkb("recover")
    name = "0123456789abcdef" * 2
    backups = stage.kb / f".openkb/staging/rollback-{name}"
    changed, made = "wiki/sources/eins.md", "raw/half.md"
    (backups / changed).parent.mkdir(parents=True)
    (backups / changed).write_bytes((stage.kb / changed).read_bytes())
    stage.note_user_file(changed, "half changed\n", "other-file")
    stage.note_user_file(made, "half made\n", "other-file")
    journal = {"version": 1, "operation": "add", "status": "active", "kb_dir": f"{stage.kb}",
               "backup_dir": f"{backups}", "details": {}, "attempts": 0,
               "entries": [{"target": f"{stage.kb / changed}", "backup": f"{backups / changed}"},
                           {"target": f"{stage.kb / made}", "backup": None}]}
    (stage.kb / ".openkb/journal").mkdir(exist_ok=True)
    (stage.kb / f".openkb/journal/{name}.json").write_text(json.dumps(journal))


# ---- The list

def begin_nothing(stage):
    pass


def begin_new(stage):
    stage.note_begin([p for p in stage.sources() if p.is_relative_to(stage.src / "new")])


def begin_changed(stage):
    known = {(e["path"], e["hash"]) for e in stage.history if e["event"] == "document"}
    stage.note_begin([p for p in stage.sources()
                      if (f"{p}", checker.digest(p)) not in known])


def begin_removed(*names):
    return lambda stage: stage.note_begin(
        [p for p in stage.sources() if p.name in names], removing=True)


def begin_prune(stage):
    stage.note_begin([stage.src / "gone" / name for name in GONE], removing=True)


def begin_exchange(stage):
    begin_changed(stage)
    stage.note_begin([stage.src / "old/three.actor"], removing=True)


def add(*places):
    return lambda stage: [*ADD, *(stage.src / place for place in places)]


def recover(name, prepare):
    return Workload(name, prepare, lambda stage: ["recover"], begin_nothing, sources_again)


ADD = ["add", "--jobs", "2", "--jsonl"]
GONE = ("six.md", "seven.actor", "eight.md", "nine.md")
WORKLOADS = {w.name: w for w in (
    Workload("add", prepare_add, add("new"), begin_new),
    Workload("update", prepare_update, add("old"), begin_changed),
    Workload("conflict", prepare_conflict, add("old"), begin_changed),
    Workload("remove", old_documents, lambda s: ["remove", "-y", "one", "three"],
             begin_removed("one.md", "three.actor")),
    Workload("images", prepare_images, add("old"), begin_changed),
    Workload("collision", prepare_collision, add("new"), begin_new),
    Workload("long", prepare_long, add("old", "new"), begin_changed),
    Workload("prune", prepare_prune,
             lambda s: [*ADD, "--yes", "--prune", s.src / "gone"], begin_prune),
    Workload("exchange", prepare_exchange, lambda s: [*add("old")(s), "--yes", "--prune",
                                                      s.src / "old"], begin_exchange),
    Workload("adopt", prepare_adopt, lambda s: ["init"], begin_nothing, sources_again),
    recover("recover", interrupted("add")),
    recover("recover-conflict", interrupted("conflict")),
    recover("recover-remove", interrupted("remove")),
    recover("recover-merge", prepare_merge),
    recover("retarget", prepare_retarget),
    recover("python-journal", prepare_journal),
)}
