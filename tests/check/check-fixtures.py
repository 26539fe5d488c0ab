#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Each check of openkb-plugin-check has a fixture that fails it and nothing else; the fixture
# without a fault passes all. Then the command line: exit codes, exclusions, JSON.
#
#   check-fixtures.py CHECKER FIXTURE-DIR SAMPLE-DIR MANUAL-PAGE
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

checker, fixtures, samples = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
# A second for each plugin: run where it is judged.
SLOW = ["--exclude", "valgrind=slow, and run on its own"]
# What can be skipped: the machine has no valgrind, no cmark, the checker a sanitizer.
MAY_SKIP = {"valgrind", "parsed", "memory-failures", "one-thread", "denied-calls", "no-writes"}


def run(*words, expect=None):
    done = subprocess.run([checker, *map(str, words)], capture_output=True, text=True, timeout=400)
    if expect is not None and done.returncode != expect:
        raise SystemExit(f"{words}: exit {done.returncode}, not {expect}\n{done.stdout}{done.stderr}")
    return done


def findings(*words):
    """{id: (status, found)} of all that did not pass, and the exit code."""
    done = run(*words, "--json", "--flips", 60)
    report = json.loads(done.stdout)
    return {c["id"]: (c["status"], c["found"]) for c in report["checks"]
            if c["status"] != "passed"}, done.returncode


def manifest(name):
    return fixtures / name / f"{name}.okbplugin"


def installed(name, root, with_page):
    """The fixture as if it were installed below `root`."""
    place = root / name / "lib/openkb/plugins-1"
    pages = root / name / "share/man/man7"
    shutil.copytree(fixtures / "manual", place)
    pages.mkdir(parents=True)
    if with_page:
        (pages / "openkb-plugin-fixture.7").write_text(".TH\n")
    return place / "manual.okbplugin"


def command_for(name, root):
    if name == "manual":
        return [installed("without", root, False), samples, *SLOW]
    words = [manifest(name), samples]
    if name == "golden":
        golden = root / "golden"
        golden.mkdir()
        run(manifest("none"), samples, "--only", "golden", "--golden", golden, "--update", expect=0)
        words += ["--golden", golden]
    if name == "cost":
        baseline = root / "baseline.json"
        baseline.write_text(json.dumps({f"{s}.fix": {"cpu_ms": 1000, "peak_kib": 1}
                                        for s in ("first", "second")}))
        words += ["--baseline", baseline]
    if name == "own-magic": # not claimed, so named
        words[1:2] = sorted(pathlib.Path(samples).glob("*.fix"))
    return words + ([] if name == "valgrind" else SLOW)


def judge(name):
    """What is wrong with the verdict about this fixture, or None; and whether it was judged."""
    with tempfile.TemporaryDirectory() as temporary:
        root = pathlib.Path(temporary)
        root.chmod(0o755)
        found, code = findings(*command_for(name, root))
    bad = {i: f for i, f in found.items() if f[0] in ("failed", "warning")}
    if found.get(name, ("", ""))[0] == "skipped" and name in MAY_SKIP:
        return None, f"{name}: {found[name][1]}"
    if list(bad) != [name]:
        return f"{name}: fails {bad or 'nothing'}", None
    if code != (0 if bad[name][0] == "warning" else 5):
        return f"{name}: exit code {code}", None
    return None, None


def command_line():
    listed = json.loads(run("--list", "--json", expect=0).stdout)
    assert all(c["what"] and c["todo"] for c in listed)
    assert "imports" in run("--list", expect=0).stdout
    one = [manifest("imports"), "--only", "imports"]
    text = run(*one, expect=5).stdout
    assert "it imports system()" in text and "to do:" in text, text
    assert run(*one, "--only-failed", expect=5).stdout.count("FAILED") == 1
    assert "passed" not in run(manifest("imports"), "--only", "match", "--only-failed",
                               expect=0).stdout.split("\n", 2)[1].split(",")[1]
    assert "known" in run(*one, "--exclude", "imports=known", expect=0).stdout
    for words in (["--exclude", "imports"], ["--exclude", "imports="], ["--exclude", "nothing=x"],
                  ["--only", "nothing"], ["--no-such-option"], ["--timeout", "0"]):
        assert run(*one, *words, expect=2).stderr.startswith("openkb-plugin-check: ")
    run(expect=2)
    run("/nonexistent.okbplugin", expect=1)
    run(manifest("none"), "/nonexistent.fix", expect=1)
    seeds = [run(manifest("bit-flips"), samples, "--only", "bit-flips", "--seed", s).stdout
             for s in (5, 5, 6)]
    assert seeds[0] == seeds[1] and seeds[0] != seeds[2], seeds
    slow = run(manifest("none"), samples, "--only", "bit-flips", "--flips", 100000, "--timeout", 1,
               expect=5)
    assert "not done after 1 s" in slow.stdout
    with tempfile.TemporaryDirectory() as temporary:
        good = installed("with", pathlib.Path(temporary), True)
        assert "passed    manual" in run(good, "--only", "manual", expect=0).stdout
        base = pathlib.Path(temporary) / "baseline.json"
        for update in (["--update"], []):
            run(manifest("none"), samples, "--only", "cost", "--baseline", base, *update, expect=0)


def leaving():
    """What is wrong with the verdict about plugins that end the process with exit status 0."""
    bad, _ = findings(manifest("leaves-warm"))
    if bad["loads"][0] != "failed" or bad["descriptor"][0] != "skipped":
        return [f"a plugin that ends the process when warmed: {bad}"]
    bad, _ = findings(manifest("leaves-check"), samples, *SLOW)
    if "loads" in bad or bad.get("order", ("", ""))[0] != "failed":
        return [f"a plugin that ends the check's process: {bad}"]
    return []


def text():
    """What is wrong with the verdict about text with faults of other kinds."""
    wrong = []
    for name, fails, check, word in (
            ("active-html", {"parsed"}, "parsed", "onclick"),
            ("active-link", {"parsed"}, "parsed", "JavaScript:go()"),
            ("heading-astray", {"parsed", "structure"}, "parsed", "none to a parser"),
            ("control", {"dialect"}, "dialect", "line 10 of the text: the control character 0x1b")):
        found, _ = findings(manifest(name), samples, *SLOW)
        bad = {i: text for i, (status, text) in found.items() if status == "failed"}
        if found.get("parsed", ("",))[0] == "skipped":
            fails -= {"parsed"}
            word = word if check != "parsed" else ""
        if set(bad) != fails or word not in bad.get(check, ""):
            wrong.append(f"{name}: {bad}")
    return wrong


def without_processes():
    """What is wrong with the verdict where no process can be made: nothing was checked there."""
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    done = subprocess.run([*user, "prlimit", "--nproc=1", checker, manifest("none"), "--only", "license"],
                          capture_output=True, text=True, timeout=100)
    if done.returncode != 5 or "no process can be made" not in done.stdout:
        return [f"without processes: exit {done.returncode}: {done.stdout}{done.stderr}"]
    return []


def elsewhere():
    """What is wrong with what the checker makes of TMPDIR."""
    def confined(directory):
        done = subprocess.run([checker, manifest("none"), samples, "--only", "confined", "--only",
                               "data-needed"], text=True, capture_output=True, timeout=100,
                              env={"TMPDIR": directory})
        return done.returncode, done.stdout
    with tempfile.TemporaryDirectory() as temporary:
        code, out = confined(temporary)
        left = os.listdir(temporary)
    if "has no Landlock" in out:
        return []
    gone, told = confined(temporary) # which is no more
    if code != 0 or left or gone != 5 or told.count(temporary) != 2:
        return [f"TMPDIR: exit {code}, left {left}; without it exit {gone}: {told}"]
    return []


def undocumented(page, names):
    """Checks and options that the manual page does not tell of."""
    words = names + re.findall(r"(--[a-z-]+)", run("--help", expect=0).stdout)
    return [w for w in words if f"**{w}**" not in page and w != "--help"]


def main():
    names = [c["id"] for c in json.loads(run("--list", "--json").stdout)]
    wrong = []
    missing = [n for n in names if not manifest(n).exists()]
    wrong += [f"{n}: has no fixture" for n in missing]
    good, code = findings(manifest("none"), samples, *SLOW)
    allowed = {"manual", "cost", "golden"} | MAY_SKIP
    if code or any(status != "skipped" or i not in allowed for i, (status, _) in good.items()
                   if i != "valgrind"):
        wrong.append(f"the plugin without a fault: {good}")
    command_line()
    wrong += leaving()
    wrong += text()
    wrong += without_processes()
    wrong += elsewhere()
    page = pathlib.Path(sys.argv[4]).read_text()
    wrong += [f"the manual page does not tell of {w}" for w in undocumented(page, names)]
    if undocumented(page.replace("**bombs**", ""), names) != ["bombs"]:
        wrong.append("control: a manual page without bombs was not noticed")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        verdicts = list(pool.map(judge, [n for n in names if n not in missing]))
    wrong += [w for w, _ in verdicts if w]
    for _, skipped in verdicts:
        if skipped:
            print(f"skipped: {skipped}")
    print("\n".join(wrong) or f"{len(names)} checks, each with a fixture that fails it alone")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
