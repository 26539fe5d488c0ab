#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# A knowledge base of thousands of documents that openkb wrote, as OpenKB in Python would read it:
# documents of Debian packages where they are installed, the rest generated, with names, structure,
# images and bytes as various as people's. structure.py says what is wrong; nothing should be.
# Then the stand-in updates, removes and adds some, and the same is asked again. Prints numbers.
#
#   big.py --build DIR [--documents 2000] [--seed N]
import argparse
import pathlib
import random
import shutil
import sys
import time

import world
from world import python_openkb, structure

PACKAGES = ["/usr/share/doc/nodejs/api", "/usr/share/doc/debian-policy",
            "/usr/share/doc/developers-reference", "/usr/share/developers-reference"]
WORDS = ("bericht report 技術報告 отчёт café naïve straße data-sheet v2.1 (final) a_b Ünïcode "
         "ﬁle ½ हिन्दी index README 100% [draft] #1 & ‘quoted’").split()
PNG = b"\x89PNG\r\n\x1a\n"


def real_documents(home, limit):
    """Copies of what the packages hold; how many."""
    files = [path for place in PACKAGES for path in sorted(pathlib.Path(place).rglob("*"))
             if path.suffix in (".html", ".md", ".pdf") and path.is_file()]
    for number, path in enumerate(files[:limit]):
        target = home / f"{number % 23}" / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
        for image in path.parent.glob("*.png"):
            shutil.copy(image, target.parent)
    return len(list(home.rglob("*.html"))) + len(list(home.rglob("*.md"))) \
        + len(list(home.rglob("*.pdf")))


class Writer:
    """Documents by chance, the same for the same seed."""

    def __init__(self, home, seed):
        self.home, self.chance = home, random.Random(seed)

    def words(self, number):
        return " ".join(self.chance.choice(WORDS) for _ in range(number))

    def name(self):
        """Many collide, in bytes or folded."""
        return self.words(self.chance.randrange(1, 4)).replace("/", "-")[:60]

    def markdown(self):
        eol = self.chance.choice(["\n", "\n", "\r\n"])
        lines = ["---", f'title: "{self.words(3)}"', "---", ""] * self.chance.randrange(2)
        for _ in range(self.chance.randrange(1, 9)):
            lines += [f"{'#' * self.chance.randrange(1, 7)} {self.words(4)}", "",
                      self.words(self.chance.randrange(1, 200)), "", self.block(), ""]
        return eol.join(lines).encode()

    def block(self):
        return self.chance.choice([
            "| a | b |\n|---|---|\n| 1 | [[not a link]] |", "- one\n  - two\n- three",
            "```c\n![no image](in-code.png)\n```", "![an image](pic.png)", "> quoted\n> again",
            "[[summaries/nobody]] and <b>HTML</b> &amp; more", "1. first\n2. second", "***", "",
            "![gone](missing.png)", "a\tb \\ `c`", "[ref]: images/x.png"])

    def html(self):
        paragraphs = "".join(
            f"<h{n}>{self.words(3)}</h{n}><p>{self.words(60)}<img src='pic.png' alt='x'></p>"
            for n in range(1, self.chance.randrange(2, 7)))
        return (f"<!DOCTYPE html><title>{self.words(3)}</title><table><tr><td>1<td>2</table>"
                f"{paragraphs}<ul><li>a<li>b</ul>").encode()

    def pages(self):
        """The fixture plugin's: some of them long."""
        return "".join(f"actor: page {n}\nPage {n}: {self.words(20)}\n\nactor: image i{n}\n"
                       for n in range(1, self.chance.randrange(2, 40))).encode()

    def write(self, number):
        make, suffix = self.chance.choice(
            [(self.markdown, ".md")] * 6 + [(self.markdown, ".MD"), (self.html, ".htm")]
            + [(self.html, ".html")] * 3 + [(self.pages, ".actor")])
        path = self.home / f"d{number % 61}" / f"{number:04} {self.name()}{suffix}"
        if self.chance.randrange(3) == 0:
            path = path.with_name(path.name[5:])
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(make() + f"\n{number}\n".encode())
            (path.parent / "pic.png").write_bytes(PNG + str(number % 61).encode() * 40)


def counts_in(result):
    return next((line for line in result.err.splitlines() if line.endswith(" s")), "?")


def judge(w, what):
    reading = structure.Structure(w.kb)
    started = time.monotonic()
    faults = reading.check()
    for fault in faults[:40]:
        print(f"  {fault}")
    print(f"{what}: " + ", ".join(f"{n} {k}" for k, n in reading.counts.items())
          + f"; {len(faults)} faults ({time.monotonic() - started:.1f} s)", flush=True)
    return len(faults)


def checked(w):
    """The other judge, and openkb itself."""
    found = [v for v in world.checker.Checker(w.kb).check()]
    for violation in found[:20]:
        print("  {}: {}: {}".format(*violation))
    verify = w.program.run(["--kb-dir", w.kb, "verify"], timeout=600)
    print(f"checker: {len(found)} violations; verify: exit {verify.status}", flush=True)
    return len(found) + (verify.status != 0)


def python_works(w, chance):
    """The stand-in changes, removes and adds a few tens of them."""
    mine = [entry for entry in w.entries().values() if entry["path"].endswith(".md")]
    for entry in chance.sample(mine, 20):
        path = pathlib.Path(entry["path"])
        path.write_text(f"# Changed\n\n{path.name}\n")
        python_openkb.add(w.python, path)
    rest = [python_openkb.name_of(e) for e in w.entries().values() if e["path"].endswith(".html")]
    for name in chance.sample(rest, min(10, len(rest))):
        python_openkb.remove_document(w.python, name)
    for number in range(20):
        python_openkb.add(w.python, w.source(f"theirs/README {number}.md", f"# Theirs {number}\n"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    w = world.World(options.build)
    try:
        real = real_documents(w.src / "real", options.documents // 2)
        writer = Writer(w.src / "made", options.seed)
        number = 0
        while sum(p.suffix != ".png" for p in w.src.rglob("*.*") if p.is_file()) \
                < options.documents and number < 2 * options.documents:
            for _ in range(100):
                writer.write(number)
                number += 1
        w.init()
        started = time.monotonic()
        result = w.program.run(["--kb-dir", w.kb, "add", w.src], timeout=3000)
        print(f"{real} of packages; add: exit {result.status}, "
              f"{time.monotonic() - started:.0f} s; {counts_in(result)}", flush=True)
        bad = judge(w, "written by openkb") + checked(w)
        python_works(w, random.Random(options.seed))
        w.openkb("recover")
        bad += judge(w, "after changes by the stand-in") + checked(w)
        again = w.program.run(["--kb-dir", w.kb, "add", w.src], timeout=3000)
        print(f"add again: exit {again.status}; {counts_in(again)}", flush=True)
        return 1 if bad + judge(w, "added again") else 0
    finally:
        w.close()


if __name__ == "__main__":
    sys.exit(main())
