# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Files that are hostile by their name, their kind, or by what is done to them meanwhile.
import os
import socket
import stat

import pdf
from cases import case

TEXT = b"# H\n\nplainwords\n"
LARGE = 64 << 20


def mark(text):
    """The plain text with something of its own, so that it is no duplicate."""
    return TEXT + b"\n" + os.fsencode(text) + b"\n"


def names(case_name, *files):
    @case(case_name)
    def _(place):
        for number, name in enumerate(files):
            place.file(name, mark(f"file {number}"))


# ---- Names
CJK = "\u6587\u4e66" * 41  # 246 bytes
names("name-cjk-250", CJK + "z.md")
names("name-cjk-250-twins", CJK[:-1] + "\u7532.md", CJK[:-1] + "\u4e59.md")
names("name-longest", "n" * 252 + ".md")
names("name-not-utf8", b"caf\xe9 \xff.md")
names("name-with-newline", "a\nb.md")
names("name-with-control", "a\x1b[31m\x07\r.md")
names("name-turned-round", "a\u202efdp.md")
names("name-with-dash", "--sandbox=off.md")
names("name-of-dots", "a...md", "b..md")
names("name-of-one-stem", "a/report.md", "b/report.md", "c/report.markdown")
names("name-differs-in-case", "a/Report.md", "b/report.md", "c/REPORT.md")
names("name-differs-in-normal-form", "a/caf\xe9.md", "b/cafe\u0301.md")
names("name-of-a-device", "CON.md", "nul.md", "index.md", "log.md")


@case("name-cjk-250-pdf")
def _(place):
    place.file(CJK + ".pdf", pdf.write(pdf.objects()))


@case("name-of-one-stem-three-formats")
def _(place):
    place.file("report.md", TEXT).file("report.html", b"<p>plainwords</p>")
    place.file("report.pdf", pdf.write(pdf.objects()))


# ---- Files that are none
@case("file-same-bytes")
def _(place):
    place.file("first.md", TEXT, subject=False).file("second.md", TEXT)


@case("file-hard-link")
def _(place):
    place.file("first.md", TEXT, subject=False)
    os.link(os.path.join(place.directory, "first.md"), place.path("second.md"))


def both(name, make):
    """make(path), as a file that is walked over and as one that is named."""
    case(name)(lambda place: make(place.path("odd.md")))
    case(name + "-named")(lambda place: make(place.path("odd.md", named=True)))


def make_socket(path):
    here = os.getcwd()
    os.chdir(os.path.dirname(path))  # its address has only 108 bytes
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(os.path.basename(path))
    finally:
        os.chdir(here)


def make_link(target):
    return lambda path: os.symlink(target, path)


def link_to_text(path):
    elsewhere = path + b".real"
    with open(elsewhere, "wb") as file:
        file.write(TEXT)
    os.rename(elsewhere, elsewhere[:-len(b"odd.md.real")] + b".real.md")
    os.symlink(b".real.md", path)


both("fifo", os.mkfifo)
both("socket", make_socket)
both("link", link_to_text)
both("link-to-nothing", make_link(b"nothing.md"))
both("link-to-itself", make_link(b"odd.md"))


@case("device")
def _(place):
    os.mknod(place.path("zero.md"), stat.S_IFCHR | 0o666, os.makedev(1, 5))


@case("device-named")
def _(place):
    place.subjects.append(b"/dev/zero")


@case("link-to-fifo-named")
def _(place):
    path = place.path("odd.md", named=True)
    os.mkfifo(path + b".pipe")
    os.symlink(path + b".pipe", path)


@case("link-to-the-directory-above")
def _(place):
    os.symlink(b"..", place.path("up.md"))


@case("directory-with-suffix")
def _(place):
    place.file("report.md/in.md", TEXT)


@case("directory-deep")
def _(place):
    place.file("d/" * 150 + "deep.md", TEXT)


@case("missing-named")
def _(place):
    place.path("nothing.md", named=True)


def closed(place, name, named=False):
    path = place.path(name, named)
    with open(path, "wb") as file:
        file.write(TEXT)
    os.chmod(path, 0)
    return path


case("unreadable")(lambda place: closed(place, "closed.md"))
case("unreadable-named")(lambda place: closed(place, "closed.md", named=True))


@case("unreadable-directory")
def _(place):
    os.mkdir(place.path("closed"), 0)


# ---- Files that are not at rest
def restless(name, act):
    @case(name)
    def _(place):
        path = place.path("restless.md")
        with open(path, "wb") as file:
            file.write(TEXT)
            file.truncate(LARGE)
        place.disturb(lambda: act(path))


def change(path):
    with open(path, "r+b") as file:
        file.write(os.urandom(8))


def grow(path):
    if os.path.getsize(path) > 2 * LARGE:
        os.truncate(path, LARGE)
    with open(path, "ab") as file:
        file.write(b"more\n" * 1000)


def shrink(path):
    os.truncate(path, 10)
    os.truncate(path, LARGE)


def replace(path):
    with open(path + b".new", "wb") as file:
        file.write(os.urandom(8))
        file.truncate(LARGE)
    os.rename(path + b".new", path)


restless("changes-while-read", change)
restless("grows-while-read", grow)
restless("truncated-while-read", shrink)
restless("replaced-while-read", replace)
