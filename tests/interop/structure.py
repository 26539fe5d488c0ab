#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# What must be true of a knowledge base for OpenKB in Python to read it, whoever wrote it: the
# form of every file that both touch, and that they fit together. Each fault is one line
# "RULE: SUBJECT: TEXT". Python's standard library; nothing of core.
#
#   structure.py KB    5 when there are faults
import collections
import json
import pathlib
import re
import sys
import unicodedata
import urllib.parse

import python_files as files
from python_files import name_of

KEYS = {"name", "doc_name", "type", "path", "raw_path", "source_path", "pages", "doc_id",
        "origin", "bundle_path"}
LONG = ("long_pdf", "pageindex_cloud")
LOG = re.compile(r"# Operations Log\n\n(## \[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] \w+ \| [^\n]*\n\n)*")
LINE = re.compile(r"- \[\[summaries/(.*?)\]\] \((short|pageindex)\)( — [^\n]+)?")
IMAGE = re.compile(r"!\[[^\]]*\]\(<?((?:sources/)?images/[^)>\s]+)")


class Structure:
    def __init__(self, kb):
        self.kb = pathlib.Path(kb).resolve()
        self.wiki = self.kb / "wiki"
        self.found, self.counts = [], collections.Counter()
        self.entries = {}

    def fault(self, rule, subject, text):
        self.found.append(f"{rule}: {subject}: {text}")

    def check(self):
        self.registry()
        for key, entry in self.entries.items():
            self.counts["documents"] += 1
            self.document(key, entry)
        self.names()
        self.index()
        self.log()
        self.wikilinks()
        self.leftovers()
        return self.found

    # ---- hashes.json

    def registry(self):
        text = (self.kb / ".openkb/hashes.json").read_text(encoding="utf-8")
        try:
            self.entries = json.loads(text)
        except ValueError as error:
            self.fault("json", "hashes.json", error)
            return
        if json.dumps(self.entries, indent=2) + "\n" != text:
            self.fault("json", "hashes.json", "is not as Python's json module writes it")
        for key, entry in list(self.entries.items()):
            if not re.fullmatch(r"[0-9a-f]{64}", key) or not isinstance(entry, dict):
                self.fault("entry", key, "is no entry of a document")
                del self.entries[key]

    def document(self, key, entry):
        name = name_of(entry)
        if unknown := set(entry) - KEYS:
            self.fault("entry", name, f"has keys nobody knows: {sorted(unknown)}")
        for wanted in ("name", "doc_name", "type", "path"):
            if not isinstance(entry.get(wanted), str) or not entry[wanted]:
                self.fault("entry", name, f"has no {wanted}")
        self.raw(key, name, entry)
        if entry.get("type") in LONG:
            self.long_source(name, entry)
        else:
            self.short_source(name, entry)
        self.summary(name, entry)

    def raw(self, key, name, entry):
        path = self.kb / entry.get("raw_path", "?")
        if not path.is_file():
            self.fault("raw", name, f"{entry.get('raw_path')} is no file")
        elif files.digest(path) != key:
            self.fault("raw", name, "its original has other bytes than its key says")
        elif path.name != name + path.suffix:
            self.fault("raw", name, f"its original is called {path.name}")

    # ---- Sources

    def images(self, name, paths):
        for path in paths:
            self.counts["images linked"] += 1
            image = self.wiki / "sources" / urllib.parse.unquote(path).removeprefix("sources/")
            if not image.is_file():
                self.fault("image", name, f"{path} leads nowhere")
            elif image.parent.name != name:
                self.fault("image", name, f"{path} is of another document")

    def short_source(self, name, entry):
        path = self.wiki / f"sources/{name}.md"
        if entry.get("source_path") != f"wiki/sources/{name}.md" or not path.is_file():
            self.fault("source", name, "has no text where its entry says")
            return
        data = path.read_bytes()
        self.counts["bytes of text"] += len(data)
        if b"\r" in data:
            self.fault("source", name, "has a carriage return")
        try:
            text = data.decode("utf-8")
        except ValueError as error:
            self.fault("source", name, error)
            return
        fence = re.compile(r"^(```+|~~~+).*?^\1", re.M | re.S)
        self.images(name, IMAGE.findall(fence.sub("", text)))
        if (self.wiki / f"sources/{name}.json").exists():
            self.fault("source", name, "is short and has pages too")

    def long_source(self, name, entry):
        path = self.wiki / f"sources/{name}.json"
        if "source_path" in entry or not path.is_file():
            self.fault("source", name, "is long and has no pages")
            return
        text = path.read_text(encoding="utf-8")
        self.counts["long documents"] += 1
        self.counts["bytes of text"] += len(text.encode())
        pages = json.loads(text)
        if json.dumps(pages, indent=2, ensure_ascii=False) != text:
            self.fault("pages", name, "are not as Python's json module writes them")
        numbers = [page.get("page") for page in pages]
        if not pages or numbers != sorted(set(numbers)) or numbers[0] < 1:
            self.fault("pages", name, f"are numbered {numbers[:5]}…")
        for page in pages:
            content = page.get("content", " ")
            if set(page) != {"page", "content", "images"} or content != content.strip():
                self.fault("pages", name, f"page {page.get('page')} has the wrong form")
            elif not page["content"] and not page["images"]:
                self.fault("pages", name, f"page {page['page']} is empty")
            else:
                self.images(name, [image["path"] for image in page["images"]])

    # ---- Summaries

    def summary(self, name, entry):
        path = self.wiki / f"summaries/{name}.md"
        if not path.is_file():
            self.fault("summary", name, "is not there")
            return
        text = path.read_text(encoding="utf-8")
        head = re.match(r"---\n(.*?)\n---\n", text, re.S)
        if not head:
            self.fault("summary", name, "has no front matter")
            return
        is_long = entry.get("type") in LONG
        wanted = {"type": '"Summary"', "doc_type": "pageindex" if is_long else "short",
                  "full_text": json.dumps(f"sources/{name}.{'json' if is_long else 'md'}",
                                          ensure_ascii=False)}
        values = dict(line.split(": ", 1) for line in head[1].split("\n") if ": " in line)
        order = [line.split(":")[0] for line in head[1].split("\n")]
        if order != [k for k in ("type", "description", "doc_type", "full_text") if k in values]:
            self.fault("summary", name, f"its front matter has {order}")
        for key, value in wanted.items():
            if values.get(key) != value:
                self.fault("summary", name, f"{key} is {values.get(key)}")
        self.description(name, values.get("description"))

    def description(self, name, value):
        if value is None:
            self.counts["without a description"] += 1
            return
        try:
            text = json.loads(value)
        except ValueError:
            text = None
        if not isinstance(text, str) or not text.strip() or "\n" in text:
            self.fault("summary", name, f"its description is {value}")

    # ---- All of them together

    def names(self):
        folded = collections.Counter(unicodedata.normalize("NFKC", name_of(e)).casefold()
                                     for e in self.entries.values())
        for name, number in folded.items():
            if number > 1:
                self.fault("name", name, f"{number} documents have it")
        for key, entry in self.entries.items():
            if not entry.get("path"):
                continue
            resolved = files.resolve_name(self.entries, entry["path"], entry["name"])
            if resolved != name_of(entry):
                self.fault("name", name_of(entry), f"Python would call that path {resolved}")

    def index(self):
        text = (self.wiki / "index.md").read_text(encoding="utf-8")
        lines = text.split("\n")
        for heading in ("## Documents", "## Concepts"):
            if lines.count(heading) != 1:
                self.fault("index", heading, f"is there {lines.count(heading)} times")
        section = re.search(r"^## Documents\n(.*?)(?=^## |\Z)", text, re.M | re.S)
        listed = collections.Counter()
        for line in section[1].split("\n") if section else []:
            match = LINE.fullmatch(line)
            if match:
                listed[match[1]] += 1
                self.kind(match[1], match[2])
            elif line.startswith("- [[summaries/"):
                self.fault("index", line, "has the wrong form")
        wanted = collections.Counter(name_of(entry) for entry in self.entries.values())
        for name in (listed - wanted) + (wanted - listed):
            self.fault("index", name, f"has {listed[name]} lines and {wanted[name]} entries")

    def kind(self, name, kind):
        types = {name_of(entry): entry.get("type") for entry in self.entries.values()}
        if name in types and (types[name] in LONG) != (kind == "pageindex"):
            self.fault("index", name, f"is said to be {kind}")

    def log(self):
        text = (self.wiki / "log.md").read_text(encoding="utf-8")
        if not LOG.fullmatch(text):
            self.fault("log", "log.md", "has another form")
        told = set(re.findall(r"\] ingest \| ([^\n]*)", text))
        for entry in self.entries.values():
            if entry["name"] not in told:
                self.fault("log", entry["name"], "is not told of")

    def wikilinks(self):
        pages = [self.wiki / "index.md"]
        for home in ("summaries", "concepts", "entities"):
            pages += sorted((self.wiki / home).glob("*.md"))
        for page in pages:
            for link in re.findall(r"(?<!\\)\[\[([^\]|#]+)", page.read_text(encoding="utf-8")):
                self.counts["wikilinks"] += 1
                if not (self.wiki / f"{link}.md").is_file():
                    self.fault("wikilink", page.name, f"[[{link}]] leads nowhere")

    def leftovers(self):
        known = {"index.md", "log.md"}
        names = {name_of(entry) for entry in self.entries.values()}
        for path in sorted(self.wiki.glob("s*/*")):
            if path.is_file() and path.stem not in names and path.name not in known:
                self.fault("leftover", path.relative_to(self.kb), "is of no document")
        for path in sorted(self.wiki.glob("sources/images/*")):
            if path.name not in names:
                self.fault("leftover", path.relative_to(self.kb), "is of no document")
        raw = {entry.get("raw_path") for entry in self.entries.values()}
        for path in sorted((self.kb / "raw").rglob("*")):
            if path.is_file() and path.relative_to(self.kb).as_posix() not in raw:
                self.fault("leftover", path.relative_to(self.kb), "is of no document")
        for path in sorted((self.kb / ".openkb/journal").glob("*.json")):
            self.fault("leftover", path.name, "is a journal")


def main(kb):
    structure = Structure(kb)
    for fault in structure.check():
        print(fault)
    print(", ".join(f"{number} {what}" for what, number in structure.counts.items())
          + f"; {len(structure.found)} faults")
    return 5 if structure.found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
