# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Where one test plays: a directory with src/ for sources and kb/, the openkb of a build tree, and
# the stand-in for OpenKB in Python. Also how tests are collected: @item(54) says which item of
# the contract one of them asserts.
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "crash"))

import checker  # noqa: E402
import python_openkb  # noqa: E402
import stage  # noqa: E402
import structure  # noqa: E402

PATIENCE = 30
TESTS = []  # (items, function)


class Skipped(Exception):
    pass


def item(*numbers):
    def collect(function):
        TESTS.append((numbers, function))
        return function
    return collect


def equal(actual, wanted, what="it"):
    if actual != wanted:
        raise AssertionError(f"{what} is {actual!r}, not {wanted!r}")


def holds(condition, text):
    if not condition:
        raise AssertionError(text)


def need(*tools):
    for tool in tools:
        if shutil.which(tool) is None:
            raise Skipped(f"{tool} is not installed")


def need_root():
    if os.geteuid() != 0:
        raise Skipped("needs root")


class World:
    def __init__(self, build):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="openkb-interop-"))
        self.top.chmod(0o755)
        self.src, self.kb = self.top / "src", self.top / "kb"
        self.src.mkdir()
        self.program = stage.Program(build)
        self.program.environment["HOME"] = str(self.top / "home")
        self.started = []
        self.python = python_openkb.Kb(self.kb)
        self.python_script = HERE / "python_openkb.py"

    def close(self):
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.wait()
        subprocess.run(["chmod", "-R", "u+rwX", self.top], check=False)
        shutil.rmtree(self.top)

    # ---- Making

    def init(self):
        self.openkb("init", self.kb, kb=None)

    def python_init(self):
        self.kb.mkdir()
        self.python.create()

    def source(self, name, text=None):
        path = self.src / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text if text is not None else f"# {path.stem}\n\nThe text of {name}.\n"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    def entry(self, key, **fields):
        """Writes an entry to hashes.json, as an older OpenKB would have left it."""
        entries = self.python.entries()
        entries[key] = fields
        self.python.save(entries)

    # ---- Running

    def openkb(self, *arguments, code=0, kb=True, prefix=(), cwd="/"):
        """A command, and the exit code it has to have."""
        where = ["--kb-dir", self.kb] if kb else []
        result = self.program.run([*where, *arguments], strace=prefix, cwd=cwd)
        if result.status != code:
            raise AssertionError(f"openkb {arguments[0]} gave {result.status}, not {code}: "
                                 f"{result.err[-500:]}")
        return result

    def add(self, *arguments, **keywords):
        return self.openkb("add", *(arguments or [self.src]), **keywords)

    def start(self, *arguments, prefix=()):
        argv = [*prefix, self.program.openkb, "--kb-dir", self.kb, *arguments]
        process = subprocess.Popen([os.fspath(a) for a in argv], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env=self.program.environment, start_new_session=True)
        self.started.append(process)
        return process

    def standin(self, *arguments, die=None):
        """The stand-in as a process of its own, which may die at a step."""
        environment = dict(os.environ, **({"STANDIN_DIE": str(die)} if die else {}))
        result = subprocess.run(
            [sys.executable, "-B", self.python_script, self.kb, *arguments], env=environment,
            capture_output=True, text=True, timeout=PATIENCE)
        if result.returncode not in ((-signal.SIGKILL,) if die else (0,)):
            raise AssertionError(f"the stand-in gave {result.returncode}: {result.stderr[-500:]}")
        return result

    def mounted(self, mount, *arguments):
        """openkb in a mount namespace of its own, after `mount` has been run there."""
        need_root()
        need("unshare")
        if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode:
            raise Skipped("no mount namespaces here")
        script = 'mount "$@" || exit 99; shift $#; exec $OPENKB'
        command = " ".join(map(str, (self.program.openkb, "--kb-dir", self.kb, *arguments)))
        return subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", *map(str, mount)],
                              env={**self.program.environment, "OPENKB": command},
                              capture_output=True, text=True, timeout=PATIENCE)

    def until(self, condition, what):
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"waited in vain: {what}")
            time.sleep(0.005)

    @contextlib.contextmanager
    def prepared(self, *arguments):
        """`openkb add` that has converted and waits for the lock, which is ours meanwhile. Its
        result, a stage.Result, is complete when the block has been left."""
        ended = {}
        with self.python.exclusive():
            process = self.start("add", "--jobs", "1", "--jsonl", *arguments)
            self.until(lambda: process.poll() is not None or waits(process.pid), "the lock")
            holds(process.poll() is None, "openkb did not wait for the lock")
            yield ended
        out, err = process.communicate(timeout=PATIENCE)
        ended.update(status=process.returncode, out=out, err=err, events=events(out))

    # ---- Looking

    def rows(self, sql, *values):
        """Rows of a private copy of the registry."""
        with tempfile.TemporaryDirectory() as copy:
            for suffix in ("", "-wal"):
                if (self.kb / f".openkb/openkb.db{suffix}").exists():
                    shutil.copy(self.kb / f".openkb/openkb.db{suffix}", copy)
            with contextlib.closing(sqlite3.connect(f"{copy}/openkb.db")) as database:
                return database.execute(sql, values).fetchall()

    def entries(self):
        return self.python.entries()

    def python_order(self):
        return python_openkb.supported(self.src)

    def named(self):
        """doc_name -> entry of hashes.json."""
        return {python_openkb.name_of(entry): entry for entry in self.entries().values()}

    def names(self):
        """As openkb lists them; hashes.json has to say the same."""
        listed = {row["name"] for row in
                  json.loads(self.openkb("list", "--json").out)["documents"]}
        equal(set(self.named()), listed, "what hashes.json names")
        return listed

    def text(self, name):
        return (self.kb / name).read_text(encoding="utf-8")

    def conflicts(self):
        """Path -> text of what was taken out of the way."""
        home = self.kb / ".openkb/conflicts"
        return {path.relative_to(home).as_posix().split("/", 1)[1]: path.read_text()
                for path in home.rglob("*") if path.is_file()}

    def official(self):
        """Every byte and mode but staging, the lock's holder, and what SQLite keeps for readers."""
        return checker.tree_digest_plain(self.kb, skip=(
            ".openkb/staging", ".openkb/ingest", ".openkb/openkb.db-"))

    def sound(self, *ignored):
        """Both judges: the checker of the crash suites, and the structure Python needs."""
        found = [f"{v.invariant}: {v.subject}: {v.text}" for v in checker.Checker(self.kb).check()]
        found += structure.Structure(self.kb).check()
        found = [text for text in found if not any(word in text for word in ignored)]
        holds(not found, "; ".join(found))


def events(out):
    return [json.loads(line) for line in out.splitlines()]


def waits(pid):
    """Whether a process is queued for a lock."""
    return re.search(rf"-> FLOCK.* WRITE {pid} ", pathlib.Path("/proc/locks").read_text())
