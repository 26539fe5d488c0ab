#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# The judge is judged: a good knowledge base has no faults, and each damage done to it is found.
#
#   structure_test.py --build DIR
import json
import pathlib
import shutil
import sys

import world
from world import structure


def replace(path, old, new):
    text = path.read_text()
    assert old in text, f"{path.name} has no {old!r}"
    path.write_text(text.replace(old, new))


def edit(w, change):
    """One entry of hashes.json."""
    entries = w.entries()
    change(next(e for e in entries.values() if e["doc_name"] == "a"))
    w.python.save(entries)


def pages(w, change):
    path = w.kb / "wiki/sources/long.json"
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False))


INDEX, SUMMARY, TEXT = "wiki/index.md", "wiki/summaries/a.md", "wiki/sources/a.md"
DAMAGES = {
    "json": lambda w: replace(w.kb / ".openkb/hashes.json", '"name": ', '"name" : '),
    "entry: a: has keys": lambda w: edit(w, lambda e: e.update(new="x")),
    "entry: a: has no path": lambda w: edit(w, lambda e: e.pop("path")),
    "raw: a: raw/": lambda w: (w.kb / "raw/a.md").unlink(),
    "raw: a: its": lambda w: (w.kb / "raw/a.md").write_text("other"),
    "image: a": lambda w: (w.kb / "wiki/sources/images/a/i.png").unlink(),
    "source: a: has a carriage": lambda w: replace(w.kb / TEXT, "\n", "\r\n"),
    "source: a: has no text": lambda w: (w.kb / TEXT).unlink(),
    "source: a: 'utf-8'": lambda w: (w.kb / TEXT).write_bytes(b"\xff"),
    "source: a: is short": lambda w: (w.kb / "wiki/sources/a.json").write_text("[]"),
    "pages: long: page 1": lambda w: pages(w, lambda v: v[0].update(x=1)),
    "pages: long: are numbered": lambda w: pages(w, lambda v: v.reverse()),
    "pages: long: are not": lambda w: replace(w.kb / "wiki/sources/long.json", "[\n", "[ \n"),
    "summary: a: is not": lambda w: (w.kb / SUMMARY).unlink(),
    "summary: a: has no front": lambda w: (w.kb / SUMMARY).write_text("# A\n"),
    "summary: a: its front": lambda w: replace(w.kb / SUMMARY, "doc_type", "kind: x\ndoc_type"),
    "summary: a: full_text": lambda w: replace(w.kb / SUMMARY, '"sources/a.md"', "sources/a.md"),
    "name: long: Python": lambda w: edit(w, lambda e: e.update(path=str(w.src / "long.actor"))),
    "index: a: has 0": lambda w: replace(w.kb / INDEX, "- [[summaries/a]]", "- a"),
    "index: a: is said": lambda w: replace(w.kb / INDEX, "/a]] (short)", "/a]] (pageindex)"),
    "index: ## Concepts": lambda w: replace(w.kb / INDEX, "## Concepts", "## Ideas"),
    "index: - [[": lambda w: replace(w.kb / INDEX, "/a]] (short)", "/a]] (brief)"),
    "log: log.md": lambda w: replace(w.kb / "wiki/log.md", " ingest |", ""),
    "log: a.md": lambda w: replace(w.kb / "wiki/log.md", "| a.md", "| b.md"),
    "wikilink": lambda w: (w.kb / "wiki/concepts/c.md").write_text("[[summaries/none]]\n"),
    "leftover: wiki": lambda w: (w.kb / "wiki/sources/x.md").write_text("x"),
    "leftover: raw": lambda w: (w.kb / "raw/x.md").write_text("x"),
}


def make(w):
    w.source("i.png", b"\x89PNG\r\n\x1a\nx")
    w.source("a.md", "# A\n\n![i](i.png)\n")
    w.source("long.actor", "".join(f"actor: page {n}\nPage {n}.\n" for n in range(1, 31)))
    w.init()
    w.add(w.src)


def faults(w, damage):
    """Of a knowledge base that is damaged and whole again afterwards."""
    saved = w.top / "saved"
    shutil.copytree(w.kb, saved)
    damage(w)
    found = structure.Structure(w.kb).check()
    shutil.rmtree(w.kb)
    saved.rename(w.kb)
    return found


def main(build):
    w = world.World(pathlib.Path(build))
    try:
        make(w)
        missed = [f"no fault: {fault}" for fault in faults(w, lambda w: None)]
        for wanted, damage in DAMAGES.items():
            found = faults(w, damage)
            if not any(fault.startswith(wanted) for fault in found):
                missed.append(f"“{wanted}”: {found}")
    finally:
        w.close()
    for text in missed:
        print(f"not as wanted: {text}")
    print(f"{len(DAMAGES)} damages, {len(missed)} not found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[sys.argv.index("--build") + 1]))
