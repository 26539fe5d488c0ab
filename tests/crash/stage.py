# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# What the crash suites share: a stage (a directory with sources, a knowledge base and a canary
# beside it), running openkb with faults, and the judgement after.
import collections
import contextlib
import ctypes
import errno
import functools
import hashlib
import json
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import checker
import state

# System calls that change something, or promise that a change is durable.
WRITING = """open openat openat2 creat write writev pwrite64 pwritev pwritev2 copy_file_range
    sendfile splice ioctl truncate ftruncate fallocate rename renameat renameat2 link linkat
    symlink symlinkat unlink unlinkat rmdir mkdir mkdirat mknod mknodat chmod fchmod fchmodat
    chown fchown fchownat utimensat setxattr fsetxattr fsync fdatasync syncfs sync
    sync_file_range msync flock""".split()
# Calls of that list that write only with one of these in their arguments.
ONLY_WITH = {"open": r"O_(CREAT|WRONLY|RDWR|TRUNC)", "openat": r"O_(CREAT|WRONLY|RDWR|TRUNC)",
             "openat2": r"O_(CREAT|WRONLY|RDWR|TRUNC)", "ioctl": r"FICLONE|BTRFS"}

# Calls that only look, and can fail for want of memory in the kernel.
LOOKING = "open openat openat2 stat lstat newfstatat statx getdents64".split()

Call = collections.namedtuple("Call", "name index text")
Result = collections.namedtuple("Result", "status signal out err acked seconds")


class Program:
    """The openkb under test, from a build tree, with the fixture plugins beside its own."""

    def __init__(self, build, fault=None):
        build = pathlib.Path(build).resolve()
        self.build = build
        self.openkb = self.find(build, "openkb")
        self.plugins = build / "tests/fixtures/plugins"
        # Builds without the HTML plugin are tested too.
        self.page = "html" if (build / "plugins-1/html.so").exists() else "md"
        self.home = tempfile.TemporaryDirectory(prefix="openkb-home-")
        self.environment = {
            "PATH": "/usr/bin:/bin", "HOME": self.home.name, "LC_ALL": "C.UTF-8", "TZ": "UTC",
            "OPENKB_PLUGIN_PATH": f"{self.plugins}:{build / 'plugins-1'}",
            # strace and LeakSanitizer both want to be the tracer.
            "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=1",
            "UBSAN_OPTIONS": "abort_on_error=1",
        }
        if fault:
            self.environment["OPENKB_FAULT"] = fault

    @staticmethod
    def find(build, name):
        for place in ("core/cli", "core/worker", "bin", "core", "."):
            if (build / place / name).is_file():
                return build / place / name
        sys.exit(f"no {name} below {build}: build it first")

    def find_worker(self):
        return self.find(self.openkb.parents[2], "openkb-worker")

    def run(self, arguments, strace=(), timeout=120, cwd="/", streams=None, pass_fds=()):
        """Runs a command to its end and waits until its processes are gone too. `strace`: what it
        is run under; `streams`: the files that are its standard output and error; `pass_fds`:
        descriptors that what it is run under is given."""
        adopt_orphans()
        argv = [*strace, self.openkb, *arguments]
        started = time.monotonic()
        with contextlib.ExitStack() as files:
            out, err = streams or [files.enter_context(tempfile.TemporaryFile()) for _ in "12"]
            process = subprocess.Popen([os.fspath(a) for a in argv], stdin=subprocess.DEVNULL,
                                       stdout=out, stderr=err, env=self.environment, cwd=cwd,
                                       start_new_session=True, pass_fds=pass_fds)
            ended = wait_until(process.pid, timeout)
            if not ended:
                kill_session(process.pid)
            code = process.wait() if ended else process.wait() and None
            session_ends(process.pid)
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(file.read().decode(errors="surrogateescape"))
        signaled = -code if code is not None and code < 0 else None
        return Result("timeout" if code is None else code, signaled, *texts,
                      acknowledged(*texts), time.monotonic() - started)


def acknowledged(out, err):
    """(event, path or name) of each line with which openkb said that something is in, or out."""
    said = [("removed", name) for name in re.findall(r"^removed +(.*)$", err, re.M)]
    for line in out.splitlines():
        with contextlib.suppress(ValueError):
            event = json.loads(line)
            if isinstance(event, dict) and event.get("event") in IN:
                said.append((event["event"], event["path"]))
            elif isinstance(event, dict) and event.get("event") in OUT:
                said.append(("removed", event.get("was", event["path"])))
    return said


IN = {"added", "updated", "duplicate", "unchanged"}
OUT = {"removed", "promoted", "forgotten"}  # the path is no source any more


adopter = 0


def adopt_orphans():
    """Processes that a command leaves behind become children of this one: it can tell without
    looking at every process there is."""
    global adopter
    set_child_subreaper = 36
    if adopter != os.getpid():
        adopter = os.getpid()
        ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


def wait_until(pid, seconds):
    """Whether a child ends by then. It is not reaped."""
    descriptor = os.pidfd_open(pid)
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)


def state_and_session(pid):
    with contextlib.suppress(OSError, ValueError):
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rsplit(b")", 1)[1].split()
        return fields[0].decode(), int(fields[3])
    return None, None


def session_members(sid):
    for name in filter(str.isdigit, os.listdir("/proc")):
        state, session = state_and_session(name)
        if session == sid and state != "Z":
            yield int(name)


def children():
    """Those of this process, orphans of commands that ended among them; None: who knows."""
    found = []
    try:
        for task in os.listdir("/proc/self/task"):
            with open(f"/proc/self/task/{task}/children") as file:
                found += map(int, file.read().split())
    except OSError:
        return None
    return found


def kill_session(sid):
    for pid in session_members(sid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def left_of(sid):
    """Processes of a session whose first has ended and was reaped."""
    mine = children()
    if mine is not None:
        states = {pid: state for pid in mine for state, session in [state_and_session(pid)]
                  if session == sid}
        for pid in [pid for pid, state in states.items() if state == "Z"]:
            os.waitpid(pid, 0)
            del states[pid]
        if not states:
            return []
    return list(session_members(sid))


def session_ends(sid, patience=10):
    """Waits for the processes a command started; a command that leaves one is at fault."""
    deadline = time.monotonic() + patience
    while members := left_of(sid):
        if time.monotonic() > deadline:
            kill_session(sid)
            raise AssertionError(f"processes {members} outlived the command that started them")
        time.sleep(0.002)


def mark(*words):
    """What tells one version of a document from another, in its raw copy and its text."""
    return "mark-" + hashlib.sha256(repr(words).encode()).hexdigest()[:8]


class Stage:
    """DIR/src, DIR/kb and DIR/canary. Restored from a saved copy for each case, at the same
    place, because the registry knows sources by their absolute paths."""

    def __init__(self, directory, program):
        self.directory = pathlib.Path(directory)
        self.program = program
        self.src = self.directory / "src"
        self.kb = self.directory / "kb"
        self.canary = self.directory / "canary"
        self.saved = self.directory.with_name(self.directory.name + ".saved")
        self.history = []
        self.begun = 0
        self.judged = {}  # what cases left -> the violations found there
        self.left = None  # by the last case

    def make(self):
        for place in (self.directory, self.saved):
            shutil.rmtree(place, ignore_errors=True)
        self.src.mkdir(parents=True)
        self.canary.mkdir()
        (self.canary / "untouched.md").write_text("# Not yours\n")
        self.openkb("init", self.kb, kb=False)

    def save(self):
        """What is on the stage now is what each case begins with."""
        self.begun = len(self.history)
        self.canary_digest = checker.tree_digest_plain(self.canary)
        shutil.rmtree(self.saved, ignore_errors=True)
        subprocess.run(["cp", "-a", self.directory, self.saved], check=True)

    def restore(self):
        shutil.rmtree(self.directory)
        subprocess.run(["cp", "-a", self.saved, self.directory], check=True)
        self.forget()

    def forget(self):
        """A case begins: nothing has happened yet."""
        del self.history[self.begun:]
        self.left = None

    def write(self, name, text):
        path = self.src / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def run(self, *arguments, **keywords):
        return self.program.run(["--kb-dir", self.kb, *arguments], **keywords)

    def openkb(self, *arguments, kb=True):
        """A command that has to succeed."""
        result = self.run(*arguments) if kb else self.program.run(arguments)
        if result.status != 0:
            raise AssertionError(f"openkb {arguments[0]} gave {result.status}:\n{result.err}")
        return result

    # ---- History

    def sources(self):
        return sorted(p for p in self.src.rglob("*") if p.is_file())

    def note_documents(self):
        """All sources are in now."""
        for path in self.sources():
            self.history.append({"event": "document", "path": f"{path}",
                                 "hash": checker.digest(path)})

    def note_user_file(self, name, text, event="user-file"):
        path = self.kb / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        self.history.append({"event": event, "path": name, "hash": checker.digest(path)})

    def note_begin(self, paths, removing=False):
        for path in paths:
            self.history.append({"event": "begin", "path": f"{path}",
                                 "hash": None if removing else checker.digest(path)})

    def note_acknowledged(self, result):
        for verb, what in result.acked:
            for event in reversed(self.history):
                if event["event"] == "begin" and self.means(what, event["path"]) \
                        and (verb == "removed") == (event["hash"] is None):
                    self.history.append({**event, "event": "ack"})
                    break

    @staticmethod
    def means(what, path):
        return what == path or pathlib.Path(path).stem == what or path.endswith("/" + what)

    # ---- Judgement

    def judge(self):
        """Violations of the knowledge base as it is."""
        found = [f"{v.invariant}: {v.subject}: {v.text}"
                 for v in checker.Checker(self.kb, self.history).check()]
        if checker.tree_digest_plain(self.canary) != self.canary_digest:
            found.append("I10: the canary beside the knowledge base was touched")
        return found

    def judge_after_recovery(self):
        """The next command recovers; what it leaves is held against the invariants; a second
        recovery changes nothing; openkb's own verify agrees."""
        result = self.run("recover")
        if result.status != 0:
            return [f"I11: recover gave {result.status}: {result.err.strip()[-300:]}"]
        return self.judge_recovered()

    def aftermath(self, finish):
        """As judge_after_recovery(), and then what finish() finds; both once for each state that a
        recovery leaves."""
        result = self.run("recover")
        if result.status != 0:
            return [f"I11: recover gave {result.status}: {result.err.strip()[-300:]}"]
        return self.judge_once(lambda: self.judge_recovered() + finish())

    def judge_once(self, judge):
        """judge(), unless an earlier case left the same with the same history."""
        self.left = state.fingerprint(self.kb, self.history,
                                      checker.tree_digest_plain(self.canary))
        if self.left not in self.judged:
            self.judged[self.left] = judge()
        return self.judged[self.left]

    def judge_recovered(self):
        found = self.judge()
        before = checker.tree_digest(self.kb)
        again = self.run("recover")
        if again.status != 0 or checker.tree_digest(self.kb) != before:
            found.append(f"I9: a second recovery changed something ({again.status})")
        verify = self.run("verify")
        edited = [e["path"] for e in self.history if e["event"] == "user-file"
                  and f"changed\t{e['path']}\t" in verify.out]
        if verify.status not in (0, 5 if edited else 0):
            found.append(f"I1: verify gave {verify.status}: {(verify.out + verify.err)[-300:]}")
        return found


# ---- Where, and how many

def workspace(prefix):
    """A directory for a `with`: in memory where there is room, since no case here depends on what
    disk it is."""
    memory = pathlib.Path("/dev/shm")
    fits = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 1 << 30
    return tempfile.TemporaryDirectory(prefix=prefix, dir=memory if fits else None,
                                       ignore_cleanup_errors=True)


class Tally:
    """What a suite did, as its last line."""

    def __init__(self, suite):
        self.suite, self.started = suite, time.monotonic()
        self.cases = self.bad = 0
        self.states = 0

    def add(self, cases, bad, states=0):
        self.cases += cases
        self.bad += bad
        self.states += states

    def end(self):
        """The exit status."""
        states = f", {self.states} states judged" if self.states else ""
        print(f"{self.suite}: {self.cases} cases in {time.monotonic() - self.started:.0f} s"
              f"{states}, {self.bad} with violations", flush=True)
        return 1 if self.bad else 0


# ---- Faults at system calls

def calls_of(stage, arguments, names, program=None):
    """The calls of the owner by these names, in order, each with its index among the calls of its
    name: what strace counts by; and the result. Children are not traced: killing a worker is
    another test."""
    with tempfile.NamedTemporaryFile("r", errors="replace") as log:
        result = (program or stage.program).run(
            ["--kb-dir", stage.kb, *arguments],
            strace=["strace", "-qq", "-s", "80", "-o", log.name, "-e",
                    "trace=" + ",".join("?" + name for name in names)])
        lines = log.read().splitlines()
    counts, calls = collections.Counter(), []
    for line in lines:
        match = re.match(r"(\w+)\(", line)
        if not match:
            continue
        name = match[1]
        counts[name] += 1
        calls.append(Call(name, counts[name], line))
    return calls, result


def is_writing(call):
    return call.name in WRITING and bool(re.search(ONLY_WITH.get(call.name, ""), call.text))


def write_calls(stage, arguments, program=None):
    """Those that change something."""
    calls, result = calls_of(stage, arguments, WRITING, program)
    return [call for call in calls if is_writing(call)], result


def look_calls(stage, arguments):
    """Those that only look."""
    calls, result = calls_of(stage, arguments, LOOKING)
    return [call for call in calls if not is_writing(call)], result


@functools.cache
def injector(build):
    """Our own program where the kernel has what it needs, else None: strace does it slowly."""
    program = build / "tests/crash/inject"
    if program.exists() and subprocess.run(
            [program, "rename", "0", "signal=0", "/bin/true"], check=False,
            stderr=subprocess.DEVNULL).returncode == 0:
        return program
    return None


def injection(program, call, what):
    """What to run openkb under so that `what` happens at one call of the owner:
    signal=NAME, error=NAME, and with a + at every one from there on."""
    onwards = what.endswith("+")
    when, what = f"{call.index}{'+' * onwards}", what.rstrip("+")
    if inject := injector(program.build):
        kind, name = what.split("=")
        number = int(signal.Signals[name] if kind == "signal" else getattr(errno, name))
        return [inject, call.name, when, f"{kind}={number}"]
    return ["strace", "-qq", "-o", "/dev/null", "-e", f"trace={call.name}", "-e",
            f"inject={call.name}:{what}:when={when}"]


def holding(program, call, tell, wait):
    """What to run openkb under so that it waits before that call: a byte comes out of `tell`, and
    it goes on when one goes into `wait`. None where that cannot be done."""
    inject = injector(program.build)
    return inject and [inject, call.name, f"{call.index}", f"hold={tell},{wait}"]


def spread(items, limit):
    """At most `limit` of them, evenly: always the first and the last."""
    if not limit or len(items) <= limit:
        return list(items)
    return [items[round(i * (len(items) - 1) / max(1, limit - 1))] for i in range(limit)]


def in_parallel(function, items, slots):
    """function(slot, item) for each item, over `slots` processes; results in order of items."""
    items, results, children = list(items), [], []
    for slot in range(slots):
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            code = 1
            try:
                mine = [(i, function(slot, items[i])) for i in range(slot, len(items), slots)]
                with os.fdopen(writing, "w") as pipe:
                    json.dump(mine, pipe)
                code = 0
            except BaseException as error:  # the parent reports it
                print(f"slot {slot}: {type(error).__name__}: {error}", file=sys.stderr)
            finally:
                sys.stdout.flush()
                os._exit(code)
        os.close(writing)
        children.append((pid, os.fdopen(reading)))
    failed = 0
    for pid, pipe in children:
        data = pipe.read()
        failed += os.waitpid(pid, 0)[1] != 0
        results += json.loads(data) if data else []
    if failed:
        raise SystemExit(f"{failed} of {slots} slots broke off")
    return [result for _, result in sorted(results, key=lambda pair: pair[0])]
