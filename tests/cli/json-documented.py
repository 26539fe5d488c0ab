#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# docs/JSON.md is the schema: real output of every command that takes --json or --jsonl is held
# against its tables, strictly: no other key, none missing, each of its type.
#
# usage: json-documented.py BUILD SOURCE-TREE
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TYPES = {"string": str, "number": (int, float), "boolean": bool, "object": dict,
         "null": type(None), "event": dict}


def tables(text):
    """Heading -> [(path, {types}, optional, events or None)]."""
    found, heading = {}, None
    for line in text.splitlines():
        if line.startswith("## "):
            heading = line[3:]
            found[heading] = []
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if heading and len(cells) > 2 and cells[0].startswith("`"):
            kinds = cells[1].rstrip("?").split(", ")
            events = cells[2].split(", ") if len(cells) == 4 else None
            found[heading].append((cells[0].strip("`"), kinds, cells[1].endswith("?"), events))
    return found


class Schema:
    def __init__(self, rows, events):
        self.rows = {path: (kinds, optional) for path, kinds, optional, _ in rows}
        self.events, self.faults = events, []

    def check(self, value, path=""):
        if isinstance(value, dict):
            self.keys(value, path)
        elif isinstance(value, list):
            for element in value:
                self.typed(element, path + "[]")

    def keys(self, value, path):
        prefix = f"{path}." if path else ""
        any_key = f"{prefix}*" in self.rows
        for key, inner in value.items():
            self.typed(inner, f"{prefix}*" if any_key else prefix + key)
        for row, (_, optional) in self.rows.items():
            rest = row[len(prefix):]
            own = row.startswith(prefix) and re.fullmatch(r"\w+(\[\])?", rest)
            if own and not optional and rest.removesuffix("[]") not in value:
                self.faults.append(f"{row} is missing")

    def typed(self, value, path):
        if isinstance(value, list):
            if f"{path}[]" not in self.rows:
                self.faults.append(f"{path}[] is not documented")
            self.check(value, path)
            return
        kinds, _ = self.rows.get(path, ([], False))
        if not kinds:
            self.faults.append(f"{path} is not documented")
        elif not any(isinstance(value, TYPES[kind]) for kind in kinds) \
                or isinstance(value, bool) != ("boolean" in kinds and not value is None):
            self.faults.append(f"{path} is {value!r}, not {kinds}")
        if "event" in kinds:
            self.faults += self.events.check_event(value)
        else:
            self.check(value, path)


class Events:
    def __init__(self, rows, whole):
        self.rows, self.whole, self.seen = rows, whole, set()

    def check_event(self, value):
        name = value.get("event")
        self.seen.add(name)
        mine = [row for row in self.rows if name in row[3] or row[3] == ["all"]]
        if len(mine) < 2:
            return [f"event {name!r} is not documented"]
        counts = [row for row in self.whole if row[0].startswith("counts.")]
        schema = Schema(mine + (counts if name == "summary" else []), self)
        schema.check(value)
        return [f"{name}: {fault}" for fault in schema.faults]


class World:
    def __init__(self, build, documentation):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="openkb-json-"))
        self.openkb = next(build / place / "openkb" for place in ("core/cli", "bin")
                           if (build / place / "openkb").is_file())
        self.environment = {
            "PATH": "/usr/bin:/bin", "HOME": str(self.top), "LC_ALL": "C.UTF-8",
            "OPENKB_DIR": str(self.top / "kb"),
            "OPENKB_PLUGIN_PATH": f"{build / 'tests/fixtures/plugins'}:{build / 'plugins-1'}"}
        self.tables = tables(documentation)
        self.events = Events(self.tables["events"], self.tables["add, convert, remove"])
        self.faults, self.outputs = [], 0

    def run(self, *arguments, code=0):
        result = subprocess.run([self.openkb, *arguments], env=self.environment, cwd=self.top,
                                capture_output=True, text=True, timeout=120)
        if result.returncode != code:
            sys.exit(f"openkb {' '.join(arguments)} gave {result.returncode}: {result.stderr}")
        return result.stdout

    def check(self, heading, *arguments, code=0):
        value = json.loads(self.run(*arguments, "--json", code=code))
        schema = Schema(self.tables[heading], self.events)
        schema.check(value)
        self.outputs += 1
        self.faults += [f"{' '.join(arguments)}: {fault}" for fault in schema.faults]
        return value

    def lines(self, *arguments, code=0):
        for line in self.run(*arguments, "--jsonl", code=code).splitlines():
            self.outputs += 1
            self.faults += self.events.check_event(json.loads(line))

    def source(self, name, text):
        path = self.top / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


WORK = "add, convert, remove"


def play(w):
    """Every command, with every kind of thing there is to say."""
    w.check("init", "init", "kb")
    w.source("a.md", "---\ntitle: A\n---\n\n# A\n\nSome words that are a paragraph. ![i](i.png)\n")
    w.source("b.md", "# B\n\n![gone](gone.png)\n")
    w.source("copy/a.md", (w.top / "src/a.md").read_text())
    w.source("long.actor", "".join(f"actor: page {n}\nactor: image i\n" for n in range(1, 25)))
    w.source("bad.actor", "actor: fail no\n")
    w.source("program.exe", "MZ")
    (w.top / "src/i.png").write_bytes(b"\x89PNG\r\n\x1a\nx")
    w.check(WORK, "add", "-n", "src")
    w.lines("add", "src", code=3)
    w.source("b.md", "# B, again\n")
    w.check(WORK, "add", "src", code=3)
    w.check("init", "init", "kb")
    w.check("list", "list")
    for name in ("a", "b", "long"):
        w.check("show", "show", name)
    w.check("show", "show", "long", "--page", "2")
    w.check("status", "status")
    w.check("verify", "verify")
    look_around(w)
    trouble(w)


def look_around(w):
    for plugin in w.check("plugins list", "plugins", "list")["plugins"]:
        w.check("plugins info", "plugins", "info", plugin["id"])
    w.check("plugins explain", "plugins", "explain", "src/a.md")
    w.check("doctor", "doctor")
    w.check("doctor", "doctor", "--kb-dir", "kb")
    w.check("version", "version")
    w.check(WORK, "convert", "src/a.md", "--output-dir", "out")
    w.check(WORK, "convert", "src/bad.actor", "--output-dir", "out", code=1)


def trouble(w):
    (w.top / "kb/wiki/sources/b.md").write_text("mine\n")
    (w.top / "kb/raw/mine.bin").write_text("mine\n")
    (w.top / "kb/raw/a.md").unlink()
    w.check("verify", "verify", code=5)
    w.source("b.md", "# B, a third time\n")
    w.source("copy/second.md", (w.top / "src/a.md").read_text())
    w.lines("add", "src", code=3)
    (w.top / "src/a.md").unlink()
    (w.top / "src/copy/second.md").unlink()
    w.check(WORK, "add", "-n", "--prune", "src", "src", code=3)
    w.lines("add", "--yes", "--prune", "src", "src", code=3)
    w.check(WORK, "remove", "-n", "b")
    w.check(WORK, "remove", "-y", "b")
    w.check("status", "status")
    w.check("recover", "recover")
    w.check("recover", "recover", "--rebuild")
    shutil.rmtree(w.top / "kb")
    w.check(WORK, "add", "src", code=10)


def controls(w):
    """A schema that lacks a key, has one too many, or another type must be noticed."""
    value = {"path": "x", "adopted": True, "documents": 1}
    missed = []
    for change in ({"new": 1}, {"documents": "1"}, {"adopted": 1}, {"path": ...}, {"path": []}):
        damaged = {k: v for k, v in {**value, **change}.items() if v is not ...}
        schema = Schema(w.tables["init"], w.events)
        schema.check(damaged)
        if not schema.faults:
            missed.append(f"control: {change} was not noticed")
    return missed


def main(build, tree):
    w = World(pathlib.Path(build).resolve(), (pathlib.Path(tree) / "docs/JSON.md").read_text())
    try:
        play(w)
        faults = sorted(set(w.faults)) + controls(w)
    finally:
        shutil.rmtree(w.top)
    documented = {name for row in w.events.rows for name in row[3]} - {"all"}
    faults += [f"control: no event {name} was seen" for name in documented - w.events.seen]
    for fault in faults:
        print(fault)
    print(f"{w.outputs} outputs, {len(w.events.seen)} kinds of events "
          f"({', '.join(sorted(w.events.seen))}), {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
