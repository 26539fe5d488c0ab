# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# How files come to stand where Python OpenKB looks for them.
import json
import os
import re
import subprocess

import python_journal
from world import equal, holds, item, need, stage


@item(45)
def publishing_is_a_rename(w):
    """On one file system each file of a document is moved in whole; nothing stays staged."""
    need("strace")
    w.init()
    w.source("a.md")
    log = w.top / "trace"
    w.add(prefix=["strace", "-qq", "-y", "-o", log, "-e", "trace=openat,openat2,renameat2,creat"])
    calls = log.read_text().splitlines()
    moved = [c for c in calls if c.startswith("renameat2(") and "staging/commit/" in c]
    equal(len([c for c in moved if re.search(r'"a\.md", RENAME_NOREPLACE\) = 0', c)]), 3,
          "files moved to their names")
    for call in calls:
        written = re.search(r"O_(WRONLY|RDWR|CREAT)", call)
        holds(not written or not re.search(r'"(raw|wiki/s)[^"]*a\.md"', call),
              f"written in place: {call}")
    equal(list((w.kb / ".openkb/staging/commit").iterdir()), [], "staged files")


@item(46)
def what_is_published_has_the_modes_of_the_umask(w):
    """Not 0600, as staging is; a file that is replaced keeps its mode."""
    w.init()
    path = w.source("a.md")
    path.chmod(0o600)
    old = os.umask(0o027)
    try:
        w.add()
        modes = {name: (w.kb / name).stat().st_mode & 0o777
                 for name in ("raw/a.md", "wiki/sources/a.md", "wiki/summaries/a.md")}
        equal(set(modes.values()), {0o640}, modes)
        (w.kb / "wiki/sources/a.md").chmod(0o664)
        path.write_text("# Other\n")
        w.add()
    finally:
        os.umask(old)
    equal((w.kb / "wiki/sources/a.md").stat().st_mode & 0o777, 0o664, "the mode it had")


@item(47)
def across_file_systems_the_bytes_are_right(w):
    """raw/ on another device: staged beside it, committed whole, and nothing left there."""
    w.init()
    path = w.source("a.md", "# A\n" * 1000)
    other = w.top / "other"
    other.mkdir()
    # A bind mount is no other device for stat(2), but it is for rename(2): EXDEV.
    result = w.mounted(["--bind", other, w.kb / "raw"], "add", path)
    equal(result.returncode, 0, f"its exit: {result.stderr}")
    equal([name.name for name in other.iterdir()], ["a.md"], "on the other device")
    equal((other / "a.md").read_bytes(), path.read_bytes())
    w.openkb("verify", code=5)  # it is not mounted now
    (other / "a.md").rename(w.kb / "raw/a.md")
    w.sound()


@item(53)
def python_running_before_recovery_damages_nothing(w):
    """openkb dead after its commit: Python adds and reads; then both have all of it, whole."""
    need("strace")
    w.init()
    mine, theirs = w.source("report.md", "# Mine\n"), w.source("py/report.md", "# Theirs\n")
    w.program.run(["--kb-dir", w.kb, "add", mine], strace=stage.injection(
        w.program, stage.Call("renameat2", 1, ""), "signal=SIGKILL"))
    equal(w.rows("SELECT name FROM document"), [("report",)], "committed")
    w.standin("add", theirs)
    w.openkb("recover")
    equal(len(w.names()), 2, "documents")
    equal(w.text("wiki/sources/report.md"), "# Theirs\n", "the name that Python took")
    w.sound()


# ---- What is left over

def left(w, *parts):
    path = w.kb.joinpath(".openkb/staging", *parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


@item(102, 103, 104)
def what_python_prepared_is_reaped_and_nothing_else(w):
    """staging/prepare/* goes; young rollback-* stay; a link is left, and never followed."""
    w.init()
    treasure = w.top / "treasure"
    treasure.mkdir()
    (treasure / "gold").write_text("mine")
    left(w, "prepare/000001-x-0a1b2c3d/raw/x.md").write_text("orphan")
    (left(w, "prepare/000001-x-0a1b2c3d") / "out").symlink_to(treasure)
    left(w, "prepare/loose").write_text("orphan")
    left(w, "prepare/link").symlink_to(treasure)
    left(w, "rollback-" + "0" * 32).mkdir()
    left(w, "rollback-" + "0" * 32, "only-copy").write_text("kept")
    result = w.add(w.source("a.md"))
    equal(sorted(p.name for p in left(w, "prepare").iterdir()), ["link"], "below prepare/")
    holds("symbolic link" in result.err, "nothing is said of the link")
    equal((treasure / "gold").read_text(), "mine")
    equal(left(w, "rollback-" + "0" * 32, "only-copy").read_text(), "kept")


@item(103)
def an_active_journal_keeps_its_backups_through_the_reaper(w):
    """rollback-<id> that a journal names is never reaped, however old: it is used."""
    w.init()
    journal = python_journal.Journal(w.kb, "add", {})
    mine = w.kb / "wiki/concepts/mine.md"
    mine.write_text("old")
    journal.begin([mine])
    mine.write_text("half")
    for path in (journal.backups, journal.backups / "wiki/concepts/mine.md"):
        os.utime(path, (1, 1))
    w.openkb("recover")
    equal(mine.read_text(), "old")


@item(105)
def a_file_that_cannot_be_deleted_stops_nothing(w):
    """A mount point among the orphans: told, left, and the command does its work."""
    w.init()
    w.source("a.md")
    stuck = left(w, "prepare/stuck")
    stuck.write_text("held")
    result = w.mounted(["--bind", stuck, stuck], "add", w.src)
    equal(result.returncode, 0, f"its exit: {result.stderr}")
    holds("stuck is left over" in result.stderr, result.stderr)
    equal(w.names(), {"a"})


@item(106)
def directories_without_rights_are_reaped(w):
    """0555 and 0000 directories among the orphans, as an ordinary user."""
    w.init()
    top = left(w, "prepare/000002-y-0a1b2c3d")
    (top / "closed/deep").mkdir(parents=True)
    (top / "closed/deep/file").write_text("x")
    (top / "closed/deep").chmod(0)
    (top / "closed").chmod(0o555)
    user = []
    if os.geteuid() == 0:
        need("setpriv")
        subprocess.run(["chown", "-R", "65534:65534", w.kb], check=True)
        user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        denied = subprocess.run([*user, "ls", top / "closed/deep"], capture_output=True)
        holds(denied.returncode != 0, "the control may read it")
    w.openkb("recover", prefix=user)
    equal(list(left(w, "prepare").iterdir()), [], "below prepare/")


# ---- What it reads

@item(155)
def brackets_of_a_source_are_no_links_of_the_wiki(w):
    """[[x]] in a text or a description: no page of the wiki gets a link that leads nowhere."""
    w.init()
    w.source("a.md", "# A\n\nSee [[another note]], \\[\\[escaped\\]\\] and [[b|c]] for more.\n")
    w.source("b.md", '---\ndescription: "About [[this]]"\n---\n\n# B [[c]]\n\nText.\n')
    w.add()
    holds("[[another note]]" in w.text("wiki/sources/a.md").replace("\\", ""), "the text")
    w.sound()


@item()
def without_python_compat_nothing_is_exported_or_merged(w):
    """ingest.python_compat: false ends it; true again exports what came in between."""
    w.init()
    w.add(w.source("a.md"))
    before = w.text(".openkb/hashes.json")
    config = w.kb / ".openkb/config.yaml"
    shared = config.read_text()
    config.write_text(shared + "ingest:\n  python_compat: false\n")
    w.add(w.source("b.md"))
    w.openkb("remove", "-y", "a")
    equal(w.text(".openkb/hashes.json"), before, "hashes.json")
    w.standin("add", w.source("c.md"))
    result = w.openkb("list", "--json")
    equal([row["name"] for row in json.loads(result.out)["documents"]], ["b"])
    w.openkb("verify")
    config.write_text(shared)
    w.openkb("recover")
    equal(w.names(), {"b", "c"})
    w.sound()
