# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Preparing without the lock and committing under it: what may happen in between. The stand-in
# holds the lock while openkb has converted and waits; what it does then, openkb has to find.
import os
import signal

import python_files as files
import python_openkb
from items_names import suffixed
from world import equal, holds, item, stage


def batches(w):
    return sorted((w.kb / ".openkb/staging").glob("batch-*"))


def remove_entry(w, name):
    """The stand-in's remove, while we hold its lock."""
    entries = w.entries()
    (key,) = [k for k, e in entries.items() if python_openkb.name_of(e) == name]
    raw = entries.pop(key)["raw_path"]
    w.python.save(entries)
    w.python.index_remove("Documents", f"[[summaries/{name}]]")
    for path in (f"wiki/sources/{name}.md", f"wiki/summaries/{name}.md", raw):
        (w.kb / path).unlink()


def take_name(w, path):
    """The stand-in's add, while we hold its lock."""
    made = python_openkb.Conversion(w.python, path, w.entries())
    made.stage()
    made.publish()
    made.compile()
    w.python.register(made.key, made.entry())
    w.python.log("ingest", made.source.name)
    files.remove(made.staging)
    return made.name


@item(92, 93)
def preparing_needs_no_lock_and_touches_nothing_official(w):
    """Converted while another holds the lock: all of it below its own staging directory."""
    w.init()
    before = w.official()
    with w.prepared(w.source("a.actor", "# a\n\nactor: image one\n")) as end:
        equal(w.official() == before, True, "unchanged")
        (batch,) = batches(w)
        holds(any(path.is_file() and "slot" in str(path) for path in batch.rglob("*")),
              "no image of a conversion is there")
        equal(list((w.kb / ".openkb").glob("journal/*")), [], "journals")
    equal((end["status"], w.names(), batches(w)), (0, {"a"}, []))


@item(94)
def an_interrupt_clears_up(w):
    """SIGINT while it waits with what it prepared: exit 130, its staging is gone."""
    w.init()
    before = w.official()
    with w.prepared(w.source("a.md")) as end:
        os.killpg(w.started[-1].pid, signal.SIGINT)
        w.until(lambda: w.started[-1].poll() is not None, "its end")
    equal((end["status"], batches(w), w.names()), (130, [], set()))
    equal(w.official() == before, True, "unchanged")


@item(95)
def a_name_of_symbols_can_be_staged(w):
    """Nothing of a source's name is in the name of its staging directory."""
    w.init()
    with w.prepared(w.source("！？.md", "# Symbols\n")) as end:
        names = {part for path in batches(w)[0].rglob("*") for part in path.parts}
        holds(not any("！" in name for name in names), f"in staging: {names}")
    equal((end["status"], w.names()), (0, {"document"}))


@item(96, 100, 101)
def the_name_is_decided_at_the_commit(w):
    """Python takes it meanwhile: raw, text and links have the other name, the text LF only."""
    w.init()
    path = w.source("report.md", b"# Mine\r\n\r\n![i](i.png)\r\nsources/images/report/i.png\r\n")
    w.source("i.png", b"\x89PNG\r\n\x1a\n" + b"x" * 40)
    with w.prepared(path) as end:
        equal(take_name(w, w.source("py/report.md", "# Theirs\n")), "report")
    name = suffixed("report", path)
    equal((end["status"], end["events"][0]["document"]), (0, name))
    text = w.text(f"wiki/sources/{name}.md")
    holds(f"](images/{name}/i.png)" in text and "\r" not in text, f"the text: {text!r}")
    holds("sources/images/report/i.png" in text, "prose was rewritten")
    equal(files.digest(w.kb / f"raw/{name}.md"), files.digest(path))
    equal(w.text("wiki/sources/report.md"), "# Theirs\n")
    w.sound()


@item(97)
def without_the_lock_nothing_is_committed(w):
    """It cannot be had in time: exit 11, not a byte official; the source goes in next time."""
    w.init()
    path, before = w.source("a.md"), w.official()
    with w.python.exclusive():
        w.add("--lock-timeout", "1", path, code=11)
        equal(w.official() == before, True, "unchanged")
    w.add(path)
    equal(w.names(), {"a"})


@item(98)
def a_skip_that_is_stale_is_converted_after_all(w):
    """The document that it was a duplicate of is removed meanwhile: it becomes one itself."""
    w.init()
    w.add(w.source("one.md", "# The same\n"))
    with w.prepared(w.source("two.md", "# The same\n")) as end:
        remove_entry(w, "one")
    equal((end["status"], end["events"][0]["event"], w.names()), (0, "added", {"two"}))
    w.sound()


def coherent(w, name, text):
    """Registry, raw and text are of one version."""
    path = w.src / f"{name}.md"
    equal(list(w.named()), [name], "documents")
    equal(list(w.entries()), [files.digest(path)], "its key")
    equal(w.text(f"raw/{name}.md"), text)
    equal(w.text(f"wiki/sources/{name}.md"), text)
    w.sound()


@item(99)
def a_source_that_changed_is_converted_anew(w):
    """New bytes in raw/, new text, new hash: never the old of one with the new of another."""
    w.init()
    path = w.source("a.md", "# Old\n")
    with w.prepared(path):
        path.write_text("# New, and longer\n")
    coherent(w, "a", "# New, and longer\n")


@item(113)
def a_source_edited_there_and_back_is_coherent(w):
    """A, B, A again while it is prepared: the document is A in all its parts."""
    w.init()
    path = w.source("a.md", "# A\n")
    with w.prepared(path):
        path.write_text("# B\n")
        path.write_text("# A\n")
    coherent(w, "a", "# A\n")


@item(114)
def a_change_of_known_bytes_is_not_skipped(w):
    """It had the bytes of a document when it was read and has others now: those go in."""
    w.init()
    w.add(w.source("one.md", "# Known\n"))
    path = w.source("two.md", "# Known\n")
    with w.prepared(path) as end:
        path.write_text("# Not known\n")
    equal((end["status"], end["events"][0]["event"]), (0, "added"))
    equal(w.text("wiki/sources/two.md"), "# Not known\n")
    w.sound()


@item(107)
def a_living_batch_is_left_alone(w):
    """Other commands take the lock and reap while it waits; killed, it goes at the next time."""
    w.init()
    w.source("other/b.md")
    with w.python.exclusive():
        process = w.start("add", w.source("a.md"))
        w.until(lambda: batches(w), "a batch")
        os.kill(process.pid, signal.SIGSTOP)
    (batch,) = batches(w)
    w.add(w.src / "other")
    holds(batch.exists(), "the living batch is gone")
    os.kill(process.pid, signal.SIGCONT)
    equal(process.wait(30), 0, "its exit")
    equal(w.names(), {"a", "b"})
    with w.python.exclusive():
        process = w.start("add", w.source("c.md"))
        w.until(lambda: batches(w), "a batch")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    holds(batches(w), "control: there is nothing to reap")
    w.openkb("recover")
    equal(batches(w), [])


@item(108)
def a_directory_goes_in_whole(w):
    """Every file of a tree, in one run, and Python can read all of it."""
    w.init()
    for number in range(40):
        w.source(f"d{number % 7}/doc{number}.md", f"# Document {number}\n\nText.\n")
    w.add()
    equal(len(w.names()), 40)
    equal(set(python_openkb.listed(w.python)), w.names())
    w.sound()


@item(109)
def one_that_cannot_be_prepared_costs_only_itself(w):
    """The others go in; the exit code says that one failed (3, where Python's is 0)."""
    w.init()
    for name in ("a.md", "c.md"):
        w.source(name)
    w.source("b.actor", "actor: fail no\n")
    w.add(code=3)
    equal(w.names(), {"a", "c"})
    w.sound()


@item(110)
def one_that_cannot_be_committed_costs_only_itself(w):
    """A directory stands where its text should go: that document fails, the others go in."""
    w.init()
    for name in ("a.md", "b.md", "c.md"):
        w.source(name)
    (w.kb / "wiki/sources/b.md/in-the-way").mkdir(parents=True)
    w.add(code=3)
    equal(w.names(), {"a", "c"})


@item(111)
def jobs_change_nothing(w):
    """1 or 4 at a time: the same hashes.json, index.md, texts and order of log.md."""
    for number in range(12):
        w.source(f"doc{number}.{('md', 'actor')[number % 2]}", f"# Document {number}\n\nText.\n")
    results = []
    for jobs in ("1", "4"):
        w.kb = w.top / f"kb{jobs}"
        w.python = python_openkb.Kb(w.kb)
        w.init()
        w.add("--jobs", jobs, w.src)
        told = [line.split("| ")[1] for line in w.text("wiki/log.md").splitlines() if "| " in line]
        results.append((w.text(".openkb/hashes.json"), w.text("wiki/index.md"), told,
                        [w.text(f"wiki/sources/doc{n}.md") for n in range(12)]))
    equal(results[0] == results[1], True, "the same")


@item(112)
def two_at_once_add_each_document_once(w):
    """openkb and the stand-in, twice each, on one directory: one entry a file, all exit 0."""
    w.init()
    for number in range(6):
        w.source(f"doc{number}.md", f"# Document {number}\n")
    running = [w.start("add", w.src) for _ in range(2)]
    for path in sorted(w.src.iterdir()):
        w.standin("add", path)
    for process in running:
        process.communicate(timeout=60)
        equal(process.returncode, 0, "its exit")
    w.openkb("recover")
    equal(w.names(), {f"doc{number}" for number in range(6)})
    w.sound()
