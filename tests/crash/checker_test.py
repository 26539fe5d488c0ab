#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# A checker that finds nothing proves nothing: a good knowledge base is damaged in one way after
# the other, and the checker has to name the invariant that is broken, each time.
#
#   checker_test.py --build DIR
import argparse
import fcntl
import json
import os
import pathlib
import shutil
import sqlite3
import sys
import tempfile

import checker
import stage as staging
import workloads


def sql(statement, *values):
    def damage(stage):
        with sqlite3.connect(stage.kb / ".openkb/openkb.db") as database:
            database.execute("PRAGMA foreign_keys = OFF")
            database.execute(statement, values)
    return damage


def insert(table):
    """A row of which every column holds something."""
    def damage(stage):
        with sqlite3.connect(stage.kb / ".openkb/openkb.db") as database:
            columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            database.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(columns))})",
                             [7] * len(columns))
    return damage


def append(name, text="x"):
    return lambda stage: (stage.kb / name).open("a").write(text)


def delete(name):
    return lambda stage: (stage.kb / name).unlink()


def make(name, text="x"):
    def damage(stage):
        path = stage.kb / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return damage


def link_instead(stage):
    path = stage.kb / "wiki/sources/one.md"
    path.rename(stage.directory / "moved.md")
    path.symlink_to(stage.directory / "moved.md")


def stale_text(stage):
    """The text of another version, recorded as if it were right."""
    path = stage.kb / "wiki/sources/one.md"
    path.write_text(path.read_text().replace("mark-", "mark-0"))
    sql("UPDATE artifact SET hash = ?, size = ? WHERE path = 'wiki/sources/one.md'",
        checker.digest(path), path.stat().st_size)(stage)


def lost_acknowledgement(stage):
    path = workloads.text(stage, "new/late.md", 1)
    stage.note_begin([path])
    stage.history.append({**stage.history[-1], "event": "ack"})


def removed_is_back(stage):
    path = stage.src / "old/one.md"
    stage.note_begin([path], removing=True)
    stage.history.append({**stage.history[-1], "event": "ack"})


def old_version_after_acknowledged_update(stage):
    path = workloads.text(stage, "old/one.md", 2)
    stage.note_begin([path])
    stage.history.append({**stage.history[-1], "event": "ack"})


def silent_log(stage):
    for path in stage.sources():
        if path.parent.name == "old":
            stage.note_begin([path])
            stage.history.append({**stage.history[-1], "event": "ack"})
    (stage.kb / "wiki/log.md").write_text("# Operations Log\n\n")


def forget_in_hashes(stage):
    path = stage.kb / ".openkb/hashes.json"
    entries = json.loads(path.read_text())
    entries.pop(sorted(entries)[0])
    path.write_text(json.dumps(entries))


def ghost_line(stage):
    path = stage.kb / "wiki/index.md"
    heading = "## Documents\n"
    path.write_text(path.read_text().replace(
        heading, heading + "- [[summaries/ghost]] (short)\n", 1))


def hold_lock(stage):
    stage.held = open(stage.kb / ".openkb/ingest.lock", "a")
    fcntl.flock(stage.held, fcntl.LOCK_EX)


DAMAGES = [
    ("I1", "a text with a byte more", append("wiki/sources/one.md")),
    ("I1", "a raw copy with a byte more", append("raw/one.md")),
    ("I1", "a summary that is gone", delete("wiki/summaries/one.md")),
    ("I1", "a link where the text should be", link_instead),
    ("I1", "the text of another version", stale_text),
    ("I4", "an image that no row names", sql("DELETE FROM artifact WHERE kind = 2")),
    ("I1", "a document without a raw copy", sql("DELETE FROM artifact WHERE path = 'raw/one.md'")),
    ("I1", "a raw copy of another version",
     sql("UPDATE document SET hash = ? WHERE name = 'one'", "0" * 64)),
    ("I1", "artifacts of no document",
     sql("UPDATE artifact SET document = 77 WHERE path = 'raw/one.md'")),
    ("I2", "an acknowledged document that is not there", lost_acknowledgement),
    ("I2", "a removed document that is there", removed_is_back),
    ("I2", "the old version after an acknowledged update", old_version_after_acknowledged_update),
    ("I3", "a bystander that is gone", sql("DELETE FROM document WHERE name = 'two'")),
    ("I4", "a stray file in raw", make("raw/stray.bin")),
    ("I4", "a stray image", make("wiki/sources/images/one/stray.png")),
    ("I4", "a working file of ours", make("wiki/concepts/.openkb-7-1")),
    ("I5", "a user's file that is gone", delete("wiki/concepts/mine.md")),
    ("I5", "a user's file with a byte more", append("raw/dropped-by-hand.bin")),
    ("I6", "staging that is left", make(".openkb/staging/batch-x/raw/0")),
    ("I6", "a staged commit that is left", make(".openkb/staging/commit/7/0")),
    ("I6", "an intent that is left", insert("intent")),
    ("I6", "a damaged document", insert("damaged")),
    ("I6", "something in quarantine", make(".openkb/quarantine/7/why.txt")),
    ("I7", "a line too many in index.md", ghost_line),
    ("I7", "an empty index.md", lambda s: (s.kb / "wiki/index.md").write_text("# Index\n")),
    ("I7", "an entry that hashes.json lacks", forget_in_hashes),
    ("I7", "a torn hashes.json", lambda s: (s.kb / ".openkb/hashes.json").write_text('{"a": ')),
    ("I7", "a log that does not tell", silent_log),
    ("I8", "a registry that is no database", lambda s: (s.kb / ".openkb/openkb.db").write_bytes(
        b"SQLite format 3\0" + b"\xff" * 8192)),
    ("I8", "two documents of one name",
     sql("UPDATE document SET name = 'ONE' WHERE name = 'two'")),
    ("I12", "a lock that is held", hold_lock),
]


def try_damage(stage, invariant, damage):
    stage.restore()
    stage.held = None
    damage(stage)
    found = {v.invariant for v in checker.Checker(stage.kb, stage.history).check()}
    if stage.held:
        stage.held.close()
    return invariant in found, sorted(found)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    options = parser.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="openkb-checker-"))
    try:
        stage = staging.Stage(work / "stage", staging.Program(options.build))
        stage.make()
        workloads.old_documents(stage)
        stage.save()
        clean = checker.Checker(stage.kb, stage.history).check()
        for violation in clean:
            print(f"a good knowledge base: {violation}")
        missed = 0
        for invariant, label, damage in DAMAGES:
            seen, found = try_damage(stage, invariant, damage)
            if not seen:
                missed += 1
                print(f"{label}: should break {invariant}, found only {found}")
    finally:
        os.chdir("/")
        shutil.rmtree(work, ignore_errors=True)
    print(f"checker: {len(DAMAGES) - missed} of {len(DAMAGES)} damages found, "
          f"{len(clean)} complaints about a good knowledge base")
    return 1 if missed or clean else 0


if __name__ == "__main__":
    sys.exit(main())
