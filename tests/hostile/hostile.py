#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Makes each hostile document of expected.txt, gives it to the program among sound neighbours, and
# holds what became of it against the table. Then all of them in one batch, with one job and with
# four: the same end for each.
#
#   hostile.py --build DIR [--case NAME]... [--slots N] [--table FILE] [--keep]
import argparse
import collections
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "crash")]
import checker  # noqa: E402
import stage as staging  # noqa: E402
import cases  # noqa: E402
import files  # noqa: E402, F401
import pages  # noqa: E402
import pdf  # noqa: E402

Row = collections.namedtuple("Row", "case given user root state reasons exit again words absent")
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
DEADLINE = 120


def read_table(path):
    for line in path.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        name, given, state, reason, code, again, text = line.split()
        given, _, who = given.partition("+")
        words = [w.encode().decode("unicode-escape") for w in text.split(",") if text != "-"]
        yield Row(name, given, who == "user", who == "root", state, tuple(reason.split("|")), int(code),
                  again, tuple(w for w in words if w[0] != "/"),
                  tuple(w[1:] for w in words if w[0] == "/"))


def neighbours(directory, html):
    """Two that sort before everything, two that sort behind: the formats that are built."""
    (directory / "!before.md").write_text("# Before\n\nA sound neighbour.\n")
    (directory / "!before.pdf").write_bytes(
        pdf.write(pdf.objects(o6=pdf.stream(pdf.words(b"a sound neighbour")))))
    (directory / "~after.md").write_text("# After\n\nA sound neighbour.\n")
    if html:
        (directory / "~after.html").write_text(pages.page("<h1>A sound neighbour</h1>"))
    return {p.name for p in directory.iterdir()}


class Run:
    """One case: its files, a knowledge base, and what was found wrong."""

    def __init__(self, row, work, program):
        self.row, self.program, self.found = row, program, []
        self.work = work / row.case
        self.source, self.kb, self.tmp = (self.work / n for n in ("walked", "kb", "tmp"))
        for directory in (self.source, self.tmp):
            directory.mkdir(parents=True)
        self.neighbours = neighbours(self.source, program.page == "html")
        self.place = cases.Place(str(self.source), str(self.work / "beside"))
        cases.CASES[row.case](self.place)

    def wrong(self, text):
        self.found.append(text)

    def openkb(self, *arguments, kb=True, strace=(), **how):
        prefix = NOBODY if self.row.user and os.getuid() == 0 else []
        options = ["--kb-dir", self.kb] if kb else []
        return self.program.run([*options, *arguments], strace=[*prefix, *strace],
                                timeout=DEADLINE, **how)

    def add(self):
        named = self.place.subjects if self.row.given == "named" else []
        with self.place.disturbed(self.program) as how:
            result = self.openkb("add", "--jobs", "2", "--jsonl", *self.place.options, self.source,
                                 "--", *named, **how)
        events = [json.loads(line) for line in result.out.splitlines()]
        return result, events

    def events_of(self, events, path):
        shown = escaped(path)
        return [e for e in events if e.get("path") == shown]

    # ---- Judgement

    def expect_exit(self, result, what):
        if result.status != self.row.exit:
            self.wrong(f"{what} gave {result.status}, not {self.row.exit}: {result.err[-400:]}")

    def expect_event(self, events, states, what):
        for path in self.place.subjects:
            mine = self.events_of(events, path)
            said = [(e["event"], e.get("reason"), bool(e.get("remembered"))) for e in mine]
            if states is None:
                if mine:
                    self.wrong(f"{what}: {path} should be passed over: {said}")
                continue
            if len(mine) != 1 or mine[0]["event"] not in states:
                self.wrong(f"{what}: {path} is {said or 'not told'}, not {states}; "
                           f"{mine[0].get('detail') if mine else ''}")
            elif mine[0]["event"] == "failed" and mine[0]["reason"] not in self.row.reasons:
                self.wrong(f"{what}: {path} failed {mine[0]['reason']} ({mine[0]['detail']}), "
                           f"not {self.row.reasons}")

    def expect_skip_counted(self, events):
        summary = [e for e in events if e.get("event") == "summary"]
        if self.row.state == "skipped" and not (
                summary and summary[0]["counts"]["skipped_special"] == len(self.place.subjects)):
            self.wrong(f"the summary counts nothing skipped: {summary}")

    def first(self):
        result, events = self.add()
        self.expect_exit(result, "add")
        self.expect_event(events, {"skipped": None}.get(self.row.state, {self.row.state}), "add")
        self.expect_skip_counted(events)
        added = {os.path.basename(e["path"]) for e in events if e.get("event") == "added"}
        if self.neighbours - added:
            self.wrong(f"neighbours are not in: {self.neighbours - added}; {result.err[-400:]}")

    def again(self):
        result, events = self.add()
        self.expect_exit(result, "the second add")
        wanted = {"unchanged": {"unchanged", "duplicate"}, "skipped": None}
        self.expect_event(events, wanted.get(self.row.again, {"failed"}), "the second add")
        for event in events:
            if event.get("event") == "failed" and \
                    event["remembered"] != (self.row.again == "remembered"):
                self.wrong(f"the second add: remembered is {event['remembered']}")

    def convert(self):
        """Alone and without a knowledge base the file has the same end."""
        if self.row.state == "skipped" or not self.place.subjects:
            return
        out = self.work / "out"
        with self.place.disturbed(self.program) as how:
            result = self.openkb("convert", *self.place.options, "--output-dir", out, "--",
                                 self.place.subjects[0], kb=False, **how)
        wanted = 1 if self.row.state == "failed" else 0
        if result.status != wanted:
            self.wrong(f"convert gave {result.status}, not {wanted}: {result.err[-400:]}")
        if wanted and out.exists() and any(p.is_file() for p in out.rglob("*")):
            self.wrong(f"convert left {[*out.rglob('*')]}")

    def texts(self):
        registry = checker.Registry(self.kb)
        names = {row["path"]: row["id"] for row in registry.documents}
        names |= {row["path"]: row["document"] for row in registry.aliases}
        for path in self.place.subjects:
            mine = [a for a in registry.artifacts if a["kind"] == checker.SOURCE
                    and a["document"] == names.get(os.path.realpath(os.fsdecode(path)))]
            yield path, b"".join((self.kb / a["path"]).read_bytes() for a in mine)

    def words(self):
        for path, text in self.texts() if self.row.words else ():
            for word in self.row.words:
                if word.encode() not in text:
                    self.wrong(f"the text of {path} lacks {word!r}: {text[:200]!r}")
        everything = b"".join(p.read_bytes() for p in (self.kb / "wiki").rglob("*") if p.is_file())
        for word in self.row.absent:
            if word.encode() in everything:
                self.wrong(f"{word!r} got into the knowledge base")

    def left_behind(self):
        for violation in checker.Checker(self.kb).check():
            self.wrong(f"{violation.invariant}: {violation.subject}: {violation.text}")
        if left := [*self.tmp.iterdir()]:
            self.wrong(f"left in $TMPDIR: {left}")

    def run(self):
        self.program.environment["TMPDIR"] = str(self.tmp)
        if self.row.user and os.getuid() == 0:
            hand_over(self.work)
        made = self.openkb("init", self.kb, kb=False)
        if made.status:
            self.wrong(f"init gave {made.status}: {made.err}")
        self.first()
        self.again()
        self.words()
        self.convert()
        self.left_behind()
        return self.found


def escaped(path):
    """As --json writes names that are not UTF-8."""
    return "".join(f"\\x{ord(c) - 0xdc00:02x}" if 0xdc80 <= ord(c) <= 0xdcff else c
                   for c in os.fsdecode(path))


def hand_over(directory):
    for root, _, inside in os.walk(directory):
        for name in [root, *(os.path.join(root, n) for n in inside)]:
            os.chown(name, 65534, 65534, follow_symlinks=False)


def skipped(row):
    if (row.root and os.getuid() != 0) or (row.user and not shutil.which("setpriv")):
        return True
    return row.case.startswith("html-") and not HTML


def run_case(row, work, program):
    run = Run(row, work, program)
    try:
        return run.run()
    except Exception as error:  # a case that breaks off is a finding of its own
        return [f"{type(error).__name__}: {error}", *run.found]
    finally:
        if not KEEP:
            subprocess.run(["chmod", "-R", "u+rwX", run.work], stderr=subprocess.DEVNULL)
            shutil.rmtree(run.work, ignore_errors=True)


# ---- All in one batch

def digest_of(kb):
    whole = hashlib.sha256()
    for path in sorted(p for top in ("raw", "wiki") for p in (kb / top).rglob("*") if p.is_file()):
        if path.name != "log.md":
            whole.update(os.fsencode(path.relative_to(kb)) + b"\0" + path.read_bytes())
    return whole.hexdigest()


def together(rows, work, program):
    """Every file that keeps still and needs no option, in one directory: one job and four."""
    source, found, digests = work / "all", [], set()
    places = {}
    for row in rows:
        if row.given == "walk" and not row.user:
            directory = source / row.case
            directory.mkdir(parents=True)
            places[row] = cases.Place(str(directory), str(work / "beside"))
            cases.CASES[row.case](places[row])
    still = {row: place for row, place in places.items()
             if not place.disturbance and not place.options}
    for row in places.keys() - still.keys():
        shutil.rmtree(source / row.case)
    for jobs in (1, 4):
        kb = work / f"kb{jobs}"
        program.run(["init", kb])
        result = program.run(["--kb-dir", kb, "add", "--jobs", f"{jobs}", "--jsonl", source],
                             timeout=600)
        found += judge_together(still, result)
        found += [f"all, {jobs} jobs: {v}" for v in checker.Checker(kb).check()]
        digests.add(digest_of(kb))
    if len(digests) != 1:
        found.append("all: the knowledge bases of one job and of four differ")
    return found


def judge_together(places, result):
    events = [json.loads(line) for line in result.out.splitlines()]
    said = {e["path"]: e for e in events if "path" in e}
    for row, place in places.items():
        for path in place.subjects:
            event = said.get(escaped(path), {"event": "skipped"})
            same = {"added", "duplicate"} if row.state != "failed" else {"failed"}
            same = {"skipped"} if row.state == "skipped" else same
            if event["event"] not in same or \
                    (row.state == "failed" and event["reason"] not in row.reasons):
                yield f"all: {row.case}: {event}"
    if result.status != 3:
        yield f"all: gave {result.status}: {result.err[-400:]}"


# ---- Entry

def control(rows, work, program):
    """A table that is wrong in every line must be found wrong in every line."""
    for name in ("md-sound", "pdf-user-password", "md-empty", "fifo"):
        row = next(r for r in rows if r.case == name)
        turned = row._replace(state={"added": "failed"}.get(row.state, "added"), exit=row.exit ^ 3)
        if not run_case(turned, work / "control", program):
            yield f"control: {name} turned round was not noticed"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--case", action="append")
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--table", type=pathlib.Path, default=HERE / "expected.txt")
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    global HTML, KEEP
    program, KEEP = staging.Program(options.build), options.keep
    HTML = program.page == "html"
    table = list(read_table(options.table))
    untold = cases.CASES.keys() ^ {row.case for row in table}
    rows = [r for r in table if not skipped(r) and (not options.case or r.case in options.case)]
    with tempfile.TemporaryDirectory(prefix="openkb-hostile-") as work:
        os.chmod(work, 0o755)
        work = pathlib.Path(work)
        found = staging.in_parallel(lambda _, row: run_case(row, work, program), rows,
                                    options.slots)
        bad = 0
        for row, findings in zip(rows, found):
            bad += bool(findings)
            for finding in findings:
                print(f"{row.case}: {finding}")
        general = [f"no line, or no maker: {name}" for name in sorted(untold)]
        if not options.case:
            general += [*control(table, work, program), *together(rows, work, program)]
        for finding in general:
            print(finding)
        if options.keep:
            shutil.copytree(work, "/tmp/openkb-hostile-kept", symlinks=True)
    print(f"hostile documents: {len(rows)} cases, {bad} unexpected, "
          f"{len(table) - len(rows)} left out, {len(general)} other findings")
    return 1 if bad or general else 0


if __name__ == "__main__":
    sys.exit(main())
