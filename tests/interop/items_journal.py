# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Journals (version 1) that an interrupted Python OpenKB left, as openkb finds them.
import json
import shutil
import subprocess

import python_journal
from world import checker, equal, holds, item, need


def journals(w):
    return sorted(path.name for path in (w.kb / ".openkb/journal").glob("*"))


def backups(w):
    return sorted(path.name for path in (w.kb / ".openkb/staging").glob("rollback-*"))


def begin(w, *targets, **changes):
    """An operation of Python's in the middle; `changes` are made to its journal."""
    journal = python_journal.Journal(w.kb, "add", {"doc_name": "x"})
    journal.begin([w.kb / target for target in targets])
    journal.value.update(changes)
    for key in [key for key, value in journal.value.items() if value is Ellipsis]:
        del journal.value[key]
    journal.write()
    return journal


def contents(w):
    """What is in the wiki, the originals and hashes.json, but for Python's temporary files."""
    for litter in w.kb.rglob(".*.tmp"):
        litter.unlink()
    return (checker.tree_digest_plain(w.kb / "wiki"), checker.tree_digest_plain(w.kb / "raw"),
            w.text(".openkb/hashes.json"))


def quarantined(w):
    return [path for path in (w.kb / ".openkb/quarantine").glob("*")]


@item(14)
def what_python_left_half_done_is_undone(w):
    """A changed file is restored with its mode, a new one goes, and journal and backups too."""
    w.init()
    w.add(w.source("a.md"))
    changed, new = w.kb / "wiki/summaries/a.md", w.kb / "raw/new.md"
    before = changed.read_text()
    changed.chmod(0o640)
    begin(w, "wiki/summaries/a.md", "raw/new.md", ".openkb/pageindex.db", "wiki/concepts")
    changed.write_text("half")
    new.write_text("new")
    (w.kb / "wiki/concepts/new.md").write_text("new")
    w.openkb("recover")
    equal((changed.read_text(), changed.stat().st_mode & 0o777), (before, 0o640))
    equal([new.exists(), (w.kb / "wiki/concepts/new.md").exists()], [False, False], "new files")
    equal((journals(w), backups(w)), ([], []), "what is left")
    w.sound()


@item(14, 53)
def a_killed_add_of_pythons_is_undone_whole(w):
    """Killed at steps before its registry has it, not a byte of it is left; then it works."""
    w.init()
    w.add(w.source("a.md"))
    path = w.source("b.md", "# B\n")
    before = contents(w)
    undone = 0
    for die in range(2, 26, 3):
        w.standin("add", path, die=die)
        undone += contents(w) != before
        w.openkb("recover")
        equal(contents(w) == before, True, f"as before, after a death at step {die},")
    holds(undone > 3, "control: the deaths changed nothing")
    w.standin("add", path)
    w.openkb("recover")
    equal(w.names(), {"a", "b"})
    for left in (w.kb / ".openkb/staging").glob("[ar]*"):  # young: it is not ours to reap yet
        shutil.rmtree(left)
    w.sound()


@item(15)
def the_message_names_the_operation(w):
    """What was undone is told, with the name of the operation and its journal."""
    w.init()
    journal = begin(w, "raw/x.md", operation="cloud_import")
    result = w.openkb("recover")
    holds("cloud_import" in result.err and journal.path.name in result.err, result.err)


@item(16, 17)
def an_ended_journal_is_only_cleaned_up(w):
    """committed and rolled_back: the content stays as it is, journal and backups go."""
    w.init()
    w.add(w.source("a.md"))
    summary = w.kb / "wiki/summaries/a.md"
    before = summary.read_text()
    for status in ("committed", "rolled_back"):
        begin(w, "wiki/concepts", status=status)
        (w.kb / f"wiki/concepts/{status}.md").write_text("stays")
        w.openkb("recover")
        equal((w.kb / f"wiki/concepts/{status}.md").read_text(), "stays")
        equal((journals(w), backups(w)), ([], []), "what is left")
    equal(summary.read_text(), before)


MALFORMED = {
    "empty": "", "truncated": '{"version": 1, "sta', "list": "[]", "text": '"x"',
    "no-kb": '{"version": 1, "backup_dir": "/x", "entries": []}',
    "no-target": '{"version": 1, "kb_dir": "KB", "backup_dir": "KB", "entries": [{}]}',
    "entry-is-text": '{"version": 1, "kb_dir": "KB", "backup_dir": "KB", "entries": ["x"]}',
}


@item(21, 23)
def a_journal_that_makes_no_sense_blocks_nothing(w):
    """Empty, cut off, of another shape: reported, kept in quarantine/ with its backups."""
    w.init()
    for name, text in MALFORMED.items():
        home = w.kb / ".openkb/journal"
        home.mkdir(exist_ok=True)
        (home / f"{name}.json").write_text(text.replace("KB", str(w.kb)))
        saved = w.kb / f".openkb/staging/rollback-{name}"
        saved.mkdir(parents=True)
        (saved / "only-copy").write_text(name)
    result = w.add(w.source("a.md"))
    equal(w.names(), {"a"})
    equal(journals(w), [])
    for name in MALFORMED:
        holds(f"{name}.json" in result.err, f"nothing is said of {name}.json")
    kept = {path.read_text() for home in quarantined(w) for path in home.glob("*/only-copy")}
    equal(kept, set(MALFORMED), "backups in quarantine/")


@item(23)
def a_rollback_that_cannot_be_done_is_never_given_up(w):
    """A mount point in the way: exit 12 as often as it is tried; then it is done."""
    w.init()
    w.add(w.source("a.md"))
    summary = w.kb / "wiki/summaries/a.md"
    before = summary.read_text()
    journal = begin(w, "wiki/summaries/a.md")
    summary.write_text("half")
    for _ in range(python_journal.TRIES + 2):
        result = w.mounted(["--bind", summary, summary], "add", w.source("b.md"))
        equal(result.returncode, 12, f"its exit: {result.stderr}")
        holds("wiki/summaries/a.md" in result.stderr, result.stderr)
        holds(journal.path.exists() and journal.backups.exists(), "it was given up")
    w.add()
    equal((summary.read_text(), w.names()), (before, {"a", "b"}))
    equal((journals(w), backups(w)), ([], []), "what is left")


@item(51)
def a_copy_recovers_itself_and_not_the_original(w):
    """Copied with an active journal: recovery changes the copy, and nothing where it came from."""
    w.init()
    w.add(w.source("a.md"))
    summary = w.kb / "wiki/summaries/a.md"
    before = summary.read_text()
    begin(w, "wiki/summaries/a.md", "raw/new.md")
    summary.write_text("half")
    (w.kb / "raw/new.md").write_text("half")
    copy = w.top / "copy"
    subprocess.run(["cp", "-a", w.kb, copy], check=True)
    original = w.official()
    w.openkb("--kb-dir", copy, "recover", kb=None)
    equal(w.official() == original, True, "the original unchanged")
    equal((copy / "wiki/summaries/a.md").read_text(), before, "the copy")
    equal((copy / "raw/new.md").exists(), False, "raw/new.md in the copy")


@item(51)
def a_copy_of_an_interrupted_commit_too(w):
    """The same of our own: openkb killed before it published, and copied like that."""
    need("strace")
    w.init()
    path = w.source("a.md")
    result = w.program.run(["--kb-dir", w.kb, "add", path], strace=[
        "strace", "-qq", "-o", "/dev/null", "-e", "trace=renameat2", "-e",
        "inject=renameat2:signal=SIGKILL:when=1"])
    equal(result.signal, 9, "its signal")
    copy = w.top / "copy"
    subprocess.run(["cp", "-a", w.kb, copy], check=True)
    original = w.official()
    w.openkb("--kb-dir", copy, "recover", kb=None)
    equal(w.official() == original, True, "the original unchanged")
    equal((copy / "raw/a.md").exists(), (w.rows("SELECT count(*) FROM document") == [(1,)]))


@item(52)
def a_journal_that_leads_out_is_refused(w):
    """A target or a backup outside, ../, the registry: nothing is touched, all goes aside."""
    w.init()
    w.add(w.source("a.md"))
    victim = w.top / "victim.md"
    victim.write_text("not ours")
    summary = w.kb / "wiki/summaries/a.md"
    before = summary.read_text()
    for target in (str(victim), f"{w.kb}/../victim.md", f"{w.kb}/.openkb/openkb.db",
                   f"{w.kb}/.openkb/config.yaml", f"{w.kb}/wiki"):
        journal = begin(w, "wiki/summaries/a.md")
        journal.value["entries"].append({"target": target, "backup": None})
        journal.write()
        summary.write_text("half")
        result = w.openkb("recover")
        holds("cannot be applied" in result.err, f"{target}: {result.err}")
        equal((victim.read_text(), summary.read_text()), ("not ours", "half"), target)
        holds(json.loads(w.openkb("list", "--json").out)["documents"], f"{target}: the registry")
    summary.write_text(before)
    equal(len(quarantined(w)), 5, "journals in quarantine/")
