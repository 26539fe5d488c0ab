#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Links of the documentation lead to files of the tree. In manual pages no underscore stands at the
# edge of a word outside of code: go-md2man takes it for emphasis, and OKB_M_* would be printed as
# OKBM*. Then the controls: both are seen.
#
#   manual.py SOURCE-DIR
import pathlib
import re
import sys

CODE = re.compile(r"^```.*?^```|^    .*?$|`[^`]*`", re.M | re.S)
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
EMPHASIS = re.compile(r"\S*(?:\w_(?!\w)|(?<!\w)_\w)\S*")


def prose(text):
    """Without code, at the same lines."""
    return CODE.sub(lambda code: "\n" * code[0].count("\n"), text)


def complaints(path, text):
    words = prose(text)
    found = [(at, f"{link[1]} is no file") for link in LINK.finditer(words)
             for at in [link.start()] if not (path.parent / link[1]).exists()]
    if path.parent.name == "man":
        found += [(word.start(), f"{word[0]} is printed without its underscores: make it code")
                  for word in EMPHASIS.finditer(words)]
    return [f"{path}:{words.count(chr(10), 0, at) + 1}: {what}" for at, what in found]


def main():
    root = pathlib.Path(sys.argv[1])
    pages = [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
    found = [line for page in pages for line in complaints(page, page.read_text())]
    bad = "# A\n\n[gone](no-such.md) `_code_`\nthe OKB_M_* keys\n"
    control = complaints(root / "docs/man/openkb.1.md", bad)
    if len(control) != 2 or ":3: no-such.md" not in control[0] or ":4: OKB_M_*" not in control[1]:
        found.append(f"control: what is wrong is not seen: {control}")
    print(*found, sep="\n")
    return 1 if found or len(pages) < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
