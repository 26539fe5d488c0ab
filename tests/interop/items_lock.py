# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# One lock for both programs: flock(2) on .openkb/ingest.lock.
import contextlib
import os
import signal

import python_journal
from world import equal, holds, item, need

# The barrier before the commit takes two seconds more: time to look at a holder of the lock.
SLOW = ["strace", "-qq", "-o", "/dev/null", "-e", "trace=syncfs", "-e",
        "inject=syncfs:delay_enter=2000000:when=1"]


def holder(w):
    """The pid that openkb itself wrote down as the holder."""
    text = (w.kb / ".openkb/ingest.holder").read_text()
    return int(text.split("pid=")[1].split("\n")[0])


@contextlib.contextmanager
def holding(w):
    """openkb in the middle of a commit, with the lock."""
    need("strace")
    w.source("slow.md")
    process = w.start("add", w.src, prefix=SLOW)
    with contextlib.suppress(FileNotFoundError):
        (w.kb / ".openkb/ingest.holder").unlink()
    w.until((w.kb / ".openkb/ingest.holder").exists, "a holder of the lock")
    w.until(lambda: "pid=" in (w.kb / ".openkb/ingest.holder").read_text(), "its name")
    yield process
    process.communicate(timeout=30)


def refused(lock):
    try:
        with lock:
            return False
    except BlockingIOError:
        return True


@item(7)
def the_lock_file_is_made_on_demand(w):
    """Without one both programs go on, make it, and leave it: empty, and the same file."""
    w.python_init()
    lock = w.kb / ".openkb/ingest.lock"
    w.add(w.source("a.md"))
    equal(lock.stat().st_size, 0, "its size")
    made = lock.stat().st_ino
    w.standin("add", w.source("b.md"))
    w.add(w.source("c.md"))
    equal(lock.stat().st_ino, made, "its inode")


@item(8)
def python_waits_for_openkb(w):
    """While openkb commits, neither an exclusive nor a shared lock of Python's is granted."""
    w.init()
    with holding(w) as process:
        exclusive, shared = refused(w.python.exclusive(wait=False)), refused(
            w.python.shared(wait=False))
        equal(process.poll(), None, "its exit")
    equal((exclusive, shared), (True, True), "refused")
    holds(not refused(w.python.exclusive(wait=False)), "the lock is still held")


@item(8)
def openkb_waits_for_python(w):
    """While Python holds the lock, for itself or shared, openkb does not get it: exit 11."""
    w.init()
    path = w.source("a.md")
    for lock in (w.python.exclusive, w.python.shared):
        with lock():
            result = w.openkb("add", "--lock-timeout", "0", path, code=11)
            holds("Python OpenKB takes the same lock" in result.err, result.err)
    equal(w.names(), set())
    w.add(path)


@item(9)
def who_is_killed_holds_nothing(w):
    """The lock is free the moment its holder is dead; no worker inherits it."""
    w.init()
    with holding(w) as process:
        owner = holder(w)
        workers = [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc")))
                   if pid != owner and has_open(pid, w.kb / ".openkb/ingest.lock")]
        equal(workers, [], "others that have the lock open")
        os.kill(owner, signal.SIGKILL)
        process.wait()
        holds(not refused(w.python.exclusive(wait=False)), "the lock is still held")
    w.add()


def has_open(pid, path):
    with contextlib.suppress(OSError):
        return any(os.readlink(f"/proc/{pid}/fd/{fd}") == str(path)
                   for fd in os.listdir(f"/proc/{pid}/fd"))
    return False


@item(19)
def every_command_that_changes_recovers_first(w):
    """add, remove, recover and init undo what Python left before they do anything."""
    for command in (["add", w.source("a.md")], ["remove", "-y", "b"], ["recover"], ["init"]):
        if not w.kb.exists():
            w.init()
            w.add(w.source("b.md"))
        mine = w.kb / "wiki/concepts/mine.md"
        mine.write_text("old")
        journal = python_journal.Journal(w.kb, "add", {})
        journal.begin([mine, w.kb / "raw/half.md"])
        mine.write_text("half new")
        (w.kb / "raw/half.md").write_text("half")
        w.openkb(*command)
        equal(mine.read_text(), "old", f"what {command[0]} left")
        equal((w.kb / "raw/half.md").exists(), False, f"raw/half.md after {command[0]}")
