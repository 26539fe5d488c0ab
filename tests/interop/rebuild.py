#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# The registry is lost: `openkb recover --rebuild` makes it anew from hashes.json, raw/ and wiki/.
# What each of them gave is counted, column by column against the registry as it was, and all that
# was not to be lost must be there. Some documents are not in hashes.json (openkb died before it
# wrote that), some are of Python, some summaries were edited by a person.
#
#   rebuild.py --build DIR [--documents 1000]
import argparse
import collections
import datetime
import sys
import time

import world
from world import equal, holds

# Column of document -> what it is made of again; the rest is listed as lost.
SOURCES = {"name": "hashes.json, else raw/", "source_name": "hashes.json, else raw/",
           "path": "hashes.json", "hash": "hashes.json, else raw/", "type": "hashes.json, else raw/",
           "pages": "hashes.json", "title": "wiki/summaries/", "description": "wiki/summaries/",
           "added": "wiki/log.md", "updated": "wiki/log.md"}
LOST = {"provenance": ["plugin", "plugin_version", "output_version", "options", "sandbox",
                       "landlock_abi"],
        "stat cache": ["size", "mtime_ns", "ctime_ns", "inode"]}
# raw/ has the document's name, not the source's, and log.md only the latter.
BY_SOURCE = ["path", "source_name", "added", "updated"]
GONE = ["alias", "failure", "sibling", "damaged", "intent"]


def make(w, count):
    """Documents of every kind; returns the names that hashes.json will not list."""
    for number in range(count):
        kind = number % 10
        if kind == 0:
            text = "".join(f"actor: page {n}\nPage {n} of {number}.\nactor: image i{n}\n"
                           for n in range(1, 23))
            w.source(f"d{number % 37}/long {number}.actor", text)
        elif kind == 1:
            w.source(f"r{number}/README.md", f"# Read me {number}\n\nOf {number}: *text*.\n")
        else:
            w.source(f"d{number % 37}/doc {number}.md",
                     f"# Title [{number}] of\n\nIt is about {number}, and nothing else at all.\n")
    w.init()
    w.add(w.src)
    for number in range(5):
        w.source(f"copies/{number}.md", (w.src / "d2/doc 2.md").read_text())
        w.source(f"bad/{number}.actor", "actor: fail no\n" + "#" * number)
        w.standin("add", w.source(f"py/theirs {number}.md", f"# Theirs {number}\n"))
    w.add(w.src, code=3)
    for number in range(3):
        path = w.kb / f"wiki/sources/doc-{number + 2}.md"
        path.write_text(path.read_text() + "\nA person's line.\n")


def unlist(w, count):
    """As if openkb had died before it wrote hashes.json."""
    entries = w.entries()
    ours = [key for key, entry in entries.items()
            if entry["doc_name"].startswith(("doc-", "long-"))]
    gone = ours[::max(1, len(ours) // count)][:count]
    names = [entries.pop(key)["doc_name"] for key in gone]
    w.python.save(entries)
    return names


def table(w, name, key):
    columns = [row[1] for row in w.rows(f"PRAGMA table_info({name})")]
    rows = [dict(zip(columns, row)) for row in w.rows(f"SELECT * FROM {name}")]
    return {row[key]: row for row in rows}


def is_same(column, one, other):
    """A line of log.md may have been written some seconds after the row."""
    if column in ("added", "updated") and one and other:
        seconds = [datetime.datetime.fromisoformat(time).timestamp() for time in (one, other)]
        return abs(seconds[0] - seconds[1]) <= 20
    return one == other


def compare(before, after, unlisted):
    """How many values of each column are as they were."""
    equal(set(after) == set(before), True, "the documents the same")
    for column, source in SOURCES.items():
        lost = [name for name, row in before.items()
                if not is_same(column, after[name][column] or None, row[column] or None)]
        print(f"{column:13} {len(before) - len(lost):6} of {len(before)} from {source}")
        if column in BY_SOURCE:
            lost = [name for name in lost if name not in unlisted]
        holds(not lost, f"{column} is lost of {lost[:3]}: "
                        f"{[(before[n][column], after[n][column]) for n in lost[:3]]}")
    for what, columns in LOST.items():
        print(f"lost: {what}: {', '.join(columns)}")


def artifacts(before, after):
    """Path -> digest as they are on the disk; a person's edit is what there is now."""
    equal(set(after) == set(before), True, "the paths of artifacts the same")
    kinds = collections.Counter(row["kind"] for row in after.values())
    changed = [path for path, row in before.items() if after[path]["hash"] != row["hash"]]
    equal(len(changed), 3, "artifacts with other bytes")
    names = {0: "raw copies", 1: "texts", 2: "images", 3: "summaries"}
    print("artifacts: " + ", ".join(f"{n} {names[kind]}" for kind, n in sorted(kinds.items())))


def content(w):
    return (world.checker.tree_digest_plain(w.kb / "wiki", skip=["index.md", "log.md"]),
            world.checker.tree_digest_plain(w.kb / "raw"))


def run(w, count):
    make(w, count)
    before = table(w, "document", "name"), table(w, "artifact", "path")
    lines = sorted(w.text("wiki/index.md").splitlines())
    lost = {name: w.rows(f"SELECT count(*) FROM {name}")[0][0] for name in GONE}
    files, unlisted = content(w), unlist(w, max(2, count // 50))
    for path in (w.kb / ".openkb").glob("openkb.db*"):
        path.write_bytes(b"no database" * 100) if path.suffix == ".db" else path.unlink()
    started = time.monotonic()
    result = w.openkb("recover", "--rebuild")
    print(f"rebuilt in {time.monotonic() - started:.1f} s: " + result.err.splitlines()[0])
    equal(content(w) == files, True, "raw/ and wiki/ unchanged")
    compare(before[0], table(w, "document", "name"), unlisted)
    artifacts(before[1], table(w, "artifact", "path"))
    equal(sorted(w.text("wiki/index.md").splitlines()) == lines, True, "index.md the same")
    for name, number in lost.items():
        print(f"lost: {name}: {number} rows")
    holds(lost["alias"] and lost["failure"], "control: there was nothing to lose")
    equal(w.names(), set(before[0]), "names")
    again = w.add(w.src, code=3)
    print("add again: " + next(line for line in again.err.splitlines() if line.endswith(" s")))
    # Of documents that nothing lists but raw/, the path of the source is not known any more.
    w.sound("is in quarantine", "has no path", "log: ")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--documents", type=int, default=1000)
    options = parser.parse_args()
    w = world.World(options.build)
    try:
        run(w, options.documents)
    finally:
        w.close()


if __name__ == "__main__":
    sys.exit(main())
