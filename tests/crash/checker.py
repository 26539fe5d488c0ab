#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Holds a knowledge base against what must be true of it at rest, and against a history of what
# openkb acknowledged. Python's standard library only; shares no code with core and asks no
# program of ours. Writes nothing: the registry is read from a private copy.
#
#   checker.py KB [--history FILE] [--ignore I4,...]      exit 0: nothing found, 5: findings
#
# What must be true after recovery, for every document, user file and directory:
#
#   I1  a document is whole: each artifact is there with the recorded bytes, or with those that a
#       person gave it; and it has what a document has (a raw copy, a text, a summary)
#   I2  what was acknowledged is there, at that version or a later one; what was acknowledged as
#       removed is gone
#   I3  documents outside the operation are byte-identical
#   I4  raw/ and wiki/ hold nothing but artifacts, files the user had, and our views
#   I5  the user's own bytes are at their path or in .openkb/conflicts/, which holds nothing else
#   I6  no staging, no intent, no damaged document
#   I7  our lines of index.md and the entries of hashes.json equal the registry; log.md has a line
#       for each document that was acknowledged
#   I8  the registry passes SQLite's own checks; names and paths are unique
#   I12 the lock is free and no process has the knowledge base open
#
# The drivers check the rest: I9 a second recovery changes nothing, I10 nothing outside is
# touched, I11 the next add succeeds, I13 errors are told and never acknowledged, I14 readers
# never see half a document.
#
# HISTORY is one JSON object a line, in the order things happened:
#   {"event": "document", "path": P, "hash": H}   P was in, before the operations below
#   {"event": "user-file", "path": F, "hash": H}  F (relative to the KB) is the user's
#   {"event": "other-file", "path": F, "hash": H} F is another program's, and may be displaced
#   {"event": "begin", "path": P, "hash": H}      an add of P began; its bytes hash to H
#   {"event": "begin", "path": P, "hash": null}   a remove of P began
#   {"event": "ack", "path": P, "hash": H}        ... and was acknowledged
import collections
import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
import re
import shutil
import sqlite3
import sys
import tempfile
import unicodedata

RAW, SOURCE, IMAGE, SUMMARY = range(4)
# Files in raw/ and wiki/ that belong to nobody's document.
VIEWS = {"wiki/index.md", "wiki/log.md", "wiki/AGENTS.md"}
# Directories below raw/ and wiki/ that hold artifacts only (and what users put there).
OWNED = ("raw", "wiki/sources", "wiki/summaries")
IDLE_STAGING = {".gate", "commit", "views"}  # directories: empty

Violation = collections.namedtuple("Violation", "invariant subject text")


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Registry:
    """The rows, read once from a copy, so that not even a WAL is touched."""

    def __init__(self, kb):
        with tempfile.TemporaryDirectory() as copy:
            for suffix in ("", "-wal"):
                name = kb / f".openkb/openkb.db{suffix}"
                if name.exists():
                    shutil.copy(name, copy)
            database = sqlite3.connect(pathlib.Path(copy, "openkb.db"))
            database.row_factory = sqlite3.Row
            database.text_factory = os.fsdecode  # names of files need not be UTF-8
            self.problems = [row[0] for row in database.execute("PRAGMA integrity_check")
                             if row[0] != "ok"]
            self.problems += [f"foreign key of {row[0]}"
                              for row in database.execute("PRAGMA foreign_key_check")]
            read = lambda table: [dict(row) for row in database.execute(f"SELECT * FROM {table}")]
            self.documents = read("document")
            self.artifacts = read("artifact")
            self.aliases = read("alias")
            self.intents = read("intent")
            self.damaged = read("damaged")
            self.dump = "\n".join(database.iterdump())
            database.close()


class Checker:
    def __init__(self, kb, history=()):
        self.kb = pathlib.Path(kb)
        self.history = list(history)
        self.found = []
        self.registry = None
        self.edits = {(event["path"], event["hash"]) for event in self.history
                      if event["event"] == "user-file"}

    def add(self, invariant, subject, text):
        self.found.append(Violation(invariant, str(subject), text))

    def check(self):
        try:
            self.registry = Registry(self.kb)
        except (sqlite3.Error, OSError) as error:
            self.add("I8", "openkb.db", f"cannot be read: {error}")
            return self.found
        for one in (self.registry_is_sound, self.documents_are_whole, self.history_holds,
                    self.nothing_is_left_over, self.user_files_are_kept, self.nothing_is_pending,
                    self.index_equals_registry, self.hashes_equal_registry, self.log_tells,
                    self.is_at_rest):
            one()
        return self.found

    # I8
    def registry_is_sound(self):
        for problem in self.registry.problems:
            self.add("I8", "openkb.db", problem)
        names = collections.Counter(
            unicodedata.normalize("NFKC", row["name"]).casefold()
            for row in self.registry.documents)
        paths = collections.Counter(row["path"] for row in self.registry.documents if row["path"])
        for counter in (names, paths):
            for key, number in counter.items():
                if number > 1:
                    self.add("I8", key, f"{number} documents have it")

    # I1
    def documents_are_whole(self):
        ids = {row["id"] for row in self.registry.documents}
        kinds = collections.defaultdict(collections.Counter)
        for row in self.registry.artifacts:
            kinds[row["document"]][row["kind"]] += 1
            if row["document"] not in ids:
                self.add("I1", row["path"], "belongs to no document")
            self.artifact_is_there(row)
        for row in self.registry.documents:
            for kind, what in ((RAW, "raw copy"), (SOURCE, "text"), (SUMMARY, "summary")):
                if row["plugin"] and kinds[row["id"]][kind] != 1:
                    self.add("I1", row["name"], f"has {kinds[row['id']][kind]} of {what}")
            self.raw_is_the_source(row)
            self.text_is_of_this_version(row)
            self.links_lead_to_images(row)

    def is_edited(self, name):
        """What stands there is what a person made of it."""
        path = self.kb / name
        return path.is_file() and (name, digest(path)) in self.edits

    def artifact_is_there(self, row):
        path = self.kb / row["path"]
        if self.is_edited(row["path"]):
            return
        if not path.is_file() or path.is_symlink():
            self.add("I1", row["path"], "is not there as a regular file")
        elif path.stat().st_size != row["size"] or digest(path) != row["hash"]:
            self.add("I1", row["path"], "has other bytes than the registry says")

    def raw_is_the_source(self, document):
        for row in self.artifacts_of(document, RAW):
            if document["plugin"] and row["hash"] != document["hash"]:
                self.add("I1", row["path"], "the raw copy is another version than the document")

    def text_is_of_this_version(self, document):
        """Documents of the test workloads carry marks that name their version."""
        marks = [set(), set()]
        for place, kind in enumerate((RAW, SOURCE)):
            for row in self.artifacts_of(document, kind):
                path = self.kb / row["path"]
                if self.is_edited(row["path"]):
                    return
                if path.is_file():
                    marks[place] |= set(re.findall(rb"mark-[0-9a-f]{8}", path.read_bytes()))
        if marks[0] != marks[1]:
            self.add("I1", document["name"], f"raw copy and text differ: {marks}")

    def links_lead_to_images(self, document):
        images = {pathlib.Path(row["path"]).name for row in self.artifacts_of(document, IMAGE)}
        for row in self.artifacts_of(document, SOURCE):
            path = self.kb / row["path"]
            text = path.read_bytes() if path.is_file() else b""
            if b"okb-asset:" in text:
                self.add("I1", row["path"], "still holds a placeholder")
            linked = re.findall(rb"\]\(images/([^)/]+)/([^)/]+)\)", text)
            for directory, name in linked if images else ():
                if os.fsdecode(directory) != document["name"]:
                    self.add("I1", row["path"], f"links to images of {os.fsdecode(directory)}")
                elif os.fsdecode(name) not in images:
                    self.add("I1", row["path"], f"links to no image: {os.fsdecode(name)}")

    def artifacts_of(self, document, kind):
        return [row for row in self.registry.artifacts
                if row["document"] == document["id"] and row["kind"] == kind]

    # I2, I3
    def history_holds(self):
        present = {row["path"]: row["hash"] for row in self.registry.documents}
        present.update({row["path"]: row["hash"] for row in self.registry.aliases})
        for path, allowed in self.allowed_states().items():
            actual = present.get(path)
            if actual not in allowed.states:
                self.add("I2" if allowed.touched else "I3", path,
                         f"is {actual and actual[:12]}, may be one of "
                         f"{[s and s[:12] for s in allowed.states]}")

    def allowed_states(self):
        """For each source what the registry may say: the last acknowledged version, or one
        begun after it."""
        State = collections.namedtuple("State", "states touched")
        allowed = {}
        for event in self.history:
            kind, path, value = event["event"], event["path"], event.get("hash")
            if kind == "document":
                allowed[path] = State([value], False)
            elif kind == "begin":
                before = allowed.get(path, State([None], True))
                allowed[path] = State(before.states + [value], True)
            elif kind == "ack":
                states = allowed[path].states
                last = len(states) - 1 - states[::-1].index(value)
                allowed[path] = State(states[last:], True)
        return allowed

    # I4
    def nothing_is_left_over(self):
        known = {row["path"] for row in self.registry.artifacts} | VIEWS
        known |= {name for name, _ in self.edits}
        for top in OWNED:
            for path in sorted((self.kb / top).rglob("*")):
                name = path.relative_to(self.kb).as_posix()
                if not path.is_dir() and name not in known:
                    self.add("I4", name, "belongs to nobody")
        for path in sorted((self.kb / "wiki").rglob("*")) + sorted((self.kb / "raw").rglob("*")):
            if path.name.startswith(".openkb"):
                self.add("I4", path.relative_to(self.kb), "is a working file of ours")

    # I5
    def user_files_are_kept(self):
        saved = {digest(path): path.relative_to(self.kb)
                 for path in (self.kb / ".openkb/conflicts").rglob("*") if path.is_file()}
        for name, value in sorted(self.edits):
            if not self.is_edited(name) and value not in saved:
                self.add("I5", name, "the user's bytes are gone")
        theirs = {event["hash"] for event in self.history
                  if event["event"] in ("user-file", "other-file")}
        for value in saved.keys() - theirs if self.history else ():
            self.add("I5", saved[value], "is nobody's, but kept as somebody's")

    # I6
    def nothing_is_pending(self):
        for row in self.registry.intents:
            self.add("I6", row["dst"], f"has an intent of {row['txid']}")
        for row in self.registry.damaged:
            self.add("I6", row["path"], "is damaged")
        staging = self.kb / ".openkb/staging"
        for path in sorted(staging.glob("*")) + sorted(staging.glob("*/*")):
            if path.parent != staging or path.name not in IDLE_STAGING:
                self.add("I6", path.relative_to(self.kb), "is left in staging")
        quarantine = self.kb / ".openkb/quarantine"
        for path in sorted(quarantine.glob("*")):
            self.add("I6", path.relative_to(self.kb), "is in quarantine")

    # I7
    def index_equals_registry(self):
        path = self.kb / "wiki/index.md"
        text = path.read_text(errors="surrogateescape") if path.is_file() else ""
        section = re.search(r"^## Documents[ \t]*\n(.*?)(?=^## |\Z)", text, re.M | re.S)
        lines = re.findall(r"^- \[\[summaries/([^\]]*)\]\]", section[1] if section else "", re.M)
        self.compare("I7", "wiki/index.md", collections.Counter(lines),
                     collections.Counter(row["name"] for row in self.registry.documents))

    def hashes_equal_registry(self):
        path = self.kb / ".openkb/hashes.json"
        try:
            entries = json.loads(path.read_text())
        except (OSError, ValueError) as error:
            self.add("I7", ".openkb/hashes.json", f"cannot be read: {error}")
            return
        # Two documents of the same bytes (--allow-duplicates) share an entry.
        listed = {key: entry.get("doc_name") for key, entry in entries.items()
                  if isinstance(entry, dict)}
        names = collections.defaultdict(set)
        for row in self.registry.documents:
            names[row["hash"]].add(row["name"])
        for key in sorted(set(listed) | set(names)):
            if key not in names:
                self.add("I7", ".openkb/hashes.json", f"has {key[:12]}, the registry has not")
            elif key not in listed:
                self.add("I7", ".openkb/hashes.json", f"lacks {names[key]}")
            elif listed[key] and listed[key] not in names[key]:
                self.add("I7", ".openkb/hashes.json", f"calls {names[key]} {listed[key]}")

    def log_tells(self):
        path = self.kb / "wiki/log.md"
        text = path.read_text(errors="surrogateescape") if path.is_file() else ""
        told = set(re.findall(r"^## \[[^\]]*\] ingest \| (.*)$", text, re.M))
        for event in self.history:
            if event["event"] == "ack" and event["hash"]:
                name = pathlib.PurePath(event["path"]).name
                if name not in told:
                    self.add("I7", "wiki/log.md", f"does not tell of {name}")

    def compare(self, invariant, subject, actual, expected):
        for name in sorted((actual - expected).elements()):
            self.add(invariant, subject, f"has {name} too many")
        for name in sorted((expected - actual).elements()):
            self.add(invariant, subject, f"lacks {name}")

    # I12
    def is_at_rest(self):
        lock = self.kb / ".openkb/ingest.lock"
        if lock.exists():
            with open(lock, "rb") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    self.add("I12", ".openkb/ingest.lock", "is held")
        for pid, what in users_of(self.kb):
            self.add("I12", f"process {pid}", f"has {what} open")


def users_of(kb):
    """Processes that have something below the knowledge base open, or work in it."""
    top = os.path.realpath(kb)
    for process in filter(str.isdigit, os.listdir("/proc")):
        if process == str(os.getpid()):
            continue
        for link in links_of(process):
            target = None
            with contextlib.suppress(OSError):
                target = os.readlink(link)
            if target and (target == top or target.startswith(top + "/")):
                yield process, target


def links_of(process):
    try:
        fds = os.listdir(f"/proc/{process}/fd")
    except OSError:
        return []
    return [f"/proc/{process}/cwd", *(f"/proc/{process}/fd/{fd}" for fd in fds)]


def tree_digest_plain(directory, skip=()):
    """Every name, mode and byte below a directory, but for names that begin with `skip`."""
    directory, total = pathlib.Path(directory), hashlib.sha256()
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory).as_posix()
        if name.startswith(tuple(skip)):
            continue
        total.update(f"{name}\0{path.lstat().st_mode:o}\0".encode(errors="surrogateescape"))
        if path.is_symlink():
            total.update(os.fsencode(os.readlink(path)))
        elif path.is_file():
            total.update(digest(path).encode())
    return total.hexdigest()


def tree_digest(kb):
    """What recovery must not change when there is nothing to recover: every file of the
    knowledge base, the registry as its rows."""
    rows = Registry(pathlib.Path(kb)).dump.encode(errors="surrogateescape")
    files = tree_digest_plain(kb, skip=[".openkb/openkb.db"])
    return hashlib.sha256(files.encode() + rows).hexdigest()


def main(arguments):
    kb, history, ignored = None, [], set()
    while arguments:
        word = arguments.pop(0)
        if word == "--history":
            with open(arguments.pop(0)) as file:
                history = [json.loads(line) for line in file]
        elif word == "--ignore":
            ignored = set(arguments.pop(0).split(","))
        else:
            kb = word
    if kb is None:
        sys.exit("usage: checker.py KB [--history FILE] [--ignore I4,...]")
    found = [v for v in Checker(kb, history).check() if v.invariant not in ignored]
    for violation in found:
        print("{}: {}: {}".format(*violation))
    return 5 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
