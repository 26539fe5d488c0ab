# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Names and identity, as a knowledge base that Python OpenKB knows too needs them.
import hashlib
import json
import unicodedata

import python_files as files
from world import equal, holds, item

OLD = "0" * 63


def suffixed(name, key):
    return f"{name}-{hashlib.sha256(str(key).encode()).hexdigest()[:8]}"


@item(54)
def a_unique_stem_stays_clean(w):
    """A name that nobody has stays as it is, and Python finds it by the path."""
    w.init()
    path = w.source("report.md")
    w.add()
    equal(w.names(), {"report"})
    equal(files.resolve_name(w.entries(), str(path), path.name), "report")


@item(55)
def a_known_path_keeps_its_name_with_new_content(w):
    """Python's name of a path is kept when openkb updates it, and the other way round."""
    w.python_init()
    path = w.source("report.md")
    w.entry(OLD + "1", name="report.md", doc_name="chosen-long-ago", type="md", path=str(path))
    w.add()
    equal(w.names(), {"chosen-long-ago"})
    path.write_text("# Another\n")
    w.standin("add", path)
    w.openkb("recover")
    equal(w.names(), {"chosen-long-ago"})


@item(56)
def a_collision_is_suffixed_by_its_path(w):
    """The second document of a name gets 8 digits of the SHA-256 of its path: Python's too."""
    w.init()
    w.source("a/report.md", "# A\n")
    second = w.source("b/report.md", "# B\n")
    third = w.source("c/report.md", "# C\n")
    w.add(w.src / "a", w.src / "b")
    w.standin("add", third)
    w.openkb("recover")
    equal(w.names(), {"report", suffixed("report", second), suffixed("report", third)})


@item(57, 58)
def what_stands_at_a_free_name_goes_to_conflicts(w):
    """The clean name is taken although unclaimed .md or .json stand there; they are kept."""
    w.init()
    (w.kb / "wiki/sources/report.md").write_text("nobody's text")
    (w.kb / "wiki/sources/other.json").write_text("[]")
    w.source("report.md")
    w.source("other.actor", "".join(f"actor: page {n}\nPage {n}.\n" for n in range(1, 21)))
    w.add()
    equal(w.names(), {"report", "other"})
    equal(w.conflicts(), {"wiki/sources/report.md": "nobody's text",
                          "wiki/sources/other.json": "[]"})
    equal(w.named()["other"]["type"], "long_pdf")


@item(59)
def an_entry_without_a_path_is_the_same_document(w):
    """An entry from before there were paths gives its name to the source of that stem."""
    w.python_init()
    w.entry(OLD + "2", name="report.md", doc_name="report", type="md")
    path = w.source("report.md")
    w.add()
    equal(w.names(), {"report"})
    equal(w.named()["report"]["path"], str(path))
    equal(list(w.entries()), [files.digest(path)], "the keys")


@item(61, 63)
def names_are_made_as_python_makes_them(w):
    """Blanks, brackets, full-width punctuation, ligatures, dots, marks: the stand-in agrees."""
    w.init()
    stems = ["my report (final)", "技术报告（最终版）", "2509.11420", "ﬁle", "a - b", "हिन्दी",
             "Ünïcode_x-1", "dots..", "a.tar", "½ x²", "café"]
    for stem in stems:
        w.source(f"{stem}.md", f"# {stem}\n")
    w.add()
    equal(w.names(), {files.sanitize(stem) for stem in stems})
    holds({"my-report-final", "技术报告-最终版"} <= w.names(), "names of the contract")


@item(62)
def another_extension_is_no_difference(w):
    """a.md and a.html are two documents: the extension does not tell names apart."""
    w.init()
    w.source("a.md")
    second = w.source("b/a.actor", "Text.\n")
    w.add(w.src / "a.md", second)
    equal(w.names(), {"a", suffixed("a", second)})


@item(64)
def a_name_of_symbols_is_document(w):
    """Nothing is left of the name: it is "document", the second one with a suffix."""
    w.init()
    w.source("！！！.md", "# One\n")
    second = w.source("？？？.md", "# Two\n")
    w.add()
    equal(w.names(), {"document", suffixed("document", second)})


@item(66)
def paths_are_relative_inside_and_absolute_outside(w):
    """path in hashes.json, with links resolved, as the stand-in computes it."""
    w.init()
    (w.kb / "notes").mkdir()
    (w.kb / "notes/inside.md").write_text("# In\n")
    outside = w.source("outside.md")
    (w.top / "link").symlink_to(w.src)
    w.add(w.kb / "notes/inside.md", w.top / "link/outside.md")
    equal({name: entry["path"] for name, entry in w.named().items()},
          {"inside": "notes/inside.md", "outside": str(outside)})
    equal(files.registry_path(w.kb, w.kb / "notes/inside.md"), w.named()["inside"]["path"])
    equal(files.registry_path(w.kb, w.top / "link/outside.md"), w.named()["outside"]["path"])


@item(67)
def a_decomposed_file_name_finds_its_composed_entry(w):
    """An entry "café" in NFC is found by a file whose name is in NFD."""
    w.python_init()
    w.entry(OLD + "3", name=unicodedata.normalize("NFC", "café.md"), type="md")
    w.source(unicodedata.normalize("NFD", "café") + ".md")
    w.add()
    equal([unicodedata.normalize("NFC", name) for name in w.names()], ["café"])


@item(68)
def after_a_failure_the_name_is_still_clean(w):
    """A conversion that failed, here or in Python, takes no name."""
    w.init()
    path = w.source("report.actor", "actor: fail not today\n")
    w.add(code=1)
    w.source("report.actor", "Text.\n")
    w.source("other.md")
    w.standin("add", w.src / "other.md", die=14)
    w.add(path, w.src / "other.md")
    equal(w.names(), {"report", "other"})


@item(69)
def a_duplicate_leaves_an_old_entry_alone(w):
    """A copy elsewhere is skipped and does not write its path into the entry."""
    w.python_init()
    path = w.source("copy/else.md", "# The same\n")
    key = files.digest(path)
    w.entry(key, name="report.md", doc_name="report", type="md")
    w.add(w.src / "copy")
    equal(w.entries(), {key: {"name": "report.md", "doc_name": "report", "type": "md"}})


@item(70)
def a_skip_names_the_document_it_is(w):
    """The event of a duplicate carries the stored name; the record has the hash."""
    w.init()
    w.source("one.md", "# The same\n")
    w.add()
    copy = w.source("two.md", "# The same\n")
    event = json.loads(w.add(copy, "--jsonl").out.splitlines()[0])
    equal((event["event"], event["document"]), ("duplicate", "one"))
    record = json.loads(w.openkb("show", "one", "--json").out)
    equal(record["sha256"], files.digest(copy))
    result = w.standin("add", copy)
    equal(result.stdout, "skipped\tone\n")


@item(71)
def a_very_long_name_goes_round(w):
    """83 CJK characters: cut at 200 bytes, a suffix; Python finds the name through the path."""
    w.init()
    path = w.source("報" * 83 + ".md")
    w.add()
    (name,) = w.names()
    holds(len(name.encode()) <= 209 and name.startswith("報報"), f"the name is {name}")
    equal(files.resolve_name(w.entries(), str(path), path.name), name)
    path.write_text("# 新\n")
    w.standin("add", path)
    w.openkb("recover")
    equal(w.names(), {name})
    w.sound()


@item(120)
def a_directory_goes_in_in_pythons_order(w):
    """Supported files only, by the parts of their paths: a/b.md before a-b/c.md."""
    w.init()
    for name in ("a/b.md", "a-b/c.md", "a.md", "B.md", "z/y/x.markdown", "z/y.md"):
        w.source(name)
    w.source("a/program.exe", b"MZ")
    w.add("--jobs", "2", w.src)
    order = [entry["name"] for entry in w.entries().values()]
    equal(order, [path.name for path in w.python_order()], "the order of hashes.json")
    told = [line.split("| ")[1] for line in w.text("wiki/log.md").splitlines() if "| " in line]
    equal(told, order, "the order of log.md")


@item(121)
def an_edited_document_has_one_entry(w):
    """With doc_name, path, raw_path and source_path, whichever of the two edits it."""
    w.init()
    path = w.source("report.md")
    for turn in range(4):
        path.write_text(f"# Version {turn}\n")
        if turn % 2:
            w.standin("add", path)
            w.openkb("recover")
        else:
            w.add()
        equal(w.entries(), {files.digest(path): {
            "name": "report.md", "doc_name": "report", "type": "md", "path": str(path),
            "raw_path": "raw/report.md", "source_path": "wiki/sources/report.md"}})
    w.sound()


@item(122)
def the_oldest_entries_converge_to_one(w):
    """Entries of only name and type become the one entry of the document."""
    w.python_init()
    path = w.source("report.md")
    w.entry(OLD + "4", name="report.md", type="md")
    w.add()
    equal([(key, e["doc_name"], e["path"]) for key, e in w.entries().items()],
          [(files.digest(path), "report", str(path))])


@item(127)
def the_id_of_a_long_document_is_kept_until_it_is_converted_anew(w):
    """doc_id belongs to Python's index of one text: kept in its entry, gone with that text."""
    w.python_init()
    path = w.source("paper.md", "\f".join(f"Page {n}" for n in range(30)))
    w.standin("add", path)
    other = w.source("other.md")
    w.add(other)
    holds(w.named()["paper"]["doc_id"].startswith("pi-"), "doc_id is gone")
    path.write_text("# Short now\n")
    w.add(path)
    equal("doc_id" in w.named()["paper"], False, "doc_id in the entry")
    holds("- [[summaries/paper]] (short) — Page 0" in w.text("wiki/index.md"), "the index")
    w.sound()


@item(128)
def the_knowledge_base_is_found_as_python_finds_it(w):
    """--kb-dir and OPENKB_DIR never fall back; else upwards; else default_kb."""
    w.init()
    deep = w.kb / "a/b"
    deep.mkdir(parents=True)
    config = w.top / "home/.config/openkb"
    config.mkdir(parents=True)
    first = f"Knowledge base: {w.kb}\n"
    holds(w.openkb("status", kb=None, cwd=deep).out.startswith(first), "not found upwards")
    w.openkb("status", kb=None, cwd=w.src, code=10)
    (config / "global.yaml").write_text(f"default_kb: {w.kb}\nknown_kbs:\n- {w.kb}\n")
    holds(w.openkb("status", kb=None, cwd=w.src).out.startswith(first), "default_kb not used")
    w.openkb("--kb-dir", w.src, "status", kb=None, cwd=deep, code=10)
    w.program.environment["OPENKB_DIR"] = str(w.src)
    w.openkb("status", kb=None, cwd=deep, code=10)
