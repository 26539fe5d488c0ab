#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# A STAND-IN for OpenKB in Python, not that program: no model is asked, and text is converted
# only as far as a test needs it. What it shares with a C openkb it reads and writes as that
# program does: hashes.json, index.md, log.md, the front matter of summaries, the JSON of long
# documents, the lock, the journals of an interrupted operation, what it leaves in staging.
# It cannot tell what that program does where the description it was written from is wrong.
#
#   python_openkb.py KB add FILE... | remove NAME... | list | steps add FILE | hold SECONDS
#
# "steps" does it and prints how many changes of the disk it made, for STANDIN_DIE.
import contextlib
import fcntl
import html
import json
import os
import pathlib
import re
import shutil
import sys
import time
import uuid

import python_files as files
import python_journal
from python_files import atomic_write, name_of, publish, remove, step

SUFFIXES = {".pdf", ".md", ".markdown", ".docx", ".pptx", ".xlsx", ".xls", ".html", ".htm",
            ".txt", ".csv"}
THRESHOLD = 20  # pages: a long document


class Kb:
    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        self.dot, self.wiki = self.root / ".openkb", self.root / "wiki"
        self.hashes = self.dot / "hashes.json"

    def create(self):
        for name in ("raw", "wiki/sources/images", "wiki/summaries", "wiki/concepts",
                     "wiki/entities", ".openkb"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        (self.wiki / "AGENTS.md").write_text("# Wiki schema\n")
        (self.wiki / "index.md").write_text(
            "# Knowledge Base Index\n\n## Documents\n\n## Concepts\n\n## Entities\n\n"
            "## Explorations\n")
        (self.wiki / "log.md").write_text("# Operations Log\n\n")
        (self.dot / "config.yaml").write_text(
            "language: en\nmodel: gpt-5.4-mini\npageindex_threshold: 20\n")
        self.hashes.write_text("{}\n")
        return self

    # ---- The lock

    @contextlib.contextmanager
    def lock(self, kind, wait=True):
        fd = os.open(self.dot / "ingest.lock", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            fcntl.flock(fd, kind | (0 if wait else fcntl.LOCK_NB))
            yield
        finally:
            os.close(fd)

    @contextlib.contextmanager
    def exclusive(self, wait=True):
        with self.lock(fcntl.LOCK_EX, wait):
            python_journal.drain(self.root)
            python_journal.reap(self.root)
            yield

    def shared(self, wait=True):
        return self.lock(fcntl.LOCK_SH, wait)

    # ---- Registry, index, log

    def entries(self):
        try:
            return json.loads(self.hashes.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}

    def save(self, entries):
        files.write_json(self.hashes, entries)

    def register(self, key, entry):
        """Three writes: the entry of that name goes, those of the oldest kind, the new comes."""
        entries = self.entries()
        same = [k for k, e in entries.items()
                if k != key and e.get("doc_name") == entry["doc_name"]]
        for k in same[:1]:
            del entries[k]
            self.save(entries)
        oldest = [k for k, e in entries.items()
                  if k != key and not e.get("doc_name") and e.get("name") == entry["name"]]
        for k in oldest:
            del entries[k]
            self.save(entries)
        entries[key] = entry
        self.save(entries)

    def edit_index(self, section, edit):
        """`edit` changes the list of lines below a heading, which is made when missing."""
        path = self.wiki / "index.md"
        lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else []
        heading = f"## {section}"
        if heading not in [line.rstrip() for line in lines]:
            while lines and not lines[-1]:
                lines.pop()
            lines += ["", heading, ""]
        start = [line.rstrip() for line in lines].index(heading) + 1
        end = start
        while end < len(lines) and not lines[end].startswith("## "):
            end += 1
        text = "\n".join(lines[:start] + edit(lines[start:end]) + lines[end:])
        if not path.exists() or text != path.read_text(encoding="utf-8"):
            atomic_write(path, text)

    def index_add(self, section, link, rest):
        def edit(lines):
            known = any(line.startswith(f"- {link}") for line in lines)
            return lines if known else [f"- {link}{rest}", *lines]
        self.edit_index(section, edit)

    def index_remove(self, section, link):
        self.edit_index(section, lambda lines: [x for x in lines if not x.startswith(f"- {link}")])

    def log(self, operation, description):
        path = self.wiki / "log.md"
        step()
        new = not path.exists()
        with open(path, "a", encoding="utf-8") as file:
            when = time.strftime("%Y-%m-%d %H:%M:%S")
            file.write(("# Operations Log\n\n" if new else "")
                       + f"## [{when}] {operation} | {description}\n\n")


# ---- Converting

def text_of(source):
    """What stands for a converter: universal newlines, tags away."""
    text = source.read_bytes().decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    if source.suffix.lower() in (".html", ".htm"):
        text = html.unescape(re.sub(r"<[^>]*>", "", text))
    return text


def copy_images(text, source, home, name):
    """Relative images beside the source come along under their base names."""
    def localised(match):
        image = source.parent / match[2]
        if match[2].startswith(("http:", "https:", "data:")) or ".." in match[2] \
                or not image.is_file():
            return match[0]
        home.mkdir(parents=True, exist_ok=True)
        shutil.copy2(image, home / image.name)
        return f"![{match[1]}](images/{name}/{image.name})"
    return re.sub(r"!\[([^\]]*)\]\(([^)]*)\)", localised, text)


def pages_of(text):
    """Form feeds stand for the pages of a PDF."""
    return [page.strip() for page in text.split("\f")]


def front_matter(kind, name, is_long, description):
    lines = [f'type: "{kind}"']
    if description:
        lines.append(f"description: {json.dumps(description, ensure_ascii=False)}")
    suffix = "json" if is_long else "md"
    lines += [f"doc_type: {'pageindex' if is_long else 'short'}",
              f"full_text: {json.dumps(f'sources/{name}.{suffix}', ensure_ascii=False)}"]
    return "---\n" + "\n".join(lines) + "\n---\n\n"


class Conversion:
    """A source in its staging directory."""

    def __init__(self, kb, source, entries):
        self.kb, self.source = kb, pathlib.Path(source)
        self.key = files.digest(self.source)
        self.path = files.registry_path(kb.root, self.source)
        self.name = files.resolve_name(entries, self.path, self.source.name)
        self.raw = f"raw/{self.name}{self.source.suffix.lower()}"
        self.text = text_of(self.source)
        self.pages = pages_of(self.text)
        self.is_long = len(self.pages) >= THRESHOLD
        clean = files.sanitize(files.stem(self.source.name))[:50]
        self.staging = kb.dot / f"staging/add-{clean}-{uuid.uuid4().hex[:8]}"

    def stage(self):
        step()
        (self.staging / "raw").mkdir(parents=True)
        step()
        shutil.copy2(self.source, self.staging / self.raw)
        if self.is_long:
            return
        home = self.staging / f"wiki/sources/images/{self.name}"
        home.mkdir(parents=True)
        atomic_write(self.staging / f"wiki/sources/{self.name}.md",
                     copy_images(self.text, self.source, home, self.name))

    def targets(self):
        """What the operation may change."""
        kb, name = self.kb, self.name
        database = [kb.dot / f"pageindex.db{suffix}" for suffix in ("", "-wal", "-shm", "-journal")]
        return [kb.hashes, *database, kb.wiki / f"summaries/{name}.md",
                kb.wiki / f"sources/{name}.json", kb.wiki / f"sources/images/{name}",
                kb.wiki / "concepts", kb.wiki / "entities", kb.wiki / "index.md",
                kb.wiki / "log.md", kb.root / self.raw, kb.wiki / f"sources/{name}.md"]

    def publish(self):
        for staged in sorted(self.staging.rglob("*")):
            if staged.is_file():
                publish(staged, self.kb.root / staged.relative_to(self.staging))
        if self.is_long:
            value = [{"page": i + 1, "content": page, "images": []}
                     for i, page in enumerate(self.pages) if page]
            atomic_write(self.kb.wiki / f"sources/{self.name}.json",
                         json.dumps(value, indent=2, ensure_ascii=False))

    def compile(self):
        """Where that program asks a model."""
        kb, name = self.kb, self.name
        brief = next((line.lstrip("# ") for line in self.text.splitlines() if line.strip()), "")
        atomic_write(kb.wiki / f"summaries/{name}.md",
                     front_matter("Summary", name, self.is_long, brief) + f"# {name}\n")
        kb.index_add("Documents", f"[[summaries/{name}]]",
                     f" ({'pageindex' if self.is_long else 'short'}) — {brief}")
        page = kb.wiki / "concepts/reading.md"
        sources = json.loads(re.search(r"sources: (.*)", page.read_text())[1]) \
            if page.exists() else []
        mine = f"summaries/{name}.md"
        atomic_write(page, '---\ntype: "Concept"\nsources: '
                     + json.dumps([mine, *(s for s in sources if s != mine)])
                     + '\ndescription: "What was read."\n---\n\n# Reading\n')
        kb.index_add("Concepts", "[[concepts/reading]]", " — What was read.")

    def entry(self):
        entry = {"name": self.source.name, "doc_name": self.name,
                 "type": "long_pdf" if self.is_long else self.source.suffix[1:],
                 "path": self.path, "raw_path": self.raw}
        if self.is_long:
            entry["doc_id"] = f"pi-{self.key[:12]}"
        else:
            entry["source_path"] = f"wiki/sources/{self.name}.md"
        return entry


# ---- Operations

def add(kb, source):
    """("added" | "skipped", name)."""
    with kb.exclusive():
        entries = kb.entries()
        known = entries.get(files.digest(source))
        if known:
            return "skipped", name_of(known)
        made = Conversion(kb, source, entries)
        made.stage()
        journal = python_journal.Journal(kb.root, "add", {
            "file_hash": made.key, "name": made.source.name, "doc_name": made.name})
        journal.begin(made.targets())
        made.publish()
        made.compile()
        kb.register(made.key, made.entry())
        journal.end()
        kb.log("ingest", made.source.name)
        journal.discard()
        remove(made.staging)
        return "added", made.name


def find(entries, wanted):
    for field in (lambda e: e.get("name"), name_of):
        found = [key for key, entry in entries.items() if field(entry) == wanted]
        if found:
            return found
    return []


def remove_document(kb, wanted):
    """Not journaled: what is left of it is taken up by giving the command again."""
    with kb.exclusive():
        entries = kb.entries()
        found = find(entries, wanted)
        if len(found) != 1:
            return "nothing", wanted
        entry = entries[found[0]]
        name = name_of(entry)
        for path in (f"summaries/{name}.md", f"sources/{name}.md", f"sources/{name}.json",
                     f"sources/images/{name}"):
            remove(kb.wiki / path)
        kb.index_remove("Documents", f"[[summaries/{name}]]")
        del entries[found[0]]
        kb.save(entries)
        remove(kb.root / (entry.get("raw_path") or f"raw/{entry['name']}"))
        kb.log("remove", entry["name"])
        return "removed", name


def listed(kb):
    with kb.shared():
        return {name_of(entry): entry.get("type") for entry in kb.entries().values()}


def supported(directory):
    """The files of a directory that it would add, in its order: by parts of their paths."""
    found = [path for path in pathlib.Path(directory).rglob("*")
             if path.is_file() and path.suffix.lower() in SUFFIXES]
    return sorted(found, key=lambda path: path.parts)


def main(root, command, *arguments):
    kb = Kb(root)
    if command == "steps":
        main(root, *arguments)
        print(files.steps)
    elif command == "list":
        print("\n".join(sorted(listed(kb))))
    elif command == "hold":
        with kb.exclusive():
            print("held", flush=True)
            time.sleep(float(arguments[0]))
    else:
        operation = {"add": add, "remove": remove_document}[command]
        for argument in arguments:
            print(*operation(kb, argument), sep="\t")


if __name__ == "__main__":
    main(*sys.argv[1:])
