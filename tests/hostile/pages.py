# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Hostile HTML and Markdown.
import base64
import os
import random

import pdf
from cases import case

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + random.Random(9).randbytes(3000)
CAFE = "plainwords of a caf\xe9"


def html(name, make):
    case("html-" + name)(lambda place: place.file(name + ".html", make()))


def md(name, make):
    case("md-" + name)(lambda place: place.file(name + ".md", make()))


def page(body, head=""):
    return f"<!DOCTYPE html><html><head><title>T</title>{head}</head><body>{body}</body></html>\n"


def nested(before, after, levels, inner="<p>plainwords</p>"):
    return page(before * levels + inner + after * levels)


# ---- HTML: cut, damaged, mislabelled
html("sound", lambda: page("<h1>H</h1><p>plainwords</p>"))
html("cut-in-tag", lambda: page("<p>plainwords</p><a href='htt").split("</body>")[0])
html("cut-in-comment", lambda: "<!DOCTYPE html><p>plainwords</p><!-- and then")
html("cut-in-script", lambda: "<!DOCTYPE html><p>plainwords</p><script>var x = '<p>")
html("cut-in-character", lambda: "<!DOCTYPE html><p>plainwords \u65e5".encode()[:-1])
html("empty", lambda: b"")
html("blanks-only", lambda: b" \n\t\r\n" * 100)
html("zeros", lambda: bytes(4096))
html("that-is-a-picture", lambda: PNG)
html("that-is-a-pdf", lambda: pdf.write(pdf.objects()))
html("that-is-words", lambda: "plainwords, no tag at all\n")

# ---- HTML: encodings
SAYS = "<meta charset='%s'>"
html("says-utf8-is-latin1", lambda: page(CAFE, SAYS % "utf-8").encode("latin-1"))
html("says-utf16-is-ascii", lambda: page("plainwords", SAYS % "utf-16"))
html("utf16-with-mark", lambda: page(CAFE).encode("utf-16"))
html("utf16-odd-bytes", lambda: page("plainwords").encode("utf-16")[:-1])
html("unknown-encoding", lambda: page(CAFE, SAYS % "x-klingon"))
html("utf7", lambda: page("plainwords zz+ADw-script+AD4-alert(1)", SAYS % "utf-7"))
html("full-of-nul", lambda: page("\0".join(["<p>plainwords</p>"] * 9)).replace("<p>", "<\0p>\0"))
html("shift-jis", lambda: page("\u65e5\u672c\u8a9e\u306e\u30da\u30fc\u30b8", SAYS % "shift_jis")
     .encode("shift_jis"))

# ---- HTML: depth, size, loops
html("deep-divs", lambda: nested("<div>", "</div>", 300000))
html("deep-lists", lambda: nested("<ul><li>", "</li></ul>", 100000))
html("deep-tables", lambda: nested("<table><tr><td>", "</td></tr></table>", 30000))
html("deep-quotes", lambda: nested("<blockquote>", "</blockquote>", 100000))
html("open-formatting", lambda: page("<b><i><u><font>" * 50000 + "<p>plainwords"))
html("wide-table", lambda: page("<p>plainwords<table><tr>" + "<td>x" * 200000 + "</table>"))
html("span-of-a-billion", lambda: page(
    "<table><tr><td colspan=1000000000 rowspan=1000000000>plainwords<td>x</table>"))
html("huge-attribute", lambda: page(f"<p title='{'x' * (16 << 20)}'>plainwords"))
html("many-attributes", lambda: page(
    "<p " + " ".join(f"a{i}=1" for i in range(300000)) + ">plainwords"))
html("huge", lambda: page("<p>plainwords" + "<p>" + "many more words " * 60) + (
    "<p>" + "many more words " * 60 + "</p>\n") * 20000)
ENTITIES = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10 if i else "ha"}">' for i in range(12))
html("entity-bomb", lambda: f"<?xml version='1.0'?><!DOCTYPE html [{ENTITIES}]>"
     "<html><body><p>plainwords &a11;</p></body></html>")
html("external-entity", lambda: "<?xml version='1.0'?><!DOCTYPE html ["
     "<!ENTITY x SYSTEM 'file:///etc/passwd'>]><html><body><p>plainwords &x;</p></body></html>")


def shows(suffix, destination):
    body = page(f"<p>plainwords</p><img src='{destination}' alt='a'>") if suffix == "html" else \
        f"plainwords\n\n![a]({destination})\n"
    return "x." + suffix, body


def secret(place):
    """A file that may not come in: beside the directory, as a picture. Its words are root:x:0."""
    os.makedirs(place.beside, exist_ok=True)
    path = os.path.join(place.beside, "secret.png")
    with open(path, "wb") as file:
        file.write(PNG[:8] + b"root:x:0\n")
    return path


def pictures(prefix, suffix):
    def named(name):
        return case(f"{prefix}-{name}")

    @named("shows-itself")
    def _(place):
        place.file(*shows(suffix, "x." + suffix))

    @named("picture-is-a-fifo")
    def _(place):
        os.mkfifo(os.path.join(place.directory, "pipe.png"))
        place.file(*shows(suffix, "pipe.png"))

    @named("picture-is-a-link")
    def _(place):
        os.symlink(secret(place), os.path.join(place.directory, "link.png"))
        place.file(*shows(suffix, "link.png"))

    @named("picture-is-outside")
    def _(place):
        secret(place)
        place.file(*shows(suffix, f"../{os.path.basename(place.beside)}/secret.png"))


pictures("html", "html")
pictures("md", "md")


@case("html-picture-is-hidden")
def _(place):
    place.file(".hidden.png", PNG, subject=False).file(*shows("html", ".hidden.png"))


@case("html-picture-is-a-directory")
def _(place):
    os.mkdir(os.path.join(place.directory, "dir.png"))
    place.file(*shows("html", "dir.png"))


@case("html-picture-is-huge-data")
def _(place):
    data = base64.b64encode(PNG[:16] + bytes(24 << 20)).decode()
    place.file(*shows("html", "data:image/png;base64," + data))


@case("html-picture-a-thousand-times")
def _(place):
    place.file("one.png", PNG, subject=False)
    place.file("x.html", page("<p>plainwords</p>" + "<img src='one.png'>" * 1000))


# ---- Markdown: cut, damaged, mislabelled
md("sound", lambda: "# H\n\nplainwords\n")
md("cut-in-fence", lambda: "plainwords\n\n```c\nint x")
md("cut-in-character", lambda: "plainwords \u65e5".encode()[:-1])
md("empty", lambda: b"")
md("blanks-only", lambda: b" \n\t\n" * 100)
md("zeros", lambda: bytes(4096))
md("that-is-a-picture", lambda: PNG)
md("that-is-a-pdf", lambda: pdf.write(pdf.objects()))
md("that-is-a-page", lambda: page("<p>plainwords</p>"))

# ---- Markdown: encodings
md("latin1", lambda: f"# H\n\n{CAFE}\n".encode("latin-1"))
md("utf16-with-mark", lambda: f"# H\n\n{CAFE}\n".encode("utf-16"))
md("utf16-without-mark", lambda: "# H\n\nplainwords of plain letters\n".encode("utf-16-le"))
md("utf32-with-mark", lambda: f"# H\n\n{CAFE}\n".encode("utf-32"))
md("overlong", lambda: b"plainwords \xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf\xfe\xff end\n")
md("surrogates", lambda: b"plainwords \xed\xa0\x80\xed\xb0\x80 end\n")
md("full-of-nul", lambda: "# H\n\nplainwords and \0 more of \0 them, \0 and some more still\n")

# ---- Markdown: depth, size, loops
md("deep-quotes", lambda: ">" * 50000 + " plainwords\n")
md("deep-lists", lambda: "".join("  " * i + "- x\n" for i in range(1500)) + "\nplainwords\n")
md("open-brackets", lambda: "plainwords\n\n" + "[" * 500000 + "\n")
md("open-emphasis", lambda: "plainwords\n\n" + "*a _b " * 200000 + "\n")
md("open-images", lambda: "plainwords\n\n" + "![x](" * 200000 + "\n")
md("open-code", lambda: "plainwords\n\n" + "".join("`" * (i % 900 + 1) + "x" for i in range(20000)))
md("many-references", lambda: "plainwords\n\n" + "".join(
    f"[r{i}]: r{i + 1}.png\n" for i in range(100000)) + "![a][r1]\n")
md("long-line", lambda: "plainwords " * (8 << 20 >> 3) + "\n")
md("huge", lambda: "plainwords\n\n" + ("many more words " * 60 + "\n\n") * 20000)
ANCHORS = "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10 if i else ['ha'] * 10)}]\n"
                  for i in range(10))
md("yaml-bomb", lambda: f"---\ntitle: T\n{ANCHORS}---\n\nplainwords\n")
md("yaml-deep", lambda: f"---\ntitle: T\na: {'[' * 100000}\n---\n\nplainwords\n")
