#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Every command and option of --help stands in its manual page and in the completions of three
# shells, and none that does not exist; every exit code and every failure reason has its entry in
# openkb(1); every row of the command table its page.
#
# usage: documented.py OPENKB SOURCE-TREE

import pathlib
import re
import subprocess
import sys
import tempfile
import shutil

SPECIAL = {"--version"}  # of openkb itself


def help_of(openkb, *command):
    return subprocess.run([openkb, *command, "--help"], check=True, capture_output=True,
                          text=True, timeout=30).stdout


def commands(openkb):
    text = help_of(openkb).split("Commands:\n")[1].split("\n\n")[0]
    return [line.split()[0] for line in text.splitlines()]


def options(openkb, command):
    """Long and short ones: {"--jobs", "-j", ...}."""
    found = set()
    for line in help_of(openkb, command).splitlines():
        match = re.match(r"  (-\w, )?(--[\w-]+)", line)
        if match:
            found.add(match[2])
            if match[1]:
                found.add(match[1][:2])
    return found


def in_page(tree, command):
    text = (tree / f"docs/man/openkb-{command}.1.md").read_text()
    section = text.split("# OPTIONS\n")[1].split("\n# ")[0]
    return set(re.findall(r"(?m)(?:^|, )\*\*(--?[\w-]+)\*\*", section))


def in_bash(tree, command):
    script = f'source "$1"; _openkb_options {command}'
    out = subprocess.run(["bash", "-c", script, "bash", tree / "docs/contrib/completions/openkb.bash"],
                         check=True, capture_output=True, text=True, timeout=30).stdout
    return set(out.split())


def words_of_zsh(text):
    """Options in the specifications of _arguments."""
    found = set()
    for group in re.findall(r"'\{([^}]*)\}'", text):
        found |= {word.rstrip("=") for word in group.split(",")}
    found |= set(re.findall(r"'\*?(--[\w-]+)=?\[", text))
    return found


def in_zsh(tree, command):
    text = (tree / "docs/contrib/completions/_openkb").read_text()
    arrays = dict(re.findall(r"(?ms)^    (\w+)=\((.*?)\)$", text))
    cases = {}
    for names, body in re.findall(r"(?ms)^        ([a-z |]+)\) (.*?) ;;", text):
        for name in names.split("|"):
            cases[name.strip()] = body
    body = cases[command]
    found = words_of_zsh(body)
    for name in re.findall(r"\$(\w+)", body):
        found |= words_of_zsh(arrays.get(name, ""))
    return found


def in_fish(tree, command):
    text = (tree / "docs/contrib/completions/openkb.fish").read_text().replace("\\\n", " ")
    kb = re.search(r"set -l kb (\S+)", text)[1]
    found = set()
    for names, rest in re.findall(r"(?m)^__openkb (\S+) (.*)$", text):
        if command in names.replace("$kb", kb).split(","):
            found |= words_of_fish(rest)
    for rest in re.findall(r"(?m)^complete -c openkb (-s .*)$", text):
        found |= words_of_fish(rest)
    return found


def words_of_fish(text):
    return {f"-{c}" for c in re.findall(r"-s (\w)\b", text)} | \
           {f"--{name}" for name in re.findall(r"-l ([\w-]+)", text)}


def entries(tree):
    """The terms of openkb(1)'s definition lists."""
    text = (tree / "docs/man/openkb.1.md").read_text()
    lines = [line for line in text.splitlines() if line.startswith("**")]
    return set(re.findall(r"\*\*([^*]+)\*\*", "\n".join(lines)))


def exit_codes(tree):
    text = (tree / "core/util/error.h").read_text()
    return set(re.findall(r"OKB_EXIT_\w+ = (\d+)", text))


def reasons(tree):
    text = (tree / "core/cli/reasons.c").read_text()
    return set(re.findall(r'(?m)^    \{"([\w-]+)",', text))


def reasons_in_use(tree):
    """What core/ingest gives as a reason."""
    found = set()
    for path in (tree / "core/ingest").glob("*.c"):
        text = re.sub(r"\s+", " ", path.read_text())
        found |= set(re.findall(r'okb_task_fail\( ?\w+, "\w+", "([\w-]+)"', text))
        found |= set(re.findall(r'\[OKB_OUTCOME_\w+\] = \{"([\w-]+)"', text))
        found |= set(re.findall(r'add_refusal\([^;]*?"([\w-]+)"', text))
    return found


def differences(openkb, tree):
    places = {"its page": in_page, "bash": in_bash, "zsh": in_zsh, "fish": in_fish}
    for command in commands(openkb):
        wanted = options(openkb, command)
        if not wanted:
            yield f"{command}: --help lists no options"
        for place, look in places.items():
            found = look(tree, command)
            for name in sorted(wanted - found):
                yield f"{command}: {place} lacks {name}"
            for name in sorted(found - wanted):
                yield f"{command}: {place} has {name}, which there is not"
    known = entries(tree)
    for name in commands(openkb):
        if f"openkb-{name}" not in known:
            yield f"openkb(1) lacks the command {name}"
    for code in exit_codes(tree) - known:
        yield f"openkb(1) lacks the exit code {code}"
    for name in reasons(tree) - known:
        yield f"openkb(1) lacks the reason {name}"
    if len(reasons_in_use(tree)) < 8:
        yield "the reasons in core/ingest were not found"
    for name in reasons_in_use(tree) - reasons(tree):
        yield f"the table of reasons lacks {name}"


# Each control takes something out of a copy and must be told about it.
CONTROLS = [
    ("docs/man/openkb-add.1.md", "**--exclude**", "**--leave-out**", "its page lacks --exclude"),
    ("docs/contrib/completions/openkb.bash", " --memory ", " ", "bash lacks --memory"),
    ("docs/contrib/completions/_openkb", "--keep-raw[", "--keep[", "zsh lacks --keep-raw"),
    ("docs/contrib/completions/openkb.fish", "-l type", "-l kind", "fish lacks --type"),
    ("docs/man/openkb.1.md", "**14**", "**15**", "exit code 14"),
    ("docs/man/openkb.1.md", "**violation**", "**offence**", "reason violation"),
    ("core/cli/reasons.c", '{"changing"', '{"shaky"', "table of reasons lacks changing"),
]


def check_controls(openkb, tree):
    for path, old, new, wanted in CONTROLS:
        with tempfile.TemporaryDirectory() as work:
            copy = pathlib.Path(work)
            for part in ("docs/man", "docs/contrib", "core/cli", "core/ingest", "core/util"):
                shutil.copytree(tree / part, copy / part)
            text = (copy / path).read_text()
            (copy / path).write_text(text.replace(old, new))
            if not any(wanted in line for line in differences(openkb, copy)):
                yield f"control: {path} without {old!r} was not noticed"


def main(openkb, tree):
    tree = pathlib.Path(tree)
    problems = list(differences(openkb, tree)) or list(check_controls(openkb, tree))
    print("\n".join(problems) or f"{len(commands(openkb))} commands, all as documented")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
