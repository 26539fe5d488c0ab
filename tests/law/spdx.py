#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Every file of code says its licence in its first lines. Then the control: a file without is
# seen.
#
#   spdx.py SOURCE-DIR
import pathlib
import subprocess
import sys
import tempfile

SUFFIXES = {".c", ".h", ".cc", ".cpp", ".hpp", ".rs", ".mjs", ".py", ".sh", ".bash", ".bats",
            ".cmake", ".sql", ".okbplugin", ".in"}
NAMES = {"CMakeLists.txt"}
WANTED = ("SPDX-License-Identifier: Apache-2.0", "SPDX-FileCopyrightText: the openkb authors")


def is_code(path, head):
    return path.suffix in SUFFIXES or path.name in NAMES or head.startswith("#!")


def complaint(path):
    head = "".join(path.read_text(errors="replace").splitlines(keepends=True)[:6])
    if not is_code(path, head):
        return None
    missing = [line for line in WANTED if line not in head]
    return f"{path}: lacks {' and '.join(missing)}" if missing else None


def tracked(root):
    listing = subprocess.run(["git", "-c", "safe.directory=*", "-C", root, "ls-files", "-z"],
                             capture_output=True)
    if listing.returncode == 0:
        names = [pathlib.Path(root, n) for n in listing.stdout.decode().split("\0") if n]
    else:
        names = [p for top in ("core", "plugins", "sdk", "tests", "docs", ".ci")
                 for p in pathlib.Path(root, top).rglob("*")]
    # Inputs of tests are documents, not code.
    return [p for p in names if p.is_file() and "data" not in p.relative_to(root).parts]


def control_is_caught():
    with tempfile.TemporaryDirectory() as directory:
        bare = pathlib.Path(directory, "bare.c")
        bare.write_text("int nothing;\n")
        script = pathlib.Path(directory, "script")
        script.write_text("#!/bin/sh\ntrue\n")
        return complaint(bare) and complaint(script)


def main(root):
    files = tracked(root)
    complaints = [c for c in map(complaint, files) if c]
    print("\n".join(complaints + [f"{len(files)} files, {len(complaints)} without a licence"]))
    if not control_is_caught():
        print("control not caught")
        return 1
    return 1 if complaints or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
