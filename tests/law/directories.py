#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# The directory law (docs/ARCHITECTURE.md): who may include whom, read from the #include lines,
# and who may use which library. With --worker PROGRAM also what that program was linked from.
# Then the control: every kind of violation is planted in a copy of the tree and must be found.
#
#   directories.py SOURCE-DIR [--worker PROGRAM]
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# Directory of core -> directories of core it may include from.
CORE = {
    "util": {"util"},
    "kb": {"kb", "util"},
    "store": {"store", "kb", "util"},
    "plugins": {"plugins", "kb", "util"},
    "worker": {"worker", "plugins", "util"},
    "ingest": {"ingest", "store", "plugins", "worker", "kb", "util"},
    "fetch": {"fetch", "util"},
    "cli": {"cli", "ingest", "store", "plugins", "kb", "util"},
}
# What the checker, a program that ships with the SDK, takes from core: how a manifest is read and
# how a converter is confined, so that it judges by the code that openkb runs.
CHECKER = {"plugins", "worker", "util"}
# Single headers that a directory may not see although it sees the rest.
CORE_HEADERS_REFUSED = {
    "cli": {"store/transaction.h": "the command changes a knowledge base through ingest only"},
}
# System header (pattern) -> the only places that may include it.
LIBRARIES = {
    r"dlfcn\.h": ["core/worker", "plugins/html", "sdk/check", "tests"],
    r"sqlite3\.h": ["core/store", "tests"],
    r"curl/": ["core/fetch"],
    r"(gio|gmodule)[/.]": ["plugins/pdf"],
    r"glib": ["core", "plugins/pdf", "sdk/check", "tests"],
    r"poppler|qpdf/|cairo": ["plugins/pdf"],
    r"libxml/": ["plugins/html"],
    r"uchardet": ["plugins/html", "plugins/markdown"],
    r"cmark": ["plugins/markdown", "tests"],
    r"linux/landlock\.h|seccomp\.h": ["core/worker", "core/ingest", "core/cli", "sdk/check",
                                       "tests"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
SUFFIXES = {".c", ".h", ".cc", ".cpp", ".hpp"}
# What the worker must not be able to do: change a knowledge base.
WORKER_REFUSED = re.compile(r"\b(okb_(registry|txn|store|kb|ingest)_\w+|sqlite3_\w+)$")


def sources(root):
    for top in ("core", "plugins", "sdk", "tests"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                yield path


def resolve(root, file, name):
    """The file of ours that a quoted include means, relative to the root, or None."""
    for base in (file.parent, root / "core", root / "sdk/include", root / "tests", root):
        target = base / name
        if target.is_file():
            return target.resolve().relative_to(root.resolve()).as_posix()
    return None


def judge_ours(here, target):
    """Why the file `here` may not include our file `target`, or None. Both relative."""
    part, other = here.split("/"), target.split("/")
    if part[0] == "tests" or target.startswith("sdk/include/"):
        return None
    if part[:2] == ["sdk", "check"] and other[0] == "core":
        return None if other[1] in CHECKER else f"the checker may not know core/{other[1]}"
    if part[0] == "sdk" and other[0] != "sdk":
        return "sdk sees nothing of ours"
    if part[0] == "plugins" and other[0] != "sdk" and other[:2] != part[:2]:
        return "a plugin sees the sdk and its own files"
    if part[0] == "core":
        if other[0] != "core":
            return "core includes only core and the sdk's public headers"
        if other[1] not in CORE.get(part[1], {part[1]}):
            return f"core/{part[1]} may not know core/{other[1]}"
        return CORE_HEADERS_REFUSED.get(part[1], {}).get("/".join(other[1:]))
    return None


def judge_library(here, name):
    for pattern, allowed in LIBRARIES.items():
        if re.match(pattern, name):
            if not any(here.startswith(place + "/") for place in allowed):
                return f"<{name}> belongs to {', '.join(allowed)}"
            return None
    return None


def violations(root):
    found = []
    for file in sources(root):
        here = file.relative_to(root).as_posix()
        for kind, name in INCLUDE.findall(file.read_text(errors="replace")):
            ours = resolve(root, file, name) if kind == '"' or name.startswith("openkb/") else None
            reason = judge_ours(here, ours) if ours else judge_library(here, name)
            if reason:
                found.append(f"{here}: includes {name}: {reason}")
    return found


def worker_violations(program):
    symbols = subprocess.run(["nm", program], capture_output=True, text=True, check=True).stdout
    if "main" not in symbols:
        return [f"{program}: has no symbols to judge"]
    return [f"{program}: holds {line.split()[-1]}" for line in symbols.splitlines()
            if WORKER_REFUSED.search(line)]


PLANTED = [
    ("core/util/planted.c", '#include "store/store.h"'),
    ("core/store/planted.c", '#include "plugins/plugins.h"'),
    ("core/store/planted.c", '#include "../ingest/bundle.h"'),
    ("core/worker/planted.c", '#include "store/registry.h"'),
    ("core/cli/planted.c", '#include "store/transaction.h"'),
    ("core/ingest/planted.c", "#include <dlfcn.h>"),
    ("core/ingest/planted.c", "#include <sqlite3.h>"),
    ("core/kb/planted.c", "#include <gio/gio.h>"),
    ("plugins/html/planted.c", '#include "util/io.h"'),
    ("plugins/html/planted.c", '#include "../markdown/planted.h"'),
    ("plugins/markdown/planted.c", "  #  include <glib.h>"),
    ("sdk/check/planted.c", '#include "store/registry.h"'),
    ("sdk/markdown-writer/planted.c", '#include "core/util/io.h"'),
]


def undetected(root):
    """The planted violations that were not found."""
    missed = []
    with tempfile.TemporaryDirectory() as temporary:
        copy = pathlib.Path(temporary) / "tree"
        for top in ("core", "plugins", "sdk"):
            shutil.copytree(root / top, copy / top)
        (copy / "plugins/markdown").mkdir(exist_ok=True)
        (copy / "plugins/markdown/planted.h").write_text("\n")
        for name, line in PLANTED:
            planted = copy / name
            planted.parent.mkdir(parents=True, exist_ok=True)
            planted.write_text(f"/* planted */\n{line}\n")
            if not any(v.startswith(f"{name}:") for v in violations(copy)):
                missed.append(f"{name}: {line}")
            planted.unlink()
    return missed


def main(arguments):
    root = pathlib.Path(arguments[0])
    found = violations(root)
    if "--worker" in arguments:
        found += worker_violations(arguments[arguments.index("--worker") + 1])
    missed = undetected(root)
    for line in found:
        print(f"violation: {line}")
    for line in missed:
        print(f"control not caught: {line}")
    print(f"{sum(1 for _ in sources(root))} files, {len(found)} violations; "
          f"{len(PLANTED) - len(missed)} of {len(PLANTED)} planted violations caught")
    return 1 if found or missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
